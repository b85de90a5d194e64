# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where episodes start, one after the other."""

from collections.abc import Iterator

import numpy as np
import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track
from deepracer_sim.places import start_pose
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import (
    DIRECTIONS,
    ROUND_ROBIN_ADVANCE,
    Start,
    StartSequence,
    direction_of,
    is_reverse,
    random_start,
    start_at,
    start_nearby,
)
from deepracer_sim.track_files import load_track


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


def starts(track: Track, direction: str, order: str) -> Iterator[Start]:
    sequence, generator = StartSequence(track, direction, order), np.random.default_rng(4)
    while True:
        yield sequence.next(generator)


def test_random_starts_are_drawn_one_by_one(track: Track) -> None:
    generator = np.random.default_rng(4)
    drawn = starts(track, "both", "random")
    assert [next(drawn) for _ in range(5)] == [
        random_start(track, "both", generator) for _ in range(5)
    ]


@pytest.mark.parametrize("direction", ["ccw", "cw", "both"])
def test_round_robin_goes_around_the_lap_from_a_random_place(track: Track, direction: str) -> None:
    begun = starts(track, direction, "round_robin")
    laps = [next(begun) for _ in range(round(1.0 / ROUND_ROBIN_ADVANCE) + 1)]
    shares = np.array([start.share for start in laps])
    np.testing.assert_allclose(np.diff(shares) % 1.0, ROUND_ROBIN_ADVANCE)
    assert laps[0].share == random_start(track, "both", np.random.default_rng(4)).share
    turned = [start.reverse for start in laps]
    if direction == "both":
        assert all(first != second for first, second in zip(turned, turned[1:], strict=False))
    else:
        assert set(turned) == {is_reverse(track, direction)}


def test_an_open_track_has_but_two_starts() -> None:
    begun = starts(load_track("Straight_track").track, "both", "round_robin")
    assert {next(begun) for _ in range(4)} == {Start(0.0, False), Start(1.0, True)}


@pytest.mark.parametrize("direction", ["ccw", "cw"])
def test_a_direction_has_the_name_it_was_asked_for_by(track: Track, direction: str) -> None:
    assert direction_of(track, is_reverse(track, direction)) == direction


@pytest.mark.parametrize(
    ("direction", "order", "message"),
    [
        ("left", "random", "direction is 'left', allowed are ccw, cw, both"),
        ("ccw", "sorted", "starts is 'sorted', allowed are random, round_robin"),
    ],
)
def test_unknown_directions_and_orders_are_refused(
    track: Track, direction: str, order: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        StartSequence(track, direction, order)


TRACKS = ("reinvent_base", "Bowtie_track", "Straight_track")


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_pose_of_a_start_is_where_the_simulation_puts_the_car(
    name: str, direction: str
) -> None:
    simulation = Simulation(name, 1)
    for share in (0.0, 0.03, 0.4, 0.77, 1.0):
        start = start_at(simulation.track, share, direction)
        simulation.reset(np.zeros(1, dtype=np.intp), [start])
        pose = start_pose(simulation.track, start)
        assert pose[:2] == pytest.approx(simulation.state[0, :2], abs=1e-9)
        assert np.cos(pose[2] - simulation.state[0, 2]) == pytest.approx(1.0)


@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_shares_count_in_driving_direction_where_the_track_has_an_end(
    name: str, direction: str
) -> None:
    track = load_track(name).track
    start = start_at(track, 0.25, direction)
    turned = direction == "cw" and not track.closed
    assert start == Start(0.75 if turned else 0.25, is_reverse(track, direction))
    assert start_at(track, start.share, direction).share == 0.25


def test_the_nearest_start_is_beside_the_car(track: Track) -> None:
    (point,), (heading,) = track.centre_line.at(np.array([7.0]))
    aside = point + 0.3 * np.array([-np.sin(heading), np.cos(heading)])
    start = start_nearby(track, aside, True)
    assert start.share * track.length == pytest.approx(7.0, abs=0.05) and start.reverse
