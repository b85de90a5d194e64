# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps what a batch of cars does, step by step, until an episode is complete.

It costs a few microseconds a step: rows are copied as arrays, and nothing is formatted here.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_trainer.sim_trace import Episode, Steps

_LENGTH = 256  # rows that there is room for at first; long episodes get more


class TraceRecorder:
    """Records all cars of one simulation.

    Attributes:
        episodes: how many are complete; the number of the next one.
        time: simulated time [s].
    """

    def __init__(
        self,
        simulation: Simulation,
        episodes: int = 0,
        began: float = 0.0,
        progress: Callable[[], NDArray[np.float64]] | None = None,
    ) -> None:
        """Start with no car under way.

        Args:
            simulation: what is recorded.
            episodes: how many there were before, in a run that is resumed.
            began: simulated time [s] at which this goes on.
            progress: how far (B,) the cars are in their laps [%]; None: as the simulation says.
        """
        self._simulation = simulation
        self.episodes = episodes
        self.time = began
        self._progress = progress or (lambda: simulation.progress)
        self._delays = np.zeros(simulation.count)  # [s]
        self._lengths = np.zeros(simulation.count, dtype=np.intp)
        self._running = np.zeros(simulation.count, dtype=bool)
        self._rows = np.zeros((simulation.count, _LENGTH, len(Steps._fields)))

    def started(self, cars: NDArray[np.intp]) -> None:
        """Note that cars (K,) were just put at the start of an episode."""
        self._lengths[cars] = 0
        self._running[cars] = True
        self._write(cars, np.zeros(len(cars)))

    def delay(self, car: int, seconds: float) -> None:
        """Let the time [s] of a car be later from now on: a penalty."""
        self._delays[car] += seconds

    def step(
        self, rewards: NDArray[np.float64], ended: NDArray[np.bool_] | None = None
    ) -> list[Episode]:
        """Note a step that the simulation has just made, before finished cars start anew.

        Args:
            rewards: (B,) for the step.
            ended: (B,) whose episodes are over; by default those that are not in progress.

        Returns:
            The episodes that the step has completed.
        """
        self.time += STEP_TIME
        cars = np.flatnonzero(self._running)
        self._write(cars, rewards[cars])
        if ended is None:
            ended = self._simulation.status != Status.IN_PROGRESS
        return [self._complete(car) for car in cars[ended[cars]]]

    def _write(self, cars: NDArray[np.intp], rewards: NDArray[np.float64]) -> None:
        simulation, places = self._simulation, self._lengths[cars]
        if len(places) and places.max() == self._rows.shape[1]:
            self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)), axis=1)
        row = np.empty((len(cars), self._rows.shape[2]))
        row[:, 0:3] = simulation.state[cars, :3]
        row[:, 3:5] = simulation.commands[cars]
        row[:, 5] = rewards
        row[:, 6] = simulation.wheels_on_road[cars].all(axis=1)
        row[:, 7] = self._progress()[cars]
        row[:, 8] = simulation.status[cars]
        row[:, 9] = self.time + self._delays[cars]
        row[:, 10] = time.time()
        self._rows[cars, places] = row
        self._lengths[cars] += 1

    def _complete(self, car: int) -> Episode:
        simulation = self._simulation
        rows = self._rows[car, : self._lengths[car]].T.copy()
        self._running[car] = False
        number, self.episodes = self.episodes, self.episodes + 1
        track = simulation.tracks[simulation.track_index[car]]
        return Episode(number, track, bool(simulation.reverse[car]), Steps(*rows))
