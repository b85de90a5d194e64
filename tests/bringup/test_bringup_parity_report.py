# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The goals, by value, and what is made of measurements: verdicts, JSON and tables."""

import numpy as np
import pytest
from parity_rows import HALF_A_LAP, WHOLE_LAP

from deepracer_bringup.parity.frames import FramePair
from deepracer_bringup.parity.open_loop import Divergence
from deepracer_bringup.parity.paths import Errors
from deepracer_bringup.parity.report import Results, table
from deepracer_bringup.parity.session import QUICK, WHOLE
from deepracer_core.pose import Pose

GREY = np.zeros((120, 160), np.uint8)
TIMES = np.array([0.0, 2.98, 3.0, 3.02, 10.0])


def seen(*measured: tuple[float, float]) -> Results:
    """Return the results of frames of such differences and similarities."""
    return Results(frames=[FramePair(Pose(0, 0, 0, 0, 0), GREY, GREY, *each) for each in measured])


def driven(*positions: float) -> Results:
    """Return the results of one drive, so far apart at `TIMES`."""
    return Results(open_loop=[Divergence("steps", Errors(TIMES, np.array(positions), 0 * TIMES))])


def raced(*rows: dict) -> Results:
    return Results(closed_loop={"gazebo": list(rows)})


@pytest.mark.parametrize(
    ("results", "are_met"),
    [
        (seen((2.0, 0.95)), [True, True]),
        (seen((2.01, 0.949)), [False, False]),
        (seen((1.0, 1.0), (3.0, 0.9)), [True, True]),  # on the average
        (seen((1.0, 1.0), (3.1, 0.89)), [False, False]),
        (driven(0.0, 0.0, 0.1, 0.9, 0.9), [True]),
        (driven(0.0, 0.0, 0.101, 0.0, 0.0), [False]),
        (raced(WHOLE_LAP, WHOLE_LAP), [True]),
        (raced(WHOLE_LAP, HALF_A_LAP), [False]),
    ],
)
def test_goals_are_those_that_were_agreed(results: Results, are_met: list[bool]) -> None:
    assert [each.is_met for each in results.verdicts()] == are_met


def test_all_is_measured_as_often_as_was_agreed() -> None:
    assert (WHOLE.places, WHOLE.duration, 2 * WHOLE.trials) == (100, 10.0, 10)
    assert all(less < whole for less, whole in zip(QUICK, WHOLE, strict=True))
    assert QUICK.duration > 3.0  # when the open loop is judged


def test_what_was_not_measured_is_null() -> None:
    assert Results().to_json() == {"frames": None, "open_loop": None, "closed_loop": None}
    assert list(Results().verdicts()) == []
    assert not Results() and all(map(bool, (seen((1.0, 1.0)), driven(*TIMES), raced(WHOLE_LAP))))


def test_the_table_of_goals_says_what_was_wanted() -> None:
    verdicts = [*seen((1.5, 0.97)).verdicts(), *driven(*0 * TIMES).verdicts()]
    verdicts += raced(WHOLE_LAP, HALF_A_LAP).verdicts()
    goals = [(each.measured, each.goal) for each in verdicts]
    assert goals == [("1.50", "<= 2"), ("0.970", ">= 0.95"), ("0.000", "<= 0.1"), ("1", "2")]


def test_a_table_is_one_to_the_eye() -> None:
    assert table(("a", ""), [("1", "long")]).splitlines() == [
        "| a |      |",
        "| - | ---- |",
        "| 1 | long |",
    ]
