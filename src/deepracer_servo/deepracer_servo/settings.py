# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the servo node."""

from __future__ import annotations

from dataclasses import dataclass, field

from deepracer_core.errors import ConfigError
from deepracer_servo.pwm_output import PWM_OUTPUTS

SHORTEST_TTL, LONGEST_TTL = 0.02, 1.0


@dataclass(frozen=True)
class ServoSettings:
    """Settings of the servo node; each field is a ROS parameter of the same name."""

    pwm_output: str = field(
        default="topic",
        metadata={
            "description": "back end that the pulses are written to",
            "choices": tuple(PWM_OUTPUTS),
        },
    )
    calibration_file: str = field(
        default="",
        metadata={"description": "AWS calibration.json of this car; empty: the stock car [path]"},
    )
    command_ttl: float = field(
        default=0.15,
        metadata={
            "description": "life of a command, from the capture of its image on [s]",
            "range": (SHORTEST_TTL, LONGEST_TTL),
        },
    )
    max_speed_scale: float = field(
        default=1.0,
        metadata={
            "description": "factor on every commanded speed [0..1]",
            "range": (0.0, 1.0),
            "read_only": False,
        },
    )

    def __post_init__(self) -> None:
        """Refuse values that no car can be driven with."""
        if self.pwm_output not in PWM_OUTPUTS:
            raise ConfigError(
                f"pwm_output is {self.pwm_output!r}, allowed are {', '.join(PWM_OUTPUTS)}"
            )
        if not SHORTEST_TTL <= self.command_ttl <= LONGEST_TTL:
            raise ConfigError(
                f"command_ttl is {self.command_ttl}, allowed is {SHORTEST_TTL} to {LONGEST_TTL} s"
            )
        if not 0.0 <= self.max_speed_scale <= 1.0:
            raise ConfigError(f"max_speed_scale is {self.max_speed_scale}, allowed is 0 to 1")
