# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A user's reward function, as the environment wants it: one reward a car of a batch.

Functions may keep what they like between calls, such as the speed of the step before: in the
hosted service a process has one car. So each car of a batch has an instance of the file for
itself, with its own module and its own globals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import RewardError
from deepracer_sim.simulation import STEP_TIME, Simulation
from deepracer_trainer.rewards.call_limit import CallLimit
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.rewards.reward_parameters import CarStates, Parameters, RewardParameters


class BatchReward:
    """Calls an instance of the function for each car; a `deepracer_sim.rewards.Reward`."""

    def __init__(self, file: RewardFile, cars: int, began: float = 0.0) -> None:
        """Make the instances.

        Args:
            file: the user's.
            cars: how many.
            began: simulated time [s] at which they start.

        Raises:
            ConfigError: the file is not usable; with its line.
        """
        self._limit = CallLimit(file.path)
        self._functions = [file.new() for _ in range(cars)]
        self._simulation: Simulation | None = None
        self._builders: list[RewardParameters] = []  # one for each of its tracks
        self._began, self._steps = began, 0

    def __call__(self, simulation: Simulation) -> NDArray[np.float64]:
        """Return the rewards (B,) of a simulation that was just stepped.

        Raises:
            RewardError: the function failed, or took more than `call_limit.LONGEST_CALL`, with
                the car and the parameters that it was given.
        """
        self._steps += 1
        with self._limit.watching():
            return self._rewards(simulation)

    def _rewards(self, simulation: Simulation) -> NDArray[np.float64]:
        rewards = np.empty(simulation.count)
        pairs = zip(self._functions, self._build(simulation), strict=True)
        for car, (function, parameters) in enumerate(pairs):
            try:
                rewards[car] = self._limit.call(function, parameters)
            except RewardError as error:
                # Built anew: the function may have changed the dictionary that it was given.
                raise RewardError(
                    f"{error} (car {car}, step {simulation.steps[car]})",
                    self._build(simulation)[car],
                    error.trace,
                ) from None
        return rewards

    def _build(self, simulation: Simulation) -> list[Parameters]:
        if simulation is not self._simulation:
            self._simulation = simulation
            self._builders = [
                RewardParameters(track, simulation.vehicle) for track in simulation.tracks
            ]
        time = self._began + self._steps * STEP_TIME
        rows: list[Parameters] = [{}] * simulation.count
        for builder, group in zip(self._builders, simulation.groups, strict=True):
            rows[group.cars] = builder.build(CarStates.of(simulation, group.cars, time))
        return rows
