# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of the actuator node."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.settings import check_settings, setting
from deepracer_sim.starts import DIRECTIONS


@dataclass(frozen=True)
class ActuatorSettings:
    """One ROS parameter each."""

    track: str = setting("reinvent_base", "name of a track, or path of a .npy or .yaml file")
    start: float = setting(
        0.0, "where on the lap a reset puts the car [share]", range=(0.0, 1.0), read_only=False
    )
    direction: str = setting(
        "ccw", "which way round the car drives", choices=DIRECTIONS, read_only=False
    )
    pwm_timeout: float = setting(
        0.5, "without a pulse for so long, the car stops [s, simulated]", range=(0.05, 10.0)
    )
    rate: float = setting(100.0, "joint commands per simulated second [Hz]", range=(20.0, 1000.0))

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be driven."""
        check_settings(self)
