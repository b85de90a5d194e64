# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the servo node and its gamepad; devices have settings of their own."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.calibration import VEHICLES
from deepracer_core.settings import setting
from deepracer_servo.devices.pwm_output import PWM_OUTPUTS
from deepracer_servo.joystick import JoySettings


@dataclass(frozen=True)
class ServoSettings(JoySettings):
    """Settings of the servo node; each field is a ROS parameter of the same name."""

    pwm_output: str = setting("topic", "what the pulses are written to", choices=PWM_OUTPUTS)
    vehicle: str = setting(
        "deepracer", "profile with bounds and defaults of the pulses", choices=tuple(VEHICLES)
    )
    calibration_file: str = setting(
        "", "calibration of this car; empty: the vehicle's defaults, not to be saved [path]"
    )
    command_ttl: float = setting(
        0.15, "life of a command, from the capture of its image on [s]", range=(0.02, 1.0)
    )
    frozen_picture_limit: float = setting(
        0.12,
        "the car stops when its picture stays the same for longer while it drives; 0: never [s]",
        range=(0.0, 1.0),
    )
    max_speed_scale: float = setting(
        1.0, "factor on every commanded speed [0..1]", range=(0.0, 1.0), read_only=False
    )
