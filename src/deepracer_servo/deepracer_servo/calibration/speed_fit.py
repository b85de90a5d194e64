# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The speed curve from measured drives.

Each throttle that was driven becomes a point of the curve, at the median of its speeds, and
nothing is extrapolated: commands beyond the fastest drive get its throttle. Speed is proportional
to the battery's voltage, so drives with a reading are converted to one reference voltage.

A throttle at which the car stands still tells where its dead band ends. The curve must rise from
(0, 0), so it crosses the dead band within `CREEP`, as good as at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from deepracer_core.calibration import SMALLEST_STEP, Curve
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration.speed_rows import SpeedRow

STANDING = 0.02  # [m/s]; what is slower does not drive.
CREEP = 0.01  # [m/s]
_SAME_THROTTLE = 4  # Decimal places that tell one throttle from another.


@dataclass(frozen=True)
class FittedRow:
    """A drive beside the curve, speeds [m/s] at the reference voltage."""

    row: SpeedRow
    speed: float
    fitted: float

    @property
    def residual(self) -> float:
        """By how much the drive was faster than the curve says [m/s]."""
        return self.speed - self.fitted


@dataclass(frozen=True)
class SpeedFit:
    """A curve from speed [m/s] to deflection, and how well the drives agree with it.

    Attributes:
        curve: fit for an AxisCalibration.
        reference: the battery voltage [V] at which it holds; None where none was read.
        rows: all drives.
        mirrored: whether reverse was not driven, and is taken to be like forward.
    """

    curve: Curve
    reference: float | None
    rows: tuple[FittedRow, ...]
    mirrored: bool


@dataclass(frozen=True)
class _Level:
    throttle: float
    speed: float
    lines: tuple[int, ...]

    def __str__(self) -> str:
        lines = ", ".join(map(str, self.lines))
        return f"throttle {self.throttle:g} (line {lines}: {self.speed:.2f} m/s)"


def fit_speed(
    rows: Sequence[SpeedRow], reference: float | None = None, reverses: bool = True
) -> SpeedFit:
    """Fit the speed curve.

    Args:
        rows: the drives, forward at two throttles at least.
        reference: battery voltage [V] to convert to; by default the median of the readings.
        reverses: whether the car has a reverse gear, which is mirrored where it was not driven.

    Raises:
        CalibrationError: there are too few drives, or they contradict each other.
    """
    readings = [row.battery for row in rows if row.battery is not None]
    if readings and reference is None:
        reference = median(readings)
    speeds = [_at_reference(row, reference) for row in rows]
    forward, backward = (_levels(rows, speeds, sign) for sign in (1, -1))
    if len(forward) < 2:
        raise CalibrationError(
            f"{len(forward)} throttle levels were driven forward; measure two or more"
        )
    contradictions = [*_contradictions(forward), *_contradictions(backward)]
    if contradictions:
        raise CalibrationError("; ".join(contradictions) + ": measure again, or delete one")
    ahead = _points(forward, "forward")
    mirrored = reverses and not backward
    behind = ahead if mirrored else _points(backward, "in reverse") if backward else []
    curve = (*((-speed, -share) for speed, share in reversed(behind)), (0.0, 0.0), *ahead)
    values, deflections = zip(*curve, strict=True)
    fitted = np.interp([row.throttle for row in rows], deflections, values)
    results = tuple(
        FittedRow(row, speed, float(on_curve))
        for row, speed, on_curve in zip(rows, speeds, fitted, strict=True)
    )
    return SpeedFit(curve, reference if readings else None, results, mirrored)


def _at_reference(row: SpeedRow, reference: float | None) -> float:
    if row.battery is None or reference is None:
        return row.speed
    return row.speed * (reference / row.battery)


def _levels(rows: Sequence[SpeedRow], speeds: Sequence[float], sign: int) -> list[_Level]:
    """Return what was driven one way, by rising throttle, all of it positive."""
    drives = sorted(
        (round(sign * row.throttle, _SAME_THROTTLE), row.line, sign * speed)
        for row, speed in zip(rows, speeds, strict=True)
        if sign * row.throttle > 0
    )
    levels = []
    for throttle, group in itertools.groupby(drives, key=lambda drive: drive[0]):
        _, lines, level_speeds = zip(*group, strict=True)
        speed = median(level_speeds)
        levels.append(_Level(throttle, speed if speed >= STANDING else 0.0, lines))
    return levels


def _contradictions(levels: Sequence[_Level]) -> list[str]:
    return [
        f"{faster} is not faster than {slower}"
        for slower, faster in itertools.pairwise(levels)
        if faster.speed < slower.speed + SMALLEST_STEP and slower.speed > 0.0
    ]


def _points(levels: Sequence[_Level], way: str) -> list[tuple[float, float]]:
    """Return the curve's points beyond (0, 0), for levels that do not contradict each other."""
    moving = [(level.speed, level.throttle) for level in levels if level.speed > 0.0]
    standing = [level.throttle for level in levels if level.speed == 0.0]
    if not moving:
        raise CalibrationError(f"the car never moved {way}: measure with more throttle")
    return [(CREEP, standing[-1]), *moving] if standing else moving
