# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the camera node."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from deepracer_core.errors import ConfigError

BACKENDS = ("v4l2", "video", "fake")

Value = TypeVar("Value")


def _setting(default: Value, description: str, **limits: object) -> Value:
    return field(default=default, metadata={"description": description, **limits})


@dataclass(frozen=True)
class CameraSettings:
    """Settings of the camera node; each field is a ROS parameter of the same name."""

    backend: str = _setting("v4l2", "where frames come from", choices=BACKENDS)
    device: str = _setting(
        "", "v4l2: device path, best under /dev/v4l/by-id; empty: the only camera there is"
    )
    width: int = _setting(640, "v4l2: width asked of the device [px]", range=(160, 4096))
    height: int = _setting(480, "v4l2: height asked of the device [px]", range=(120, 4096))
    fps: float = _setting(
        30.0, "v4l2, fake, folder of pictures: frames a second [Hz]", range=(1.0, 240.0)
    )
    video: str = _setting("", "video: a video file, or a folder of pictures in order of name")
    video_fps: float = _setting(
        0.0, "video: frames a second [Hz]; 0: the recording's own rate", range=(0.0, 240.0)
    )
    loop: bool = _setting(True, "video: start again at the end")
    frame_id: str = _setting("camera_optical", "frame_id of images: the camera's optical frame")
    jpeg_quality: int = _setting(80, "quality of image_raw/compressed [-]", range=(1, 100))
    retry_first: float = _setting(
        0.1,
        "wait before a failed camera is opened again [s]; doubles each time",
        range=(0.01, 60.0),
    )
    retry_longest: float = _setting(5.0, "the wait doubles up to this [s]", range=(0.01, 60.0))

    def __post_init__(self) -> None:
        """Refuse values that no back end can work with."""
        if self.backend not in BACKENDS:
            raise ConfigError(f"backend is {self.backend!r}, allowed are {', '.join(BACKENDS)}")
        for name, setting in self.__dataclass_fields__.items():
            low, high = setting.metadata.get("range", (None, None))
            value = getattr(self, name)
            if low is not None and not low <= value <= high:
                raise ConfigError(f"{name} is {value}, allowed is {low} to {high}")
        if self.backend == "video" and not self.video:
            raise ConfigError("backend video needs the setting video: a video file or a folder")
        if self.retry_longest < self.retry_first:
            raise ConfigError(
                f"retry_longest is {self.retry_longest}, it must not be below retry_first "
                f"({self.retry_first})"
            )
