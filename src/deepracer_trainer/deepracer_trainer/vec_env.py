# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The batched environment as Stable-Baselines3 wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from deepracer_sim.env import DeepRacerVectorEnv
from deepracer_sim.simulation import Simulation, Status

Started = Callable[[Simulation, NDArray[np.intp]], None]
"""Is told which cars (K,) of a simulation were just put at the start of an episode."""


class BatchedVecEnv(VecEnv):
    """Presents all cars of one `DeepRacerVectorEnv` as sub-environments."""

    def __init__(
        self, env: DeepRacerVectorEnv, started: Started = lambda simulation, cars: None
    ) -> None:
        """Take over a batch of cars, and tell `started` of every episode that begins."""
        self.env = env
        self._started = started
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)
        self._actions: Any = None
        self._nothing: list[dict[str, Any]] = [{} for _ in range(env.num_envs)]

    def reset(self) -> Any:
        """Start all cars anew, with the seed given to `seed` before, if any."""
        observation, _ = self.env.reset(seed=self._seeds[0])
        self._reset_seeds()
        self._started(self.env.simulation, np.arange(self.num_envs))
        return observation

    def step_async(self, actions: Any) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Step; the info of a finished car has what SB3 looks for, and its status."""
        observation, reward, terminated, truncated, info = self.env.step(self._actions)
        infos = self._nothing
        if info:
            self._started(self.env.simulation, info["finished"])
            infos = list(self._nothing)
            for row, car in enumerate(info["finished"]):
                infos[car] = {
                    "terminal_observation": info["final_obs"][row],
                    "TimeLimit.truncated": bool(truncated[car]),
                    "status": Status(info["status"][row]),
                    "progress": float(info["progress"][row]),
                    "steps": int(info["steps"][row]),
                }
        return observation, reward.astype(np.float32), terminated | truncated, infos

    def close(self) -> None:
        """Nothing is held open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the batch, once for each car asked for."""
        return [getattr(self.env, attr_name)] * len(self._selected(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute of the batch; cars do not have their own."""
        setattr(self.env, attr_name, value)

    def env_method(
        self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any
    ) -> list[Any]:
        """Call a method of the batch, once, and return its result for each car asked for."""
        result = getattr(self.env, method_name)(*args, **kwargs)
        return [result] * len(self._selected(indices))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No car is wrapped on its own."""
        return [False] * len(self._selected(indices))

    def _selected(self, indices: Any) -> Sequence[int]:
        return list(self._get_indices(indices))
