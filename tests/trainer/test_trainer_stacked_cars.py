# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A batch of cars sees stacks of frames as one car on the road does."""

import numpy as np
import pytest

from deepracer_core.observation import FrameStack
from deepracer_sim.env import DeepRacerVectorEnv
from deepracer_trainer.stacked_cars import StackedCars
from deepracer_trainer.vec_env import BatchedVecEnv

STEP_NS = 10**9 / 15


def cars(count: int, max_steps: int = 1500) -> BatchedVecEnv:
    batch = BatchedVecEnv(DeepRacerVectorEnv(count, max_steps=max_steps))
    batch.seed(3)
    return batch


@pytest.mark.parametrize("size", [2, 4])
def test_stacks_are_those_that_the_car_makes_over_ends_of_episodes_as_well(size: int) -> None:
    plain, stacked = cars(3, max_steps=7), StackedCars(cars(3, max_steps=7), size)
    stacked.seed(3)
    on_the_road = [FrameStack(size) for _ in range(3)]
    frames, stacks = plain.reset(), stacked.reset()
    for step in range(20):
        for car, stack in enumerate(on_the_road):
            expected = stack.push(frames[car, 0].astype(np.float32), round(step * STEP_NS))
            np.testing.assert_array_equal(stacks[car], expected)
        actions = np.array([step % 5, 2, 4])
        frames, _, ended, infos = plain.step(actions)
        stacks, _, dones, stacked_infos = stacked.step(actions)
        np.testing.assert_array_equal(dones, ended)
        for car in np.flatnonzero(ended):
            last = infos[car]["terminal_observation"][0].astype(np.float32)
            expected = on_the_road[car].push(last, round((step + 1) * STEP_NS))
            np.testing.assert_array_equal(stacked_infos[car]["terminal_observation"], expected)
            on_the_road[car].clear()


def test_what_a_step_returned_is_valid_during_the_next() -> None:
    stacked = StackedCars(cars(2), 3)
    first = stacked.reset()
    copy = first.copy()
    second = stacked.step(np.array([2, 2]))[0]
    np.testing.assert_array_equal(first, copy)
    assert second is not first
    assert stacked.observation_space.shape == (3, 120, 160)
