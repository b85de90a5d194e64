# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Soft actor-critic, with a memory of frames that is not part of its checkpoints."""

from __future__ import annotations

from typing import Any

from stable_baselines3 import SAC

from deepracer_trainer.inputs import Inputs
from deepracer_trainer.networks import network
from deepracer_trainer.run_folder import TrainSettings

# What it remembers is kept as uint8, of which this is at most 0.8 GB.
REMEMBERED = 40_000  # frames
WARM_UP = 2_000  # frames driven by chance before it learns
FRAMES_PER_GRADIENT = 16
FIRST_ALPHA = 0.02  # small beside rewards, which sum up to some units
CRITIC_LAYERS = {"pi": [64], "qf": [256]}


class RefillingSAC(SAC):
    """SAC that fills its memory before it learns, also when it goes on from a checkpoint.

    What it has learned drives meanwhile. Few frames that are much alike would spoil it.
    """

    def train(self, gradient_steps: int, batch_size: int = 64) -> None:
        """Learn, unless there are too few frames to learn from."""
        memory = self.replay_buffer
        assert memory is not None
        if memory.full or memory.size() * memory.n_envs > self.learning_starts:
            super().train(gradient_steps, batch_size)


def sac_options(settings: TrainSettings, inputs: Inputs[Any]) -> dict[str, Any]:
    """Return what a RefillingSAC is built with."""
    chosen = inputs.hyperparameters
    # Unless the user gave it, the weight of exploring is learned too.
    alpha = chosen.sac_alpha if "sac_alpha" in chosen.given else f"auto_{FIRST_ALPHA}"
    return {
        "batch_size": chosen.batch_size,
        "buffer_size": remembered(settings, inputs),
        "learning_starts": WARM_UP,
        "train_freq": 1,
        "gradient_steps": max(1, settings.cars // FRAMES_PER_GRADIENT),
        "ent_coef": alpha,
        # Halves the memory; an episode that runs out of time counts as one that ends.
        "optimize_memory_usage": True,
        "replay_buffer_kwargs": {"handle_timeout_termination": False},
        "policy_kwargs": {
            "features_extractor_class": network(inputs.metadata.neural_network).extractor,
            "net_arch": CRITIC_LAYERS,
        },
    }


def remembered(settings: TrainSettings, inputs: Inputs[Any]) -> int:
    """Return how many frames (stacks, if any) it remembers, those of all cars together."""
    most = REMEMBERED // inputs.metadata.stack_size
    # It learns from a step of the cars with the one after it: two at least.
    return max(min(most, max(settings.steps, WARM_UP)), 2 * settings.cars)
