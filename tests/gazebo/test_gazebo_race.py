# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Trials in a simulator that is not ours: the same starts, the same judge, the same results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from deepracer_bringup.gazebo_race import GazeboRace, View, pose_between
from deepracer_core.action_space import Action
from deepracer_core.errors import ConfigError
from deepracer_core.pose import Pose
from deepracer_inference.policy import LoadedPolicy, load_policy
from deepracer_sim.object_settings import ObjectSettings
from deepracer_sim.randomization import Randomization
from deepracer_sim.simulation import STEP_TIME, Simulation
from deepracer_sim.starts import start_at
from deepracer_trainer.drive_media import Film
from deepracer_trainer.race_rules import RaceRules, World
from deepracer_trainer.races import Race

ONE = np.zeros(1, dtype=np.intp)


class Elsewhere:
    """A simulator that is told nothing but where to put the car, as Gazebo is."""

    def __init__(self, model: LoadedPolicy, track: str = "reinvent_base") -> None:
        self._model = model
        self._simulation = Simulation(track, 1, max_steps=10**9)
        self._time = 1000.0
        self.places: list[tuple[float, str]] = []
        self.is_running = False

    @contextmanager
    def running(self) -> Iterator[Elsewhere]:
        self.is_running = True
        yield self
        self.is_running = False

    def place(self, share: float, direction: str) -> float:
        self.places.append((share, direction))
        self._time += 2.5  # It takes a while, which must not count.
        self._simulation.reset(ONE, [start_at(self._simulation.track, share, direction)])
        return self._time

    def view(self, time: float) -> View:
        simulation = self._simulation
        assert self.is_running and time == pytest.approx(self._time + STEP_TIME)
        tensor = simulation.frames()[0].astype(np.float32)[None]
        action = self._model.metadata.action_space.decode(self._model.policy.infer(tensor)).action
        simulation.step(np.array([action]))
        self._time = time
        x, y, yaw, speed, _ = map(float, simulation.state[0])
        return View(Pose(time, x, y, yaw, speed), Action(*action))

    def frame(self) -> NDArray[np.uint8]:
        return self._simulation.colour_frames()[0]


@pytest.fixture(scope="module")
def shipped(repository: Path) -> LoadedPolicy:
    return load_policy(repository / "models" / "reinvent_v1")


RULES = {
    "one lap": (RaceRules(), World(), 2),
    "as many as fit": (RaceRules(duration=30.0), World(direction="cw"), 1),
    "off the road and back": (
        RaceRules(resets=3, penalty=2.0),
        World(track="reInvent2019_track", direction="ccw"),
        2,
    ),
}


@pytest.mark.parametrize(("rules", "world", "count"), RULES.values(), ids=RULES)
def test_a_car_that_drives_alike_gets_the_same_results(
    shipped: LoadedPolicy, rules: RaceRules, world: World, count: int
) -> None:
    race = Race(shipped, world, rules, count)
    expected = race.drive()
    elsewhere = Elsewhere(shipped, str(world.track))
    other = GazeboRace(world, rules, count, elsewhere.running)
    assert other.drive() == expected
    assert not elsewhere.is_running
    for trial in expected:
        places = [share for share, way in elsewhere.places if way == trial.direction]
        assert pytest.approx(trial.start, abs=1e-9) in places
    assert len(elsewhere.places) == sum(1 + trial.resets for trial in expected)
    assert any(trial.resets for trial in expected) == (rules.resets > 0)
    assert sorted(map(str, other.judge.laps)) == sorted(map(str, race.judge.laps))
    assert len(other.judge.episodes) == len(race.judge.episodes)


def test_the_film_shows_the_first_trial(shipped: LoadedPolicy, tmp_path: Path) -> None:
    elsewhere = Elsewhere(shipped)
    race = GazeboRace(World(), RaceRules(duration=1.0), 1, elsewhere.running)
    film = Film()
    race.drive(film)
    film.write(tmp_path / "film.mp4")
    assert len(elsewhere.places) == 2
    assert (tmp_path / "film.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("world", "complaint"),
    [
        (World(randomization=Randomization.full()), "--randomize"),
        (World(objects=ObjectSettings.boxes()), "--objects"),
        (World(track="reinvent_base, Oval_track"), "single"),
    ],
)
def test_what_gazebo_does_not_have_is_refused_before_it_is_started(
    shipped: LoadedPolicy, world: World, complaint: str
) -> None:
    elsewhere = Elsewhere(shipped)
    with pytest.raises(ConfigError, match=complaint):
        GazeboRace(world, RaceRules(), 1, elsewhere.running)


ANGLE = st.floats(-math.pi, math.pi)
PLACE = st.floats(-50.0, 50.0)


@given(st.floats(0.0, 1.0), PLACE, PLACE, ANGLE, st.floats(-0.3, 0.3))
def test_between_two_poses_the_car_goes_straight_from_one_to_the_other(
    share: float, x: float, y: float, yaw: float, turn: float
) -> None:
    before = Pose(10.0, x, y, yaw, 1.0)
    after = Pose(10.02, x + 0.02, y - 0.01, math.remainder(yaw + turn, math.tau), 2.0)
    pose = pose_between(before, after, 10.0 + 0.02 * share)
    assert pose.time == 10.0 + 0.02 * share
    assert pose.x == pytest.approx(x + 0.02 * share, abs=1e-9)
    assert pose.y == pytest.approx(y - 0.01 * share, abs=1e-9)
    assert pose.speed == pytest.approx(1.0 + share, abs=1e-6)
    assert math.remainder(pose.yaw - yaw - turn * share, math.tau) == pytest.approx(0.0, abs=1e-6)
    assert abs(pose.yaw) <= math.pi


def test_outside_of_two_poses_the_nearer_one_counts() -> None:
    before, after = Pose(1.0, 0.0, 0.0, 0.0, 1.0), Pose(2.0, 1.0, 0.0, 0.0, 1.0)
    assert pose_between(before, after, 0.5).x == 0.0
    assert pose_between(before, after, 2.5).x == 1.0
    assert pose_between(after, after, 2.0).x == 1.0
