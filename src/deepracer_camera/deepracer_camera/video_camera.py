# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The `video` back end: a recording or a folder of pictures, played at its pace."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_camera.camera import Clock, Frame
from deepracer_camera.pacer import Pacer
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.observation import fit_frame

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")

Images = Generator[NDArray[np.uint8], None, None]


class VideoCamera:
    """Plays a video file, or the pictures of a folder in natural order of their names."""

    def __init__(
        self, path: Path, fps: float, folder_fps: float, loop: bool, clock: Clock
    ) -> None:
        """Open the recording.

        Args:
            path: a video file or a folder.
            fps: frames a second [Hz]; 0 for the recording's own rate.
            folder_fps: the rate [Hz] of a folder, or of a file that does not tell its own.
            loop: start again at the end.
            clock: stamps the frames.

        Raises:
            ConfigError: there is nothing at `path`, or it is no video.
        """
        self._path = path
        self._loop = loop
        self._clock = clock
        self._images = _read_images(path)
        self._first: NDArray[np.uint8] | None = next(self._images, None)
        if self._first is None:
            raise ConfigError(
                f"{path} is not a video that can be read: give a video file or a folder"
            )
        self._pacer = Pacer(fps or _own_rate(path) or folder_fps)

    def read(self) -> Frame | None:
        """Wait for the next frame; None at the end of a recording that does not loop."""
        self._pacer.wait()
        stamp = self._clock()
        image = self._next_image()
        return None if image is None else Frame(fit_frame(image), stamp)

    def close(self) -> None:
        """Close the recording."""
        self._images.close()

    def _next_image(self) -> NDArray[np.uint8] | None:
        image, self._first = self._first, None
        if image is None:
            image = next(self._images, None)
        if image is None and self._loop:
            # Opened afresh: seeking to frame 0 is not exact with every codec.
            self._images = _read_images(self._path)
            image = next(self._images, None)
            if image is None:
                raise DeviceError(f"{self._path} cannot be read any more: is it still there?")
        return image


def list_pictures(folder: Path) -> list[Path]:
    """Return the pictures of a folder in natural order: frame_2.png before frame_10.png."""

    def natural_order(path: Path) -> list[tuple[int, str]]:
        parts = re.split(r"(\d+)", path.name)
        return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]

    pictures = (path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    return sorted(pictures, key=natural_order)


def _read_images(path: Path) -> Images:
    if not path.exists():
        raise ConfigError(f"no video at {path}: give a video file or a folder of pictures")
    return _read_folder(path) if path.is_dir() else _read_file(path)


def _read_folder(folder: Path) -> Images:
    pictures = list_pictures(folder)
    if not pictures:
        raise ConfigError(f"{folder} holds no pictures ({', '.join(PICTURE_SUFFIXES)})")
    for picture in pictures:
        image = cv2.imread(str(picture), cv2.IMREAD_COLOR)
        if image is None:
            raise ConfigError(f"{picture} is not a picture that can be read: remove or replace it")
        yield image


def _read_file(path: Path) -> Images:
    capture = cv2.VideoCapture(str(path))
    try:
        while True:
            got, image = capture.read()
            if not got:
                return
            yield image
    finally:
        capture.release()


def _own_rate(path: Path) -> float:
    """Return the frames a second [Hz] that a video file tells; 0 where it tells none."""
    if path.is_dir():
        return 0.0
    capture = cv2.VideoCapture(str(path))
    rate = capture.get(cv2.CAP_PROP_FPS)
    capture.release()
    return rate if 0.0 < rate <= 240.0 else 0.0
