# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""When rectangles on the ground touch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_sim.footprints import rectangles_touch

CAR, BOX = (0.3, 0.2), (0.4, 0.5)


def touch(pose: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return bool(rectangles_touch(np.array(pose), CAR, np.array(other), BOX))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0.349, 0.0, 0.0), True),  # 0.15 + 0.20 along
        ((0.351, 0.0, 0.0), False),
        ((0.0, 0.349, 0.0), True),  # 0.10 + 0.25 across
        ((0.0, 0.351, 0.0), False),
        ((0.399, 0.0, np.pi / 2), True),  # 0.15 + 0.25, turned
        ((0.401, 0.0, np.pi / 2), False),
        ((0.345, 0.345, 0.0), True),
        ((0.355, 0.345, 0.0), False),
        ((0.465, 0.0, np.pi / 4), True),  # the box's own corner, 0.32 m from its centre
        ((0.475, 0.0, np.pi / 4), False),
    ],
)
def test_rectangles_touch_where_their_edges_meet(other: tuple[float, ...], expected: bool) -> None:
    assert touch((0.0, 0.0, 0.0), other) == expected


def test_a_small_one_inside_a_large_one_touches() -> None:
    small, large = (0.1, 0.1), (2.0, 2.0)
    at = np.array([0.3, 0.2, 1.0])
    assert rectangles_touch(np.zeros(3), large, at, small)
    assert rectangles_touch(at, small, np.zeros(3), large)


places = st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.floats(-3.2, 3.2))


@given(places, places, places)
def test_only_relative_places_count(
    pose: tuple[float, ...], other: tuple[float, ...], moved: tuple[float, ...]
) -> None:
    x, y, turn = moved
    c, s = np.cos(turn), np.sin(turn)

    def move(a: tuple[float, ...]) -> tuple[float, ...]:
        return x + c * a[0] - s * a[1], y + s * a[0] + c * a[1], a[2] + turn

    def grown(size: tuple[float, float], by: float) -> bool:
        larger = (size[0] + by, size[1] + by)
        return bool(rectangles_touch(np.array(pose), larger, np.array(other), BOX))

    if grown(CAR, -1e-6) == grown(CAR, 1e-6):  # not within rounding of an edge
        assert touch(pose, other) == touch(move(pose), move(other))


def test_pairs_are_judged_each_for_itself() -> None:
    poses = np.zeros((2, 3, 3))
    others = np.array([[(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.3, 0.0, 0.0)]] * 2)
    np.testing.assert_array_equal(
        rectangles_touch(poses, CAR, others, BOX), [[True, False, True]] * 2
    )
