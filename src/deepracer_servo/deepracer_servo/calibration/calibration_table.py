# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration as tables for people: pulses in microseconds, angles in degrees."""

from __future__ import annotations

import math

from deepracer_core.calibration import AxisCalibration, Calibration


def describe_calibration(calibration: Calibration) -> str:
    """Return both axes, each with its curve."""
    return (
        f"{describe_steering(calibration.steering)}\n\n{describe_throttle(calibration.throttle)}"
    )


def describe_steering(axis: AxisCalibration) -> str:
    """Return the steering's pulses and its curve."""
    title = f"steering   {_pulses(axis)}, longer is {'left' if axis.polarity > 0 else 'right'}"
    return _table(title, "angle [deg]", axis, 180.0 / math.pi)


def describe_throttle(axis: AxisCalibration) -> str:
    """Return the throttle's pulses and its curve."""
    way = "forward" if axis.polarity > 0 else "reverse"
    return _table(f"throttle   {_pulses(axis)}, longer is {way}", "speed [m/s]", axis, 1.0)


def _pulses(axis: AxisCalibration) -> str:
    return " / ".join(f"{ns / 1e3:.1f}" for ns in (axis.min_ns, axis.mid_ns, axis.max_ns)) + " us"


def _table(title: str, value_title: str, axis: AxisCalibration, scale: float) -> str:
    rows = [
        f"{value * scale:>13.2f}{deflection:>13.4f}{axis.pulse_ns(value) / 1e3:>13.1f}"
        for value, deflection in axis.curve
    ]
    heads = f"{value_title:>13}{'deflection':>13}{'pulse [us]':>13}"
    return "\n".join([title, heads, *rows])
