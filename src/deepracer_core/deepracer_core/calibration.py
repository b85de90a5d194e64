# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From an action to PWM pulses, and back: the calibration of steering servo and ESC.

An axis has three pulses (minimum, neutral, maximum), a polarity and a curve that says which share
of full deflection a physical value needs. The car has no wheel encoder, so speed is open loop: the
curve is all there is between m/s and a pulse, and it is the same for every model.

The stock speed curve is the parabola by which the original software drives a model of 4 m/s, taken
at every whole m/s: throttle 0.475 for 1 m/s, 0.8 for 2, 0.975 for 3 and 1 for 4.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from deepracer_core.action_space import Action
from deepracer_core.errors import ActionError, CalibrationError

# What the original console's sliders could reach; nothing outside it is ever sent.
STEERING_LIMITS_NS = (1_000_000, 2_000_000)
THROTTLE_LIMITS_NS = (1_275_000, 1_725_000)

Curve = tuple[tuple[float, float], ...]
STOCK_STEERING_CURVE: Curve = ((-math.radians(30.0), -1.0), (0.0, 0.0), (math.radians(30.0), 1.0))
STOCK_SPEED_CURVE: Curve = (
    (-4.0, -1.0),
    (-3.0, -0.975),
    (-2.0, -0.8),
    (-1.0, -0.475),
    (0.0, 0.0),
    (1.0, 0.475),
    (2.0, 0.8),
    (3.0, 0.975),
    (4.0, 1.0),
)


class Pulses(NamedTuple):
    """Pulse widths [ns] for the steering servo and the ESC, at 50 Hz."""

    steering_ns: int
    throttle_ns: int


@dataclass(frozen=True)
class AxisCalibration:
    """One actuator: pulse widths [ns], polarity and the curve from value to deflection.

    Attributes:
        min_ns: shortest pulse.
        mid_ns: neutral pulse.
        max_ns: longest pulse.
        polarity: +1 where a longer pulse is positive (left, forward), -1 where it is negative.
        curve: (value, deflection) points, both rising strictly, through (0, 0); value is [rad] or
            [m/s], deflection a share of full travel from -1 to 1.
        limits_ns: what the pulses must lie in.
    """

    min_ns: int
    mid_ns: int
    max_ns: int
    polarity: int
    curve: Curve
    limits_ns: tuple[int, int]

    def __post_init__(self) -> None:
        """Refuse an order, polarity or curve that could hurt; CalibrationError says which."""
        low, high = self.limits_ns
        if not low <= self.min_ns < self.mid_ns < self.max_ns <= high:
            raise CalibrationError(
                f"pulses {self.min_ns} < {self.mid_ns} < {self.max_ns} ns must rise and lie in "
                f"{low} to {high} ns"
            )
        if self.polarity not in (-1, 1):
            raise CalibrationError(f"polarity is {self.polarity}, allowed is 1 or -1")
        points = np.array(self.curve, dtype=np.float64)
        if (
            points.ndim != 2
            or not np.isfinite(points).all()
            or (np.diff(points, axis=0) <= 0).any()
        ):
            raise CalibrationError("the curve must rise in value and in deflection")
        if (0.0, 0.0) not in self.curve or np.abs(points[:, 1]).max() > 1.0:
            raise CalibrationError("the curve must pass through (0, 0) and stay within -1 to 1")

    def pulse_ns(self, value: float) -> int:
        """Return the pulse [ns] for a value [rad or m/s]; beyond the curve its end holds."""
        if not math.isfinite(value):
            raise ActionError(f"command is {value}: a finite number is needed")
        values, deflections = zip(*self.curve, strict=True)
        travel = self.polarity * float(np.interp(value, values, deflections))
        span = self.max_ns - self.mid_ns if travel > 0 else self.mid_ns - self.min_ns
        return round(self.mid_ns + travel * span)

    def value(self, pulse_ns: float) -> float:
        """Return the value [rad or m/s] that a pulse [ns] stands for: the inverse."""
        offset = pulse_ns - self.mid_ns
        span = self.max_ns - self.mid_ns if offset > 0 else self.mid_ns - self.min_ns
        values, deflections = zip(*self.curve, strict=True)
        return float(np.interp(self.polarity * offset / span, deflections, values))


@dataclass(frozen=True)
class Calibration:
    """Steering and throttle of one car; the default is the stock car."""

    steering: AxisCalibration = AxisCalibration(
        1_200_000, 1_450_000, 1_700_000, 1, STOCK_STEERING_CURVE, STEERING_LIMITS_NS
    )
    throttle: AxisCalibration = AxisCalibration(
        1_311_000, 1_446_000, 1_603_500, -1, STOCK_SPEED_CURVE, THROTTLE_LIMITS_NS
    )

    @property
    def neutral(self) -> Pulses:
        """Wheels straight, motor off."""
        return Pulses(self.steering.mid_ns, self.throttle.mid_ns)

    def pulses(self, action: Action, speed_scale: float = 1.0) -> Pulses:
        """Return the pulses for an action.

        Args:
            action: steering angle [rad] and speed [m/s].
            speed_scale: the maximum-speed setting, 0 to 1, which multiplies the speed.

        Raises:
            ActionError: the action is not finite.
        """
        return Pulses(
            self.steering.pulse_ns(action.steering_angle),
            self.throttle.pulse_ns(action.speed * speed_scale),
        )

    def action(self, pulses: Pulses) -> Action:
        """Return the action that pulses stand for: the inverse of `pulses` at full scale."""
        return Action(
            self.steering.value(pulses.steering_ns), self.throttle.value(pulses.throttle_ns)
        )


def calibration_from_aws_json(text: str) -> Calibration:
    """Read the original software's calibration.json; CalibrationError says what is wrong."""
    try:
        axes = json.loads(text)["Calibration"]
        return Calibration(
            _axis_from_aws(axes["Servo"], STOCK_STEERING_CURVE, STEERING_LIMITS_NS),
            _axis_from_aws(axes["Motor"], STOCK_SPEED_CURVE, THROTTLE_LIMITS_NS),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CalibrationError(
            f"calibration.json cannot be read ({error!r}): restore a backup or calibrate again"
        ) from None


def calibration_to_aws_json(calibration: Calibration) -> str:
    """Write the original software's calibration.json; curves have no place in it."""
    axes = {
        name: {
            "max": axis.max_ns,
            "mid": axis.mid_ns,
            "min": axis.min_ns,
            "polarity": axis.polarity,
        }
        for name, axis in (("Motor", calibration.throttle), ("Servo", calibration.steering))
    }
    return json.dumps({"Calibration": {**axes, "version": 1}}, indent=2) + "\n"


def _axis_from_aws(
    axis: dict[str, Any], curve: Curve, limits_ns: tuple[int, int]
) -> AxisCalibration:
    low, middle, high, polarity = (axis[name] for name in ("min", "mid", "max", "polarity"))
    if not all(type(value) is int for value in (low, middle, high, polarity)):
        raise CalibrationError("calibration.json needs whole numbers for min, mid, max, polarity")
    return AxisCalibration(low, middle, high, polarity, curve, limits_ns)
