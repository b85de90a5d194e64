# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What hyperparameters ask of a policy, it does: exploring by chance, and Huber's loss."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy
from torch.nn import functional

from deepracer_sim.env import DeepRacerVectorEnv
from deepracer_trainer.driver_policy import VALUE_WEIGHT, DriverPolicy, policy_options
from deepracer_trainer.hyperparameters import Hyperparameters
from deepracer_trainer.networks import network
from deepracer_trainer.vec_env import BatchedVecEnv

FRAMES = gym.spaces.Box(0, 255, (1, 120, 160), np.uint8)
FIVE = gym.spaces.Discrete(5)


def policy(space: gym.Space = FIVE, **changes: object) -> ActorCriticPolicy:
    torch.manual_seed(0)
    discrete = isinstance(space, gym.spaces.Discrete)
    options = policy_options(network("COMPACT"), Hyperparameters(**changes), discrete)
    return DriverPolicy(FRAMES, space, lambda _: 1e-3, **options)


def pictures(count: int) -> torch.Tensor:
    return torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (count, 1, 120, 160), np.uint8)
    )


def test_by_default_it_samples_as_stable_baselines_does() -> None:
    torch.manual_seed(0)
    options = {"features_extractor_class": network("COMPACT").extractor, "net_arch": []}
    plain = ActorCriticPolicy(FRAMES, FIVE, lambda _: 1e-3, **options)
    drawn = []
    for each in (plain, policy()):
        torch.manual_seed(1)
        drawn.append(each(pictures(64)))
    assert all(torch.equal(a, b) for a, b in zip(*drawn, strict=True))


def test_e_greedy_goes_from_any_action_to_the_best() -> None:
    driver = policy(exploration_type="e-greedy", e_greedy_value=0.2, epsilon_steps=3000)
    seen = pictures(1000)
    best = driver.get_distribution(seen).mode()
    rates = [float((driver(seen)[0] == best).float().mean()) for _ in range(5)]
    # With all random a fifth is the best by chance, and so on: 1 - 0.8 epsilon.
    for rate, epsilon in zip(rates, (1.0, 0.733, 0.467, 0.2, 0.2), strict=True):
        assert rate == pytest.approx(1.0 - 0.8 * epsilon, abs=0.05)


def test_the_log_probability_of_a_random_action_is_the_policys() -> None:
    driver = policy(exploration_type="e-greedy")
    seen = pictures(32)
    actions, _, given = driver(seen)
    _, expected, _ = driver.evaluate_actions(seen, actions)
    torch.testing.assert_close(given, expected)


def test_a_continuous_action_space_is_sampled() -> None:
    box = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
    actions = policy(box, exploration_type="e-greedy")(pictures(500))[0]
    assert float(actions.detach().std()) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("loss", ["huber", "mean squared error"])
def test_the_gradient_of_the_value_is_that_of_its_loss(loss: str) -> None:
    driver = policy(loss_type=loss)
    seen, actions = pictures(4), torch.zeros(4, dtype=torch.int64)
    wanted = torch.tensor([0.2, -0.3, 5.0, -40.0])
    values = driver.evaluate_actions(seen, actions)[0].flatten()
    (VALUE_WEIGHT * functional.mse_loss(wanted, values)).backward()
    given = [weights.grad.clone() for weights in driver.value_net.parameters()]
    driver.zero_grad()
    values = driver.predict_values(seen).flatten()
    # Huber's loss is half the square where that is small.
    losses = {
        "huber": 2.0 * functional.huber_loss(values, wanted),
        "mean squared error": functional.mse_loss(values, wanted),
    }
    (VALUE_WEIGHT * losses[loss]).backward()
    for gradient, weights in zip(given, driver.value_net.parameters(), strict=True):
        torch.testing.assert_close(gradient, weights.grad)


def test_ppo_trains_it_and_keeps_how_far_exploring_has_come(tmp_path: Path) -> None:
    options = policy_options(
        network("COMPACT"), Hyperparameters(exploration_type="e-greedy", loss_type="huber"), True
    )
    cars = BatchedVecEnv(DeepRacerVectorEnv(4))
    learner = PPO(DriverPolicy, cars, n_steps=16, batch_size=64, policy_kwargs=options)
    learner.learn(64).save(tmp_path / "policy.zip")
    kept = PPO.load(tmp_path / "policy.zip").policy
    assert isinstance(kept, DriverPolicy)
    assert int(kept.frames_explored) == 64
