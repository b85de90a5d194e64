# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Trials in Gazebo, one after the other, from the same starts and by the same judge as elsewhere.

The car drives on its own nodes, in real time; it is looked at every 1/15 s of simulated time,
which is a step of the embedded simulator. The judge's own simulation only keeps the books.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from deepracer_core.action_space import Action
from deepracer_core.errors import ConfigError
from deepracer_core.pose import Pose
from deepracer_sim.object_settings import TIME_TRIAL
from deepracer_sim.randomization import EXACT
from deepracer_sim.simulation import STEP_TIME
from deepracer_sim.starts import start_at, start_nearby
from deepracer_trainer.drive_media import Film
from deepracer_trainer.judge import Cars, Judge
from deepracer_trainer.race_rules import RaceRules, Trial, World


class View(NamedTuple):
    """What is known of the car at an instant.

    Attributes:
        pose: where it is.
        action: what the last pulses stand for.
    """

    pose: Pose
    action: Action


class RemoteCar(Protocol):
    """The car, wherever it is driven."""

    def place(self, share: float, direction: str) -> float:
        """Put it at rest at a start and let it go; return when that was [s, simulated]."""

    def view(self, time: float) -> View:
        """Wait for a time [s, simulated] and return what is known of the car then."""

    def frame(self) -> NDArray[np.uint8]:
        """Return what it saw last: (120, 160, 3), BGR."""


class GazeboRace:
    """Drives the car from every start.

    Attributes:
        judge: what has come of it.
    """

    def __init__(
        self,
        world: World,
        rules: RaceRules,
        trials: int,
        running: Callable[[], AbstractContextManager[RemoteCar]],
    ) -> None:
        """Prepare.

        Args:
            world: where it is driven.
            rules: of the trials.
            trials: how many in each direction.
            running: starts simulator and nodes, and ends them.

        Raises:
            DeepRacerError: the track is not usable, or Gazebo has no such world.
        """
        if world.randomization != EXACT or world.objects != TIME_TRIAL:
            raise ConfigError(
                "--simulator gazebo knows neither --randomize nor --objects: leave them out, or "
                "use the embedded simulator"
            )
        self.judge = Judge(world, rules, trials, self._placed)
        if len(self.judge.simulation.tracks) > 1:
            raise ConfigError("--simulator gazebo: a world has one track, name a single one")
        self._running = running
        self._car: RemoteCar | None = None
        self._began, self._steps = 0.0, 0

    def drive(self, film: Film | None = None) -> list[Trial]:
        """Drive all trials.

        Args:
            film: takes the frames of the first one.

        Raises:
            DeviceError: the simulator or a node has ended, or does not answer.
        """
        with self._running() as self._car:
            trials = range(self.judge.simulation.count)
            for number in tqdm(trials, unit="trial", leave=False, disable=None):
                self._drive(self._car, number, None if number else film)
        return self.judge.trials

    def _drive(self, car: RemoteCar, number: int, film: Film | None) -> None:
        simulation = self.judge.simulation
        under_way = np.array([number])
        self.judge.begin(under_way)
        while len(under_way):
            self._steps += 1
            pose, action = car.view(self._began + self._steps * STEP_TIME)
            if film:
                film.take(car.frame(), pose.speed, action.steering_angle)
            state, commands = simulation.state.copy(), simulation.commands.copy()
            state[number] = pose.x, pose.y, pose.yaw, pose.speed, action.steering_angle
            commands[number] = action
            simulation.follow(state, commands)
            under_way = self.judge.step(under_way)

    def _placed(self, cars: Cars) -> None:
        """Put the real car where the judge has put its own."""
        assert self._car is not None  # It is only judged while it runs.
        (track,), (car,) = self.judge.simulation.tracks, cars
        simulation = self.judge.simulation
        direction = simulation.direction(car)
        here = start_nearby(track, simulation.front_points()[car], bool(simulation.reverse[car]))
        share = start_at(track, here.share, direction).share
        self._began, self._steps = self._car.place(share, direction), 0


def pose_between(before: Pose, after: Pose, time: float) -> Pose:
    """Return where the car was at a time [s] between two poses, or at the nearer end."""
    whole = after.time - before.time
    share = min(max((time - before.time) / whole, 0.0), 1.0) if whole > 0.0 else 1.0
    turned = math.remainder(after.yaw - before.yaw, math.tau)
    x, y, speed = (
        a + share * (b - a)
        for a, b in ((before.x, after.x), (before.y, after.y), (before.speed, after.speed))
    )
    return Pose(time, x, y, math.remainder(before.yaw + share * turned, math.tau), speed)
