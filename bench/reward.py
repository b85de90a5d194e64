# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a reward function in Python costs: whole environment steps with it and without."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from deepracer_sim import rewards
from deepracer_sim.env import DeepRacerVectorEnv
from deepracer_trainer.rewards.batch_reward import BatchReward
from deepracer_trainer.rewards.reward_files import find_reward
from deepracer_trainer.rewards.reward_function import RewardFile

CARS = 32
EXAMPLE = "follow_centre_line"
WARM_UP = 20  # steps


def measure_reward(quick: bool) -> dict[str, float]:
    """Return steps per second of 32 cars on one core, with the built-in reward and in Python."""
    rounds, seconds = (1, 1.0) if quick else (3, 3.0)
    python = BatchReward(RewardFile(find_reward(EXAMPLE)), CARS)
    rates: dict[rewards.Reward, list[float]] = {rewards.progress: [], python: []}
    with _one_core():
        for _ in range(rounds):  # In turn, so that what else runs here slows both.
            for reward, found in rates.items():
                found.append(_rate(reward, seconds))
    built_in, with_python = (float(np.median(found)) for found in rates.values())
    return {
        "built_in_steps_per_s": round(built_in),
        "python_steps_per_s": round(with_python),
        "python_us_per_car": round(1e6 / with_python - 1e6 / built_in, 1),
    }


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one core."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _rate(reward: rewards.Reward, seconds: float) -> float:
    env = DeepRacerVectorEnv(CARS, reward=reward)
    env.action_space.seed(0)
    env.reset(seed=0)
    actions = [env.action_space.sample() for _ in range(WARM_UP)]
    for chosen in actions:
        env.step(chosen)
    steps, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        for chosen in actions:
            env.step(chosen)
        steps += len(actions) * CARS
    return steps / elapsed
