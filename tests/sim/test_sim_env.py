# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The Gymnasium environments: their contract, seeds, and one car against a batch."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from deepracer_core.action_space import ContinuousActionSpace
from deepracer_core.errors import ActionError, ConfigError
from deepracer_core.observation import to_grey
from deepracer_sim.env import Actuation, DeepRacerEnv, DeepRacerVectorEnv, default_actions
from deepracer_sim.object_settings import ObjectSettings
from deepracer_sim.randomization import Randomization
from deepracer_sim.simulation import Status

CONTINUOUS = ContinuousActionSpace(-0.5, 0.3, 0.5, 2.0)
EVERYTHING = {
    "randomization": Randomization.full(),
    "objects": ObjectSettings.bots(3, lane_change=True),
    "starts": "round_robin",
}


@pytest.mark.parametrize("options", [{}, {"actions": CONTINUOUS}, EVERYTHING])
def test_gymnasium_finds_nothing_to_complain_about(options: dict) -> None:
    env = gym.make("DeepRacer-v0", **options, render_mode="rgb_array")
    check_env(env.unwrapped)


def test_discrete_choices_become_the_listed_actions() -> None:
    commands = Actuation(default_actions()).commands(np.array([0, 2]))
    np.testing.assert_allclose(commands, [[np.radians(-30), 1.0], [0.0, 1.6]])


def test_continuous_choices_are_clipped_and_scaled_as_the_car_does() -> None:
    chosen = np.array([[-1.0, -1.0], [0.0, 0.0], [3.0, 1.0]])
    commands = Actuation(CONTINUOUS).commands(chosen)
    expected = [CONTINUOUS.decode(row).action for row in chosen]
    np.testing.assert_allclose(commands, expected)


def test_same_seed_same_actions_same_everything() -> None:
    runs = []
    for _ in range(2):
        env = DeepRacerVectorEnv(8)
        observation, _ = env.reset(seed=11)
        generator = np.random.default_rng(0)
        trace = [observation.copy()]
        for _ in range(60):
            result = env.step(generator.integers(0, 5, 8))
            trace += [np.copy(part) for part in result[:4]]
        runs.append(trace)
    for first, second in zip(*runs, strict=True):
        np.testing.assert_array_equal(first, second)


def test_car_i_of_a_batch_is_a_single_car_seeded_with_i_more() -> None:
    batch, single = DeepRacerVectorEnv(16), DeepRacerEnv()
    together, _ = batch.reset(seed=5)
    alone, _ = single.reset(seed=5 + 9)
    np.testing.assert_array_equal(together[9], alone)
    ended = False
    while not ended:
        together, rewards, terminated, _, info = batch.step(np.full(16, 3))
        alone, reward, ended, _, facts = single.step(3)
        assert rewards[9] == reward
        assert terminated[9] == ended
        shown = info["final_obs"][list(info["finished"]).index(9)] if ended else together[9]
        np.testing.assert_array_equal(shown, alone)
    assert facts["status"] == "off_track"


@pytest.mark.parametrize("objects", [ObjectSettings.boxes(), EVERYTHING["objects"]])
def test_with_everything_on_a_batch_lives_through_what_single_cars_do(
    objects: ObjectSettings,
) -> None:
    options = {**EVERYTHING, "objects": objects}
    batch = DeepRacerVectorEnv(6, **options, max_steps=40)
    singles = [DeepRacerEnv(**options, max_steps=40) for _ in range(2)]
    cars = (1, 4)
    together, _ = batch.reset(seed=20)
    for env, car in zip(singles, cars, strict=True):
        np.testing.assert_array_equal(env.reset(seed=20 + car)[0], together[car])
    episodes = 0
    for _ in range(90):
        together, rewards, terminated, truncated, info = batch.step(np.full(6, 2))
        for env, car in zip(singles, cars, strict=True):
            alone, reward, ended, stopped, facts = env.step(2)
            assert (reward, ended, stopped) == (rewards[car], terminated[car], truncated[car])
            if ended or stopped:
                episodes += 1
                row = list(info["finished"]).index(car)
                np.testing.assert_array_equal(info["final_obs"][row], alone)
                assert Status(info["status"][row]).label == facts["status"]
                assert info["direction"][row] == facts["direction"]
                alone, _ = env.reset()
            np.testing.assert_array_equal(alone, together[car])
    assert episodes > 4


def test_a_finished_episode_tells_what_logs_need() -> None:
    env = DeepRacerVectorEnv(4, "Oval_track,reinvent_base", direction="cw", max_steps=5)
    env.reset(seed=0)
    for _ in range(5):
        *_, info = env.step(np.full(4, 2))
    np.testing.assert_array_equal(info["finished"], [0, 1, 2, 3])
    np.testing.assert_array_equal(info["track"], [0, 1, 0, 1])
    np.testing.assert_array_equal(info["steps"], 5)
    np.testing.assert_array_equal(info["direction"], "cw")
    assert (info["progress"] > 0.0).all()


def test_a_seed_begins_round_robin_again() -> None:
    env = DeepRacerVectorEnv(3, starts="round_robin")
    first = env.reset(seed=1)[0].copy()
    assert (env.reset()[0] != first).any()
    np.testing.assert_array_equal(env.reset(seed=1)[0], first)


def test_a_crash_ends_an_episode() -> None:
    env = DeepRacerVectorEnv(16, objects=ObjectSettings.boxes(6), direction="ccw")
    env.reset(seed=0)
    statuses = set()
    for _ in range(60):
        *_, terminated, _, info = env.step(np.full(16, 2))
        statuses |= {Status(value).label for value in info.get("status", ())}
    assert "crashed" in statuses


def test_render_shows_what_the_policy_sees() -> None:
    env = DeepRacerEnv(objects=ObjectSettings.boxes(), render_mode="rgb_array")
    observation, _ = env.reset(seed=2)
    np.testing.assert_array_equal(to_grey(env.render()[..., ::-1].copy()), observation[0])


def test_a_finished_car_starts_anew_in_the_same_step() -> None:
    env = DeepRacerVectorEnv(4, max_steps=3)
    env.reset(seed=0)
    for _ in range(2):
        *_, truncated, info = env.step(np.full(4, 2))
        assert not truncated.any()
        assert info == {}
    observation, _, terminated, truncated, info = env.step(np.full(4, 2))
    assert truncated.all()
    assert not terminated.any()
    assert (info["status"] == Status.TIME_UP).all()
    assert (env.simulation.steps == 0).all()
    assert (observation != info["final_obs"]).any()


def test_an_observation_outlives_the_next_step() -> None:
    env = DeepRacerVectorEnv(4)
    first, _ = env.reset(seed=0)
    kept = first.copy()
    env.step(np.full(4, 2))
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(("direction", "reverse"), [("ccw", False), ("cw", True)])
def test_direction_is_kept(direction: str, reverse: bool) -> None:
    env = DeepRacerVectorEnv(8, direction=direction)
    env.reset(seed=1)
    assert (env.simulation.reverse == reverse).all()


def test_an_unknown_direction_is_refused() -> None:
    with pytest.raises(ConfigError, match="ccw, cw, both"):
        DeepRacerVectorEnv(1, direction="left").reset()


@pytest.mark.parametrize(
    ("actions", "chosen"),
    [(default_actions(), [5]), (default_actions(), [-1]), (CONTINUOUS, [[0.0, np.nan]])],
)
def test_choices_that_are_no_actions_are_refused(actions: object, chosen: list) -> None:
    with pytest.raises(ActionError):
        Actuation(actions).commands(np.array(chosen))


def test_numpy_seeds_are_seeds() -> None:
    env = DeepRacerVectorEnv(2)
    first, _ = env.reset(seed=np.int64(3))
    first = first.copy()
    again, _ = env.reset(seed=3)
    np.testing.assert_array_equal(first, again)
