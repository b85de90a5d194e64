# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The policy that Stable-Baselines3 trains, with what `hyperparameters.json` may ask of it.

Stable-Baselines3 samples actions from the policy and measures values by their squared error. That
is `exploration_type` categorical, for continuous actions additive noise, and `loss_type` mean
squared error; e-greedy and huber are added here.
"""

from __future__ import annotations

from typing import Any

import torch
from stable_baselines3.common.distributions import CategoricalDistribution
from stable_baselines3.common.policies import ActorCriticPolicy

from deepracer_trainer.hyperparameters import E_GREEDY, HUBER, Hyperparameters
from deepracer_trainer.networks import Network

VALUE_WEIGHT = 0.5  # of the value's loss in the whole: vf_coef, the default of PPO and A2C
_HUBER_ERROR = 1.0  # from here on, Huber's loss grows linearly


class EpsilonGreedyDistribution(CategoricalDistribution):
    """Puts out the most probable action, or, as often as `epsilon` says, any."""

    epsilon = 0.0

    def sample(self) -> torch.Tensor:
        """Return actions (B,)."""
        greedy = self.mode()
        any_action = torch.randint_like(greedy, self.action_dim)
        chance = torch.rand(greedy.shape, device=greedy.device)
        return torch.where(chance < self.epsilon, any_action, greedy)


class DriverPolicy(ActorCriticPolicy):
    """Actor and critic on one network, for PPO and A2C."""

    def __init__(
        self,
        *arguments: Any,
        epsilon: tuple[float, int] | None = None,
        huber: bool = False,
        **options: Any,
    ) -> None:
        """Build the policy.

        Args:
            arguments: as for ActorCriticPolicy.
            epsilon: for e-greedy exploration of a discrete action space the share of random
                actions at the end, and the number of frames until then; None samples actions.
            huber: whether values are learned by Huber's loss.
            options: as for ActorCriticPolicy.
        """
        super().__init__(*arguments, **options)
        self._epsilon = epsilon
        self._huber = huber
        # A buffer is saved with the weights, so that a resumed run explores on from there.
        self.register_buffer("frames_explored", torch.zeros((), dtype=torch.int64))
        if epsilon is not None:
            self.action_dist = EpsilonGreedyDistribution(self.action_dist.action_dim)

    def forward(
        self, obs: torch.Tensor, deterministic: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return actions, values and log-probabilities of the actions, (B, ...) each."""
        if self._epsilon is not None:
            last, frames = self._epsilon
            done = min(1.0, float(self.frames_explored) / frames)
            self.action_dist.epsilon = 1.0 + done * (last - 1.0)
            self.frames_explored += len(obs)
        return super().forward(obs, deterministic)

    def evaluate_actions(
        self, obs: torch.Tensor, actions: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """Return values, log-probabilities and entropies, (B, ...) each, for learning."""
        values, log_probability, entropy = super().evaluate_actions(obs, actions)
        if self._huber:
            # The gradient of Huber's loss is that of the squared error, limited.
            largest = 2.0 * VALUE_WEIGHT * _HUBER_ERROR / len(values)
            values.register_hook(lambda gradient: gradient.clamp(-largest, largest))
        return values, log_probability, entropy


def policy_options(
    network: Network, hyperparameters: Hyperparameters, discrete: bool
) -> dict[str, Any]:
    """Return `policy_kwargs` of a DriverPolicy, for PPO or A2C.

    Args:
        network: its layers.
        hyperparameters: how it explores and learns values.
        discrete: whether the action space is; a continuous one is always sampled.
    """
    e_greedy = discrete and hyperparameters.exploration_type == E_GREEDY
    ending = hyperparameters.e_greedy_value, hyperparameters.epsilon_steps
    return {
        "features_extractor_class": network.extractor,
        "net_arch": [],
        "epsilon": ending if e_greedy else None,
        "huber": hyperparameters.loss_type == HUBER,
    }
