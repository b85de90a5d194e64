# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras: the first box in frame -> policy -> action -> pulses.

A back end is a `Camera` and is made by name from `CameraSettings`; `deepracer_camera.capture`
keeps it running. All of them put out the frame that policies are trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from deepracer_camera.settings import CameraSettings, FakeFaults

Clock = Callable[[], int]
"""Returns the time [ns] that frames are stamped with."""

Faults = Callable[[], FakeFaults]
"""Returns what the fake camera shall play at this moment."""


class Frame(NamedTuple):
    """A picture as BGR uint8 (120, 160, 3), and when it was captured [ns]."""

    image: NDArray[np.uint8]
    stamp_ns: int


class Camera(Protocol):
    """A source of frames at its own rate."""

    def read(self) -> Frame | None:
        """Wait for the next frame; None where a recording has ended.

        Raises:
            DeviceError: the device failed; close it and open another.
        """
        ...

    def close(self) -> None:
        """Release the device; it may be called more than once."""
        ...


def open_camera(settings: CameraSettings, clock: Clock, faults: Faults = FakeFaults) -> Camera:
    """Open the back end that the settings name; `faults` are for the fake one.

    Raises:
        ConfigError: the settings can never work, such as a video that does not exist.
        DeviceError: the device is missing or did not accept a setting; it may work later.
    """
    return FACTORIES[settings.backend](settings, clock, faults)


def _open_v4l2(settings: CameraSettings, clock: Clock, _: Faults) -> Camera:
    from deepracer_camera.v4l2_camera import V4l2Camera

    return V4l2Camera(settings.device, settings.width, settings.height, settings.fps, clock)


def _open_video(settings: CameraSettings, clock: Clock, _: Faults) -> Camera:
    from deepracer_camera.video_camera import VideoCamera

    path = Path(settings.video).expanduser()
    return VideoCamera(path, settings.video_fps, settings.fps, settings.loop, clock)


def _open_fake(settings: CameraSettings, clock: Clock, faults: Faults) -> Camera:
    from deepracer_camera.fake_camera import FakeCamera

    return FakeCamera(settings.fps, clock, faults)


FACTORIES: dict[str, Callable[[CameraSettings, Clock, Faults], Camera]] = {
    "v4l2": _open_v4l2,
    "video": _open_video,
    "fake": _open_fake,
}
