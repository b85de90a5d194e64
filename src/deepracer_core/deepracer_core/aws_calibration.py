# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The original software's calibration.json: pulses [ns] and polarities, no curves.

One entry "Calibration" holds "Motor" and "Servo", each with whole numbers for "min", "mid", "max"
and "polarity", and a "version", which is 1.
"""

from __future__ import annotations

import json
from typing import Any

from deepracer_core.calibration import AxisCalibration, Calibration
from deepracer_core.errors import CalibrationError

VERSION = 1
_KEYS = ("min", "mid", "max", "polarity")


def calibration_from_aws_json(text: str, profile: Calibration | None = None) -> Calibration:
    """Read a calibration.json.

    Args:
        text: the file's content.
        profile: whose bounds hold, and whose curves are taken; the stock car by default.

    Raises:
        CalibrationError: it is damaged, of a newer version, or leaves the bounds.
    """
    stock = profile or Calibration()
    try:
        axes = json.loads(text)["Calibration"]
        version = axes.get("version", VERSION)  # The oldest cars wrote none.
        if version != VERSION:
            raise CalibrationError(f"version is {version!r}, only {VERSION} is known")
        return Calibration(
            _axis(axes["Servo"], "Servo", stock.steering),
            _axis(axes["Motor"], "Motor", stock.throttle),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CalibrationError(f"not a calibration.json ({error!r})") from None


def calibration_to_aws_json(calibration: Calibration) -> str:
    """Write a calibration.json; curves have no place in it."""
    axes = {
        name: {
            "max": axis.max_ns,
            "mid": axis.mid_ns,
            "min": axis.min_ns,
            "polarity": axis.polarity,
        }
        for name, axis in (("Motor", calibration.throttle), ("Servo", calibration.steering))
    }
    return json.dumps({"Calibration": {**axes, "version": VERSION}}, indent=2) + "\n"


def _axis(axis: dict[str, Any], name: str, stock: AxisCalibration) -> AxisCalibration:
    values = [axis[key] for key in _KEYS]
    if not all(type(value) is int for value in values):
        raise CalibrationError(f"{name} needs whole numbers for {', '.join(_KEYS)}")
    low, middle, high, polarity = values
    try:
        return AxisCalibration(low, middle, high, polarity, stock.curve, stock.limits_ns)
    except CalibrationError as error:
        raise CalibrationError(f"{name}: {error}") from None
