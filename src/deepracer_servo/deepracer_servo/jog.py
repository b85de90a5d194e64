# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""One pulse on one channel for a moment: how a calibration is found without harm."""

from __future__ import annotations

from typing import NamedTuple

from deepracer_core.calibration import AxisCalibration, Calibration
from deepracer_core.pulses import Pulses
from deepracer_servo.drive_mode import ModeRefusedError

LONGEST_HOLD_S = 0.5
AXES = ("steering", "throttle")


class Jog(NamedTuple):
    """Pulses to be written, and until when [ns, steady clock]."""

    pulses: Pulses
    until_ns: int


def make_jog(
    calibration: Calibration, axis: str, pulse_ns: int, hold: float, wheels_up: bool, now_ns: int
) -> Jog:
    """Return the jog that a request asks for; the other channel is neutral.

    Args:
        calibration: in force; its axes tell the bounds.
        axis: one of `AXES`.
        pulse_ns: within the bounds of the axis [ns].
        hold: until neutral is written again, unless repeated [s], at most 0.5.
        wheels_up: whether no driven wheel touches the ground; the throttle needs it.
        now_ns: the time of the request [ns, steady clock].

    Raises:
        ModeRefusedError: it is out of bounds, or the wheels are on the ground.
    """
    if axis not in AXES:
        raise ModeRefusedError(f"unknown axis {axis!r}: there are {' and '.join(AXES)}")
    chosen: AxisCalibration = getattr(calibration, axis)
    low, high = chosen.limits_ns
    if not low <= pulse_ns <= high:
        raise ModeRefusedError(f"{axis} pulse is {pulse_ns} ns, allowed is {low} to {high}")
    if not 0.0 < hold <= LONGEST_HOLD_S:
        raise ModeRefusedError(f"hold is {hold:g} s, allowed is up to {LONGEST_HOLD_S} s")
    if axis == "throttle" and not wheels_up:
        raise ModeRefusedError("lift the driven wheels off the ground and say so: wheels_up")
    pulses = calibration.neutral._replace(**{f"{axis}_ns": pulse_ns})
    return Jog(pulses, now_ns + round(hold * 1e9))
