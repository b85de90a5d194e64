# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.laps import Lap, LapTimer
from deepracer_sim.track_files import load_track

SPEED = 1.5  # [m/s]


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


def pose(track: Track, distance: float, reverse: bool, offset: float) -> tuple[float, ...]:
    """The pose whose front point is `offset` [m] left of the centre line."""
    at = (-distance if reverse else distance) % track.length
    (point,), (heading,) = track.centre_line.at(np.array([at]))
    yaw = heading + (np.pi if reverse else 0.0)
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    left = np.array([-ahead[1], ahead[0]])
    x, y = point + offset * left - DEEPRACER.front_point * ahead
    return x, y, yaw


def drive(
    timer: LapTimer,
    track: Track,
    laps: float,
    rate: float = 15.0,
    begin: float = 0.0,
    reverse: bool = False,
    stray: tuple[tuple[float, float], ...] = (),
) -> list[Lap]:
    """Drive at constant speed; within the shares `stray` of the whole, beside the road."""
    ended = []
    count = int(laps * track.length / SPEED * rate)
    for i in range(count + 1):
        away = any(low <= i / count < high for low, high in stray)
        distance = begin + i / rate * SPEED
        place = pose(track, distance, reverse, 0.9 if away else 0.0)
        lap = timer.update(100.0 + i / rate, *place)
        if lap is not None:
            ended.append(lap)
    return ended


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("begin", [0.0, 5.3])
@pytest.mark.parametrize("rate", [15.0, 100.0])
def test_laps_are_timed_between_poses(
    track: Track, reverse: bool, begin: float, rate: float
) -> None:
    timer = LapTimer(track, reverse)
    ended = drive(timer, track, 3.2, rate, begin, reverse)
    assert len(ended) == 3 and ended == timer.laps
    for lap in ended:
        assert lap.time_s == pytest.approx(track.length / SPEED, abs=0.01)
        assert (lap.completion, lap.off_track) == (100.0, 0)
    assert timer.unfinished().completion == pytest.approx(20.0, abs=1.5)


def test_leaving_the_road_counts_once_until_the_car_is_back(track: Track) -> None:
    timer = LapTimer(track)
    ended = drive(timer, track, 1.05, stray=((0.2, 0.3), (0.5, 0.55)))
    assert [lap.off_track for lap in ended] == [2]
    assert timer.unfinished().off_track == 0


def test_a_car_beside_the_road_is_off_track_while_it_is_there(track: Track) -> None:
    timer = LapTimer(track)
    timer.update(0.0, *pose(track, 1.0, False, 0.0))
    assert not timer.is_off_track
    timer.update(0.1, *pose(track, 1.1, False, 0.9))
    assert timer.is_off_track
    timer.update(0.2, *pose(track, 1.2, False, 0.0))
    assert not timer.is_off_track


def test_the_wrong_way_round_completes_nothing(track: Track) -> None:
    timer = LapTimer(track, reverse=True)
    assert drive(timer, track, 1.5, reverse=False) == []
    assert timer.unfinished().completion == pytest.approx(-150.0, abs=2.0)


def test_rolling_back_over_the_start_line_does_not_make_a_lap(track: Track) -> None:
    timer = LapTimer(track)
    for i, distance in enumerate([0.1, 0.05, -0.05, -0.1, 0.0, 0.1, 0.2]):
        assert timer.update(float(i), *pose(track, distance, False, 0.0)) is None
    assert timer.unfinished().completion == pytest.approx(100.0 * 0.1 / track.length, abs=0.05)


def test_before_the_first_pose_nothing_has_been_driven(track: Track) -> None:
    assert LapTimer(track).unfinished() == Lap(0.0, 0.0, 0)
