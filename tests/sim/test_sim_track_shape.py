# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A drawing of straights and arcs becomes the lines that it says."""

import math

import numpy as np
import pytest

from deepracer_core.errors import TrackError
from deepracer_sim.track_shape import Segment, TrackShape, close_lap, sample

STADIUM = (
    Segment.straight(3.0),
    Segment.arc(1.0, math.pi),
    Segment.straight(3.0),
    Segment.arc(1.0, math.pi),
)
MIRRORED = tuple(Segment(segment.length, -segment.turn) for segment in STADIUM)


def test_a_straight_runs_along_the_start_heading() -> None:
    points, headings = sample(
        (1.0, 2.0, math.pi / 2), (Segment.straight(2.0),), np.array([0.0, 0.5, 2.0])
    )
    np.testing.assert_allclose(points, [[1.0, 2.0], [1.0, 2.5], [1.0, 4.0]], atol=1e-15)
    np.testing.assert_array_equal(headings, math.pi / 2)


@pytest.mark.parametrize(("turn", "end"), [(math.pi / 2, 2.0), (-math.pi / 2, -2.0)])
def test_an_arc_turns_about_its_centre(turn: float, end: float) -> None:
    arc = Segment.arc(2.0, turn)
    points, headings = sample((0.0, 0.0, 0.0), (arc,), np.linspace(0.0, arc.length, 9))
    np.testing.assert_allclose(np.hypot(points[:, 0], points[:, 1] - end), 2.0, rtol=1e-12)
    np.testing.assert_allclose(points[-1], [2.0, end], atol=1e-12)
    assert headings[-1] == pytest.approx(turn)


def test_segments_join_without_a_kink() -> None:
    chain = (Segment.straight(1.0), Segment.arc(0.5, 1.0), Segment.arc(2.0, -0.7))
    joints = np.array([1.0, 1.5])
    before, heading_before = sample((0.0, 0.0, 0.3), chain, joints - 1e-9)
    after, heading_after = sample((0.0, 0.0, 0.3), chain, joints + 1e-9)
    np.testing.assert_allclose(before, after, atol=1e-8)
    np.testing.assert_allclose(heading_before, heading_after, atol=1e-8)


@pytest.mark.parametrize(("segments", "side"), [(STADIUM, 1.0), (MIRRORED, -1.0)])
def test_the_inner_border_is_inside_either_way_round(
    segments: tuple[Segment, ...], side: float
) -> None:
    centre, inner, outer = TrackShape((0.0, 0.0, 0.0), segments, width=0.8, waypoints=101).lines()
    np.testing.assert_allclose(centre[0], [0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(inner[0], [0.0, side * 0.4], atol=1e-12)
    np.testing.assert_allclose(outer[0], [0.0, side * -0.4], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*(inner - outer).T), 0.8, rtol=1e-12)


def test_a_closed_track_repeats_its_first_row_to_the_bit() -> None:
    for line in TrackShape((0.1, 0.2, 0.3), STADIUM, width=0.8).lines():
        np.testing.assert_array_equal(line[-1], line[0])


def test_an_open_track_has_its_inner_border_on_the_left_and_ends_where_it_ends() -> None:
    shape = TrackShape((0.0, 1.0, 0.0), (Segment.straight(3.0),), width=0.6, closed=False)
    centre, inner, outer = shape.lines()
    assert len(centre) == 21
    np.testing.assert_allclose(centre[-1], [3.0, 1.0])
    np.testing.assert_allclose(inner[:, 1], 1.3)
    np.testing.assert_allclose(outer[:, 1], 0.7)


def test_rows_are_equally_spaced() -> None:
    centre, _, _ = TrackShape((0.0, 0.0, 0.0), STADIUM, width=0.8).lines()
    steps = np.hypot(*np.diff(centre, axis=0).T)
    np.testing.assert_allclose(steps, 0.15, rtol=0.01)
    assert len(TrackShape((0.0, 0.0, 0.0), STADIUM, width=0.8, waypoints=50).lines()[0]) == 50


def test_closing_spreads_what_rounding_left_open() -> None:
    rounded = (Segment.straight(3.008), *STADIUM[1:])
    closed = close_lap(0.7, rounded)
    lap = np.array([0.0, sum(segment.length for segment in closed)])
    points, _ = sample((0.0, 0.0, 0.7), closed, lap)
    np.testing.assert_allclose(points[1], points[0], atol=1e-12)
    changes = [new.length - old.length for new, old in zip(closed, rounded, strict=True)]
    assert max(map(abs, changes)) < 0.005
    assert [segment.turn for segment in closed] == [segment.turn for segment in rounded]


def test_closing_leaves_a_lap_that_closes_alone() -> None:
    lengths = [segment.length for segment in close_lap(0.0, STADIUM)]
    np.testing.assert_allclose(lengths, [segment.length for segment in STADIUM], rtol=1e-12)


@pytest.mark.parametrize(
    ("segments", "width", "waypoints", "message"),
    [
        ((), 0.6, None, "at least one segment"),
        (STADIUM, 0.0, None, "width is 0.0 m; it must be above 0"),
        (STADIUM, math.nan, None, "width is nan m"),
        (STADIUM, 0.6, 2, "waypoints is 2; it must be 3 to 10000"),
        ((Segment.straight(0.0),), 0.6, None, "segment 1 is 0.0 m long; it must be above 0"),
        (STADIUM, 2.0, None, "segment 2 has a radius of 1.000 m; .* above 1.000 m"),
        ((Segment.straight(3000.0),), 0.6, None, "the track is 3000 m long; the most is 1000 m"),
    ],
)
def test_dimensions_without_a_road_are_refused(
    segments: tuple[Segment, ...], width: float, waypoints: int | None, message: str
) -> None:
    with pytest.raises(TrackError, match=message):
        TrackShape((0.0, 0.0, 0.0), segments, width, waypoints=waypoints)


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        (STADIUM[:3], "turn by 180.00 degrees in all"),
        ((Segment.straight(3.1), *STADIUM[1:]), r"ends 0.100 m from the start \(x \+0.100"),
    ],
)
def test_a_lap_that_does_not_close_is_refused(segments: tuple[Segment, ...], message: str) -> None:
    with pytest.raises(TrackError, match=message):
        TrackShape((0.0, 0.0, 0.0), segments, width=0.6).lines()
