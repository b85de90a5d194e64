# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Users' reward functions on a batch of cars."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from reward_writing import write_reward

from deepracer_core.errors import RewardError
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.env import DeepRacerVectorEnv
from deepracer_sim.simulation import STEP_TIME, Simulation
from deepracer_sim.starts import Start, spread_starts
from deepracer_trainer.rewards.batch_reward import BatchReward
from deepracer_trainer.rewards.reward_parameters import CarStates, RewardParameters


def cars(count: int) -> Simulation:
    simulation = Simulation("reinvent_base", count, threads=1)
    simulation.reset(np.arange(count), spread_starts(simulation.track, count, "ccw"))
    return simulation


def test_each_car_has_a_memory_of_its_own(tmp_path: Path) -> None:
    reward = BatchReward(
        write_reward(
            tmp_path,
            """
            previous = []

            def reward_function(params):
                previous.append(params["x"])
                return params["x"] - previous[0]
            """,
        ),
        3,
    )
    simulation = cars(3)
    simulation.step(np.array([[0.0, 1.0]] * 3))
    begin = simulation.front_points()[:, 0]
    np.testing.assert_array_equal(reward(simulation), 0.0)
    simulation.step(np.array([[0.0, 1.0]] * 3))
    np.testing.assert_allclose(reward(simulation), simulation.front_points()[:, 0] - begin)


def test_a_batch_is_given_what_the_simulation_says(tmp_path: Path) -> None:
    keys = ("progress", "steps", "sim_time", "distance_from_center", "speed", "steering_angle")
    text = f"KEYS = {keys}\nseen = []\ndef reward_function(params):\n"
    reward = BatchReward(
        write_reward(tmp_path, text + "    return sum(params[key] for key in KEYS)\n"), 2
    )
    simulation = cars(2)
    for step in (1, 2, 3):
        simulation.step(np.radians([[10.0, 0.0], [0.0, 0.0]]) + [0.0, 1.0])
        expected = simulation.progress + step + step * STEP_TIME + simulation.offset + 1.0
        np.testing.assert_allclose(reward(simulation), expected + [10.0, 0.0])


def test_simulated_time_goes_on_from_what_was_driven_before(tmp_path: Path) -> None:
    text = "def reward_function(params):\n    return params['sim_time']\n"
    reward = BatchReward(write_reward(tmp_path, text), 1, began=20.0)
    simulation = cars(1)
    for step in (1, 2):
        simulation.step(np.array([[0.0, 1.0]]))
        np.testing.assert_allclose(reward(simulation), 20.0 + step * STEP_TIME)


def test_cars_on_several_tracks_are_told_their_own(tmp_path: Path) -> None:
    simulation = Simulation("Oval_track,Straight_track", 3, threads=1)
    simulation.reset(np.arange(3), [Start(0.25, False), Start(0.0, False), Start(0.5, True)])
    simulation.step(np.array([[0.0, 1.0]] * 3))
    text = "def reward_function(params):\n    return params['{}']\n"
    told = {
        key: BatchReward(write_reward(tmp_path, text.format(key)), 3)(simulation)
        for key in ("track_length", "progress", "projection_distance")
    }
    oval, straight = (track.length for track in simulation.tracks)
    np.testing.assert_array_equal(told["track_length"], [oval, straight, oval])
    np.testing.assert_array_equal(told["progress"], simulation.progress)
    begins = [0.25 * oval, DEEPRACER.front_point - DEEPRACER.rear_axle, 0.5 * oval]
    np.testing.assert_allclose(told["projection_distance"], begins, atol=0.05)


def test_a_fault_in_a_batch_tells_car_step_and_untouched_parameters(tmp_path: Path) -> None:
    reward = BatchReward(
        write_reward(
            tmp_path,
            """
            def reward_function(params):
                params["speed"] *= -1
                params["waypoints"].clear()
                return 1 / (params["speed"] + 2)
            """,
        ),
        2,
    )
    simulation = cars(2)
    simulation.step(np.array([[0.0, 1.0], [0.0, 2.0]]))
    with pytest.raises(
        RewardError, match=r"line 5: ZeroDivisionError.*\(car 1, step 1\)"
    ) as caught:
        reward(simulation)
    states = CarStates.of(simulation, slice(None), STEP_TIME)
    given = RewardParameters(simulation.track, simulation.vehicle).build(states)[1]
    assert caught.value.parameters == given
    assert "return 1 / (params" in caught.value.trace


def test_the_environment_takes_it(tmp_path: Path) -> None:
    text = "def reward_function(params):\n    return params['speed'] * 2\n"
    env = DeepRacerVectorEnv(4, reward=BatchReward(write_reward(tmp_path, text), 4))
    env.reset(seed=0)
    _, rewards, *_ = env.step(np.full(4, 2))
    np.testing.assert_allclose(rewards, 2 * 1.6)


def test_outside_the_main_thread_nothing_is_broken_off_but_all_else_is_alike(
    tmp_path: Path,
) -> None:
    reward = BatchReward(write_reward(tmp_path, "def reward_function(params): return 2.0\n"), 2)
    simulation = cars(2)
    simulation.step(np.array([[0.0, 1.0]] * 2))
    with ThreadPoolExecutor(1) as other:
        np.testing.assert_array_equal(other.submit(reward, simulation).result(), 2.0)
