# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the camera node."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.errors import ConfigError
from deepracer_core.settings import check_settings, setting

BACKENDS = ("v4l2", "video", "fake")


@dataclass(frozen=True)
class CameraSettings:
    """Settings of the camera node; each field is a ROS parameter of the same name."""

    backend: str = setting("v4l2", "where frames come from", choices=BACKENDS)
    device: str = setting(
        "", "v4l2: device path, best under /dev/v4l/by-id; empty: the only camera there is"
    )
    width: int = setting(640, "v4l2: width asked of the device [px]", range=(160, 4096))
    height: int = setting(480, "v4l2: height asked of the device [px]", range=(120, 4096))
    fps: float = setting(
        30.0, "v4l2, fake, folder of pictures: frames a second [Hz]", range=(1.0, 240.0)
    )
    video: str = setting("", "video: a video file, or a folder of pictures in order of name")
    video_fps: float = setting(
        0.0, "video: frames a second [Hz]; 0: the recording's own rate", range=(0.0, 240.0)
    )
    loop: bool = setting(True, "video: start again at the end")
    frame_id: str = setting("camera_optical", "frame_id of images: the camera's optical frame")
    jpeg_quality: int = setting(80, "quality of image_raw/compressed [-]", range=(1, 100))
    retry_first: float = setting(
        0.1,
        "wait before a failed camera is opened again [s]; doubles each time",
        range=(0.01, 60.0),
    )
    retry_longest: float = setting(5.0, "the wait doubles up to this [s]", range=(0.01, 60.0))

    def __post_init__(self) -> None:
        """Refuse values that no back end can work with."""
        check_settings(self)
        if self.backend == "video" and not self.video:
            raise ConfigError("backend video needs the setting video: a video file or a folder")
        if self.retry_longest < self.retry_first:
            raise ConfigError(
                f"retry_longest is {self.retry_longest}, it must not be below retry_first "
                f"({self.retry_first})"
            )


@dataclass(frozen=True)
class FakeFaults:
    """What is wrong with the `fake` back end; parameters of the camera node where that runs."""

    fake_unplugged: bool = setting(
        False, "fake: be gone, as if the cable was pulled", read_only=False
    )
    fake_frozen: bool = setting(
        False, "fake: show the same picture again and again, with fresh stamps", read_only=False
    )
    fake_stamp_offset: float = setting(
        0.0,
        "fake: what the stamps are off by, + is in the future [s]",
        range=(-86400.0, 86400.0),
        read_only=False,
    )

    def __post_init__(self) -> None:
        """Refuse an offset beyond its range."""
        check_settings(self)
