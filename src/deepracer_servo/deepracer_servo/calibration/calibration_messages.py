# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations to and from messages of their shape, at both ends of the servo node's services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from deepracer_core.calibration import MOST_POINTS, VEHICLES, AxisCalibration, Calibration
from deepracer_core.errors import CalibrationError


class AxisMessage(Protocol):
    """Has the fields of deepracer_interfaces/AxisCalibration."""

    min_ns: int
    mid_ns: int
    max_ns: int
    polarity: int
    values: Sequence[float]
    deflections: Sequence[float]


class CalibrationMessage(Protocol):
    """Has the fields of deepracer_interfaces/Calibration."""

    vehicle: str

    @property
    def steering(self) -> AxisMessage:
        """Values are angles [rad]."""
        ...

    @property
    def throttle(self) -> AxisMessage:
        """Values are speeds [m/s]."""
        ...


def fill_message(message: CalibrationMessage, vehicle: str, calibration: Calibration) -> None:
    """Write a calibration for a vehicle profile into a message."""
    message.vehicle = vehicle
    for part, axis in (
        (message.steering, calibration.steering),
        (message.throttle, calibration.throttle),
    ):
        part.min_ns, part.mid_ns, part.max_ns = axis.min_ns, axis.mid_ns, axis.max_ns
        part.polarity = axis.polarity
        part.values = [value for value, _ in axis.curve]
        part.deflections = [deflection for _, deflection in axis.curve]


def calibration_from_message(message: CalibrationMessage, vehicle: str) -> Calibration:
    """Read a calibration for a vehicle profile; an empty vehicle in it means that one.

    Raises:
        CalibrationError: it is for another vehicle, or could hurt.
    """
    if message.vehicle not in ("", vehicle):
        raise CalibrationError(
            f"vehicle is {message.vehicle[:40]!r}, but this car is set to be {vehicle!r}"
        )
    profile = VEHICLES[vehicle]
    return Calibration(
        _axis(message.steering, "steering", profile.steering),
        _axis(message.throttle, "throttle", profile.throttle),
    )


def _axis(message: AxisMessage, name: str, profile: AxisCalibration) -> AxisCalibration:
    counts = len(message.values), len(message.deflections)
    if counts[0] != counts[1] or counts[0] > MOST_POINTS:
        raise CalibrationError(
            f"{name}: there are {counts[0]} values and {counts[1]} deflections, "
            f"as many of each are needed and at most {MOST_POINTS}"
        )
    curve = tuple(
        (float(value), float(deflection))
        for value, deflection in zip(message.values, message.deflections, strict=True)
    )
    try:
        return AxisCalibration(
            message.min_ns,
            message.mid_ns,
            message.max_ns,
            message.polarity,
            curve,
            profile.limits_ns,
        )
    except CalibrationError as error:
        raise CalibrationError(f"{name}: {error}") from None
