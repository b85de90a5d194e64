# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the fault-injection suite makes of a record: speed, way, time to neutral, table."""

from __future__ import annotations

import math

import pytest

from deepracer_bringup.faults.motion import Sample, distance_after, speed_at
from deepracer_bringup.faults.report import Row, table, to_json
from deepracer_bringup.faults.verdict import Verdict, judge, neutral_after
from deepracer_core.calibration import Calibration
from deepracer_core.vehicle import DEEPRACER

THROTTLE = Calibration().throttle
NEUTRAL = THROTTLE.mid_ns
ONE = THROTTLE.pulse_ns(1.0)  # 1 m/s


# The way of a car that asks its brakes for more than they have, then closes in by its lag.
def braking_distance(speed: float) -> float:
    gentle = min(speed, DEEPRACER.max_braking * DEEPRACER.speed_lag)
    hard = (speed**2 - gentle**2) / (2.0 * DEEPRACER.max_braking)
    return hard + gentle * DEEPRACER.speed_lag


def test_speed_and_way_follow_from_the_pulses() -> None:
    record = [Sample(10.0, ONE), Sample(15.0, NEUTRAL)]
    assert speed_at(record, 10.0) == 0.0
    assert speed_at(record, 15.0) == pytest.approx(1.0, abs=1e-3)
    assert distance_after(record, 15.0, 15.1) == pytest.approx(braking_distance(1.0), rel=0.03)
    # A fault 0.2 s before the brakes costs 0.2 m more.
    late = distance_after(record, 14.8, 15.1)
    assert late == pytest.approx(0.2 + braking_distance(1.0), rel=0.03)


def test_a_car_without_pulses_stands_and_one_that_is_not_stopped_counts_to_the_end() -> None:
    assert distance_after([], 15.0, 16.0) == 0.0
    driving = [Sample(10.0, ONE)]
    assert distance_after(driving, 15.0, 16.0) == pytest.approx(1.0, rel=0.01)
    off = [*driving, Sample(15.0, 0)]
    assert distance_after(off, 15.0, 15.1) == pytest.approx(braking_distance(1.0), rel=0.03)
    backwards = [Sample(10.0, THROTTLE.pulse_ns(-1.0))]
    assert distance_after(backwards, 15.0, 16.0) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(
    ("pulses", "passing", "expected"),
    [
        ([(0.0, ONE), (5.1, NEUTRAL)], False, 0.1),
        ([(0.0, ONE), (5.1, 0)], False, 0.1),
        ([(0.0, ONE), (5.1, NEUTRAL + 250), (5.2, NEUTRAL)], False, 0.1),
        ([(0.0, ONE), (5.1, NEUTRAL + 10_000), (5.2, NEUTRAL)], False, 0.2),
        ([(0.0, ONE), (4.0, NEUTRAL)], False, 0.0),
        ([(0.0, ONE), (4.0, NEUTRAL), (4.5, ONE), (5.2, NEUTRAL)], False, 0.2),
        ([(0.0, ONE), (5.1, NEUTRAL), (5.2, ONE), (5.5, NEUTRAL)], False, 0.5),
        ([(0.0, ONE), (5.1, NEUTRAL), (5.2, ONE), (5.5, NEUTRAL)], True, 0.1),
        ([(0.0, ONE), (5.1, NEUTRAL), (5.2, ONE)], False, math.inf),
        ([(0.0, ONE)], True, math.inf),
        ([(0.0, ONE), (6.5, NEUTRAL)], False, math.inf),
        ([], False, 0.0),
    ],
)
def test_neutral_counts_from_when_it_stays(
    pulses: list[tuple[float, int]], passing: bool, expected: float
) -> None:
    record = [Sample(*entry) for entry in pulses]
    after = neutral_after(record, 5.0, 6.0, NEUTRAL, passing)
    assert after == pytest.approx(expected)


def test_the_verdict_says_what_is_wrong() -> None:
    def verdict(stopped_at: float) -> Verdict:
        return judge([Sample(0.0, ONE), Sample(stopped_at, NEUTRAL)], 5.0, 6.0, NEUTRAL, False)

    assert verdict(5.2).problem == ""
    assert verdict(5.4).problem == "neutral only after 400 ms"
    assert verdict(9.0).problem == "the throttle did not become neutral"
    assert verdict(5.2).moved < verdict(5.4).moved < verdict(9.0).moved


def test_a_car_that_drives_again_by_itself_moves_until_then_only() -> None:
    record = [Sample(0.0, ONE), Sample(5.1, NEUTRAL), Sample(5.2, ONE)]
    verdict = judge(record, 5.0, 15.0, NEUTRAL, passing=True)
    assert verdict.problem == "" and verdict.moved < 0.4


def test_the_results_are_those_of_all_injections() -> None:
    times = [Verdict(0.001 * number, 0.01 * number) for number in range(1, 21)]
    late = Verdict(math.inf, 3.0, "the throttle did not become neutral", lost=True)
    rows = [Row("good", times), Row("bad", [*times, late])]
    good, bad = to_json(rows)["faults"]
    assert good == {
        "name": "good",
        "count": 20,
        "caught": 20,
        "p50_ms": 11.0,
        "p99_ms": 20.0,
        "max_ms": 20.0,
        "moved_m": 0.2,
    }
    assert (bad["count"], bad["caught"], bad["moved_m"]) == (21, 20, 3.0)
    assert (bad["p50_ms"], bad["p99_ms"], bad["max_ms"]) == (11.0, None, None)
    assert [(row.missed, row.lost) for row in rows] == [(False, False), (True, True)]
    *_, good_line, bad_line, problem, result = table(rows)
    assert good_line.split() == ["good", "20", "20", "11", "20", "20", "0.20"]
    assert bad_line.split() == ["bad", "21", "20", "11", "never", "never", "3.00"]
    assert problem == "bad: 1 x the throttle did not become neutral"
    assert result == "1 of 2 faults are caught, each time"
