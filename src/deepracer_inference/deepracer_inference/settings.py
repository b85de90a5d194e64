# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the inference node."""

from __future__ import annotations

from dataclasses import dataclass, field

from deepracer_core.errors import ConfigError
from deepracer_inference.policy import check_device


@dataclass(frozen=True)
class InferenceSettings:
    """Settings of the inference node; each field is a ROS parameter of the same name."""

    model: str = field(
        default="",
        metadata={"description": "model package to start with, folder or tar.gz; empty: none yet"},
    )
    device: str = field(
        default="CPU", metadata={"description": "OpenVINO device, such as CPU, GPU or AUTO"}
    )
    threads: int = field(
        default=1,
        metadata={
            "description": "CPU threads for one frame [-]; 0: OpenVINO decides",
            "range": (0, 64),
        },
    )
    max_frame_age: float = field(
        default=0.15,
        metadata={
            "description": "older frames are dropped [s]; the servo node refuses their output",
            "range": (0.01, 10.0),
        },
    )

    def __post_init__(self) -> None:
        """Refuse values that cannot work."""
        check_device(self.device)
        if self.threads < 0:
            raise ConfigError(f"threads is {self.threads}, allowed is 0 or more")
        if not self.max_frame_age > 0.0:
            raise ConfigError(f"max_frame_age is {self.max_frame_age} s, it must be above 0")
