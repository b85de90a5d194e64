# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the servo node."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.settings import check_settings, setting
from deepracer_servo.pwm_output import PWM_OUTPUTS


@dataclass(frozen=True)
class ServoSettings:
    """Settings of the servo node; each field is a ROS parameter of the same name."""

    pwm_output: str = setting(
        "topic", "back end that the pulses are written to", choices=tuple(PWM_OUTPUTS)
    )
    calibration_file: str = setting(
        "", "AWS calibration.json of this car; empty: the stock car [path]"
    )
    command_ttl: float = setting(
        0.15, "life of a command, from the capture of its image on [s]", range=(0.02, 1.0)
    )
    max_speed_scale: float = setting(
        1.0, "factor on every commanded speed [0..1]", range=(0.0, 1.0), read_only=False
    )

    def __post_init__(self) -> None:
        """Refuse values that no car can be driven with."""
        check_settings(self)
