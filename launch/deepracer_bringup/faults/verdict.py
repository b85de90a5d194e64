# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the chip's record says about a fault: whether the motor was off, when, and to the end."""

from __future__ import annotations

import math
from dataclasses import dataclass

from deepracer_bringup.faults.motion import Record, distance_after

WITHIN = 0.25  # [s]: the goal
# Half of what the stock car's PWM chip resolves; no ESC tells it from neutral.
TOLERANCE_NS = 2_500


@dataclass(frozen=True)
class Verdict:
    """How one injection ended.

    Attributes:
        neutral_after: from the fault until the throttle was neutral [s]; inf: it never was.
        moved: how far the car rolled [m].
        problem: why the fault does not count as caught; empty where it does.
        lost: whether the car did not drive again afterwards.
    """

    neutral_after: float
    moved: float
    problem: str = ""
    lost: bool = False


def judge(
    record: Record, broken_at: float, until: float, neutral_ns: int, passing: bool
) -> Verdict:
    """Judge the record of one injection.

    Args:
        record: the chip's throttle, from some seconds before the fault on.
        broken_at: when the fault began [s, monotonic].
        until: when it ended, or was ended [s, monotonic].
        neutral_ns: the neutral pulse.
        passing: the fault is over as soon as it happened, so that the car may drive again after
            it was neutral once; otherwise it has to stay so until the end.
    """
    after = neutral_after(record, broken_at, until, neutral_ns, passing)
    if math.isinf(after):
        moved = distance_after(record, broken_at, until)
        return Verdict(after, moved, "the throttle did not become neutral")
    drives_again = (
        sample.at
        for sample in record
        if sample.at > broken_at + after and not is_neutral(sample.throttle_ns, neutral_ns)
    )
    moved = distance_after(record, broken_at, min(until, next(drives_again, math.inf)))
    late = f"neutral only after {after * 1e3:.0f} ms" if after > WITHIN else ""
    return Verdict(after, moved, late)


def is_neutral(throttle_ns: int, neutral_ns: int) -> bool:
    """Say whether the motor is off: at the neutral pulse, or without any."""
    return throttle_ns == 0 or abs(throttle_ns - neutral_ns) <= TOLERANCE_NS


def neutral_after(
    record: Record, broken_at: float, until: float, neutral_ns: int, passing: bool
) -> float:
    """Return the time [s] from the fault until the throttle was neutral, inf where it never was.

    It counts from when on it is neutral to the end, or, where `passing`, once.
    """
    before = [sample for sample in record if sample.at <= broken_at]
    during = [sample for sample in record if broken_at < sample.at <= until]
    since = math.inf
    for at, throttle_ns in [(broken_at, before[-1].throttle_ns if before else 0), *during]:
        if not is_neutral(throttle_ns, neutral_ns):
            since = math.inf
        elif math.isinf(since):
            since = at
            if passing:
                break
    return since - broken_at
