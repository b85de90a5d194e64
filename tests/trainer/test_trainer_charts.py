# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The training graph shows its curves where their values are."""

import numpy as np
import pytest

from deepracer_trainer import charts
from deepracer_trainer.charts import EVALUATION, HEIGHT, REWARD, TRAINING, WIDTH, training_graph
from deepracer_trainer.metrics import Curve

BOTTOM, TOP = HEIGHT - charts.BOTTOM, charts.TOP
LEFT, RIGHT = charts.LEFT, WIDTH - charts.RIGHT


def curve(rewards: list[float], completions: list[float]) -> Curve:
    return Curve(np.arange(len(rewards)), np.array(rewards), np.array(completions))


NOTHING = curve([], [])


def rows_of(picture: np.ndarray, colour: tuple[int, ...], column: int) -> np.ndarray:
    """Return the rows where a column has a colour, legend excluded."""
    return np.flatnonzero((picture[TOP - 10 :, column] == colour).all(axis=1)) + TOP - 10


def test_completion_is_drawn_on_the_scale_from_0_to_100() -> None:
    picture = training_graph(curve([1.0] * 3, [25.0] * 3), curve([1.0] * 3, [75.0] * 3))
    middle = (LEFT + RIGHT) // 2
    height = BOTTOM - TOP
    assert abs(rows_of(picture, TRAINING, middle).mean() - (BOTTOM - 0.25 * height)) < 2.0
    assert abs(rows_of(picture, EVALUATION, middle).mean() - (BOTTOM - 0.75 * height)) < 2.0


def test_rewards_have_an_axis_of_their_own() -> None:
    picture = training_graph(curve([500.0] * 3, [0.0] * 3), NOTHING)
    assert abs(rows_of(picture, REWARD, LEFT + 5).mean() - TOP) < 2.0
    negative = training_graph(curve([-5.0, 5.0], [0.0, 0.0]), NOTHING)
    assert rows_of(negative, REWARD, LEFT + 2).mean() > rows_of(negative, REWARD, RIGHT - 9).mean()


@pytest.mark.parametrize("points", [0, 1, 2, 2000])
def test_any_number_of_iterations_is_drawn(points: int) -> None:
    picture = training_graph(curve([0.0] * points, [100.0] * points), NOTHING)
    assert picture.shape == (HEIGHT, WIDTH, 3)


def test_lines_are_means_over_the_last_iterations() -> None:
    smooth = charts._smooth(np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 0.0]))
    assert smooth.tolist() == [0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 28.0]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-3.0, 21.0, [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0]),
        (0.0, 130.0, [0.0, 50.0, 100.0, 150.0]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert charts._ticks(low, high) == pytest.approx(ticks)
