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

import math
from dataclasses import dataclass

import numpy as np

from deepracer_core.action_space import Action
from deepracer_core.errors import ActionError, CalibrationError
from deepracer_core.pulses import Pulses

# What the original console's sliders could reach; nothing outside it is ever sent.
STEERING_LIMITS_NS = (1_000_000, 2_000_000)
THROTTLE_LIMITS_NS = (1_275_000, 1_725_000)
# What servos and ESCs of ordinary RC cars understand.
HOBBY_LIMITS_NS = (1_000_000, 2_000_000)

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
MOST_POINTS = 64
SMALLEST_STEP = 1e-4  # Between points [rad, m/s, share]: a steeper curve is a slip of the pen.
# Where a curve may end on either side of 0: outside it, a unit has been mistaken for another.
STEERING_ENDS = (0.05, 1.05)  # [rad]
SPEED_ENDS = (0.1, 20.0)  # [m/s]


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
                f"min_ns {self.min_ns} < mid_ns {self.mid_ns} < max_ns {self.max_ns} must rise "
                f"and lie in {low} to {high} ns"
            )
        if self.polarity not in (-1, 1):
            raise CalibrationError(f"polarity is {self.polarity}, allowed is 1 or -1")
        _check_curve(self.curve)

    def pulse_ns(self, value: float) -> int:
        """Return the pulse [ns] for a value [rad or m/s]; beyond the curve its end holds."""
        if not math.isfinite(value):
            raise ActionError(f"command is {value}: a finite number is needed")
        values, deflections = zip(*self.curve, strict=True)
        return self.deflection_pulse_ns(float(np.interp(value, values, deflections)))

    def deflection_pulse_ns(self, deflection: float) -> int:
        """Return the pulse [ns] for a share of full travel, -1 to 1."""
        travel = self.polarity * deflection
        span = self.max_ns - self.mid_ns if travel > 0 else self.mid_ns - self.min_ns
        return round(self.mid_ns + travel * span)

    def value(self, pulse_ns: float) -> float:
        """Return the value [rad or m/s] that a pulse [ns] stands for: the inverse."""
        offset = pulse_ns - self.mid_ns
        span = self.max_ns - self.mid_ns if offset > 0 else self.mid_ns - self.min_ns
        values, deflections = zip(*self.curve, strict=True)
        return float(np.interp(self.polarity * offset / span, deflections, values))


def _check_curve(curve: Curve) -> None:
    if not 2 <= len(curve) <= MOST_POINTS:
        raise CalibrationError(
            f"the curve has {len(curve)} points, allowed are 2 to {MOST_POINTS}"
        )
    points = np.array(curve, dtype=np.float64)
    if not np.isfinite(points).all() or (np.diff(points, axis=0) < SMALLEST_STEP).any():
        raise CalibrationError(
            "the curve must rise in value and in deflection, "
            f"by {SMALLEST_STEP:g} or more from point to point"
        )
    if (0.0, 0.0) not in curve or np.abs(points[:, 1]).max() > 1.0:
        raise CalibrationError(
            "the curve must pass through (0, 0), and its deflection stay within -1 to 1"
        )


@dataclass(frozen=True)
class Calibration:
    """Steering and throttle of one car; the default is the stock car."""

    steering: AxisCalibration = AxisCalibration(
        1_200_000, 1_450_000, 1_700_000, 1, STOCK_STEERING_CURVE, STEERING_LIMITS_NS
    )
    throttle: AxisCalibration = AxisCalibration(
        1_311_000, 1_446_000, 1_603_500, -1, STOCK_SPEED_CURVE, THROTTLE_LIMITS_NS
    )

    def __post_init__(self) -> None:
        """Refuse curves that no car has; CalibrationError says which."""
        left, right = self.steering.curve[-1][0], -self.steering.curve[0][0]
        if not all(STEERING_ENDS[0] <= end <= STEERING_ENDS[1] for end in (left, right)):
            raise CalibrationError(
                f"steering: the curve goes from {-right:g} to {left:g} rad; it must end between "
                f"{STEERING_ENDS[0]:g} and {STEERING_ENDS[1]:g} rad on both sides"
            )
        forward, reverse = self.throttle.curve[-1][0], -self.throttle.curve[0][0]
        # A car without a reverse gear has a curve that begins at 0.
        if not all(SPEED_ENDS[0] <= end <= SPEED_ENDS[1] for end in (forward, reverse or forward)):
            raise CalibrationError(
                f"throttle: the curve goes from {-reverse:g} to {forward:g} m/s; it must end "
                f"between {SPEED_ENDS[0]:g} and {SPEED_ENDS[1]:g} m/s"
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


# The profiles: what each kind of car starts with, and the bounds that no calibration of it leaves.
# Of an unknown car this keeps to a fifth of the throttle; its speeds are a guess until measured.
VEHICLES = {
    "deepracer": Calibration(),
    "hobby": Calibration(
        AxisCalibration(1_300_000, 1_500_000, 1_700_000, 1, STOCK_STEERING_CURVE, HOBBY_LIMITS_NS),
        AxisCalibration(
            1_400_000,
            1_500_000,
            1_600_000,
            1,
            ((-2.0, -1.0), (0.0, 0.0), (2.0, 1.0)),
            HOBBY_LIMITS_NS,
        ),
    ),
}
