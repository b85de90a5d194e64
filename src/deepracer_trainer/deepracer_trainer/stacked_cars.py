# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Stacks of frames for a batch of cars, as `FrameStack` makes them for one on the road.

Stable-Baselines3's own wrapper fills a new stack with black; a car has no black pictures, so its
stack begins with as many copies of the first.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper


class StackedCars(VecEnvWrapper):
    """Shows each car's last frames, (B, size, 120, 160), the newest last."""

    def __init__(self, cars: VecEnv, size: int) -> None:
        """Take over cars whose observations are single frames, uint8 (1, 120, 160)."""
        _, height, width = cars.observation_space.shape or ()
        space = gym.spaces.Box(0, 255, (size, height, width), np.uint8)
        super().__init__(cars, observation_space=space)
        # Two, in turn: what one step returned stays valid during the next.
        self._stacks = [np.zeros((cars.num_envs, *space.shape), np.uint8) for _ in range(2)]

    def reset(self) -> NDArray[np.uint8]:
        """Start all cars anew."""
        self._stacks[0][:] = self.venv.reset()
        return self._stacks[0]

    def step_wait(self) -> Any:
        """Step; a car that has finished shows the first frame of its next episode only."""
        frames, rewards, dones, infos = self.venv.step_wait()
        self._stacks.reverse()
        new, old = self._stacks
        new[:, :-1] = old[:, 1:]
        new[:, -1] = frames[:, 0]
        for car in np.flatnonzero(dones):
            last = infos[car]["terminal_observation"]
            infos[car]["terminal_observation"] = np.concatenate((old[car, 1:], last))
            new[car] = frames[car]
        return new, rewards, dones, infos
