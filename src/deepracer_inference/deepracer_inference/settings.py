# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the inference node."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.settings import check_settings, setting
from deepracer_inference.policy import check_device


@dataclass(frozen=True)
class InferenceSettings:
    """Settings of the inference node; each field is a ROS parameter of the same name."""

    model: str = setting("", "model package to start with, folder or tar.gz; empty: none yet")
    device: str = setting("CPU", "OpenVINO device, such as CPU, GPU or AUTO")
    threads: int = setting(1, "CPU threads for one frame [-]; 0: OpenVINO decides", range=(0, 64))
    max_frame_age: float = setting(
        0.15,
        "older frames are dropped [s]; the servo node refuses their output",
        range=(0.01, 10.0),
    )

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check_settings(self)
        check_device(self.device)
