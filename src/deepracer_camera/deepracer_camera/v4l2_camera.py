# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The `v4l2` back end: a USB camera, read with OpenCV.

Devices are named by their stable path under /dev/v4l/by-id, because /dev/video0 may be another
camera after the next start. What the device really delivers is read back: a camera that falls
back to uncompressed pictures fills the USB and delivers a fraction of the rate, silently.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from deepracer_camera.camera import Clock, Frame
from deepracer_core.errors import DeviceError
from deepracer_core.observation import fit_frame

DEVICE_FOLDERS = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))
_MJPG = "MJPG"
# A few buffers hold no more; what seems older was stamped by another clock [s].
_LONGEST_AGE = 10.0
# OpenCV has no property for it with V4L2, and its default of 10 s is long for a frozen camera.
_READ_TIMEOUT = ("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

VideoCapture = Any
"""cv2.VideoCapture, or what a test puts in its place."""


class Format(NamedTuple):
    """What a camera is asked for, or delivers: pixel format, size [px], rate [Hz]."""

    pixels: str
    width: int
    height: int
    fps: float

    def __str__(self) -> str:
        """Return for example `MJPG 640x480 at 30 frames/s`."""
        return f"{self.pixels} {self.width}x{self.height} at {self.fps:g} frames/s"


class V4l2Camera:
    """A USB camera that delivers exactly the format it was asked for."""

    def __init__(
        self,
        device: str,
        width: int,
        height: int,
        fps: float,
        clock: Clock,
        open_capture: Callable[[str, int], VideoCapture] = cv2.VideoCapture,
    ) -> None:
        """Open the device and check what it delivers.

        Args:
            device: path of the device; empty for the only camera there is.
            width: asked of the device [px].
            height: asked of the device [px].
            fps: asked of the device [Hz].
            clock: stamps the frames.
            open_capture: opens a path with an OpenCV back end.

        Raises:
            DeviceError: the device is missing, busy or does not offer that format.
        """
        os.environ.setdefault(*_READ_TIMEOUT)
        self._clock = clock
        self._device = device or find_device()
        if not Path(self._device).exists():
            raise DeviceError(f"no camera at {self._device}; {describe_devices()}")
        self._capture = open_capture(self._device, cv2.CAP_V4L2)
        try:
            self._ask_for(Format(_MJPG, width, height, fps))
        except DeviceError:
            self.close()
            raise

    def read(self) -> Frame:
        """Wait for the next frame; DeviceError where the camera was unplugged or stopped."""
        try:
            if not self._capture.grab():
                raise DeviceError(f"{self._device} delivers no frames: is it still plugged in?")
            stamp = self._clock() - self._buffer_age_ns()
            got, image = self._capture.retrieve()
        except cv2.error as error:
            raise DeviceError(f"{self._device} failed: {error.err}") from None
        if not got or image is None or image.size == 0:
            raise DeviceError(f"{self._device} delivered an empty frame: check its cable")
        return Frame(fit_frame(image), stamp)

    def close(self) -> None:
        """Release the device."""
        self._capture.release()

    def _ask_for(self, asked: Format) -> None:
        if not self._capture.isOpened():
            raise DeviceError(
                f"{self._device} cannot be opened: another program may use it, or this user may "
                "not be in the group video"
            )
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*_MJPG))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, asked.width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, asked.height)
        self._capture.set(cv2.CAP_PROP_FPS, asked.fps)
        got = self._delivered()
        if got[:3] != asked[:3] or abs(got.fps - asked.fps) > 0.01 * asked.fps:
            raise DeviceError(
                f"{self._device} delivers {got} where {asked} was asked for: set width, height "
                "and fps to what it offers (v4l2-ctl --list-formats-ext)"
            )

    def _delivered(self) -> Format:
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        return Format(
            code.to_bytes(4, "little").decode("ascii", "replace"),
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
            int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
            float(self._capture.get(cv2.CAP_PROP_FPS)),
        )

    def _buffer_age_ns(self) -> int:
        """Return how long ago [ns] the driver says the picture was taken.

        Drivers stamp their buffers on the monotonic clock. So the stamp holds even where this
        thread was held up and the frame waited. A driver that stamps with the time of day, from
        the start of its stream, or not at all, counts as no age.
        """
        taken = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
        age = time.monotonic() - taken
        return int(age * 1e9) if taken > 0.0 and 0.0 <= age < _LONGEST_AGE else 0


def list_devices() -> list[str]:
    """Return the stable paths of the cameras that are plugged in, without metadata devices."""
    for folder in DEVICE_FOLDERS:
        # index1 of a USB camera is its metadata stream, which delivers no pictures.
        found = {path.resolve(): str(path) for path in sorted(folder.glob("*-video-index0"))}
        if found:
            return sorted(found.values())
    return []


def find_device() -> str:
    """Return the only camera; DeviceError where there is none, or a choice."""
    devices = list_devices()
    if len(devices) != 1:
        raise DeviceError(f"set the device of the camera: {describe_devices()}")
    return devices[0]


def describe_devices() -> str:
    """Return which cameras there are, for messages."""
    devices = list_devices()
    return "there are " + ", ".join(devices) if devices else "no camera is plugged in"
