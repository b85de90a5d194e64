# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A car as the guide sees it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from deepracer_core.calibration import Calibration
from deepracer_servo.drive_mode import Mode


class CarState(NamedTuple):
    """What a car drives by."""

    vehicle: str
    calibration: Calibration
    source: str


class Car(Protocol):
    """A car with a servo node; each method raises DeepRacerError with the reason it refuses."""

    def get(self) -> CarState:
        """Return the calibration in force."""
        ...

    def set(self, calibration: Calibration, wheels_up: bool) -> None:
        """Put a calibration in force, without saving it."""
        ...

    def save(self) -> str:
        """Save what is in force; returns where."""
        ...

    def jog(self, axis: str, pulse_ns: int, hold: float, wheels_up: bool) -> None:
        """Put a pulse [ns] on an axis for `hold` [s]."""
        ...

    def set_mode(self, mode: Mode) -> None:
        """Set the drive mode; what is not saved is lost when CALIBRATION is left."""
        ...
