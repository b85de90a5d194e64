# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Beginning with what another run has learned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from stable_baselines3.common.policies import BasePolicy

from deepracer_core.action_space import ActionSpace
from deepracer_core.errors import ConfigError
from deepracer_core.model_package import METADATA_NAME
from deepracer_trainer.run_folder import POLICY_NAME, read_metadata
from deepracer_trainer.saved_policy import read_policy


def take_weights(policy: BasePolicy, run: Path) -> None:
    """Give a policy the weights of a run's best one.

    Raises:
        ConfigError: there is none, or it is of another network, kind of action space or algorithm.
    """
    source = read_policy(run / POLICY_NAME)
    if type(source) is not type(policy):
        raise ConfigError(
            f"--pretrained {run} was learned by another algorithm: use the same --algorithm"
        )
    given, wanted = ({k: v.shape for k, v in p.state_dict().items()} for p in (source, policy))
    if source.action_space != policy.action_space:
        raise ConfigError(
            f"--pretrained {run} has {source.action_space}, this run {policy.action_space}: use "
            "as many actions"
        )
    if given != wanted:
        raise ConfigError(
            f"--pretrained {run} has another network, or another stack_size: use the same"
        )
    weights = source.state_dict()
    if "frames_explored" in weights:
        weights["frames_explored"] = torch.zeros_like(weights["frames_explored"])
    policy.load_state_dict(weights)


def other_actions(run: Path, actions: ActionSpace) -> Iterator[str]:
    """Yield a note where what a run's policy puts out drives otherwise here.

    Raises:
        DeepRacerError: the run's metadata cannot be read.
    """
    old, new = _entries(read_metadata(run / METADATA_NAME).action_space), _entries(actions)
    others = [(was, now) for was, now in zip(old, new, strict=False) if was != now]
    if others:
        was, now = others[0]
        yield (
            f"--pretrained {run} had other actions behind {len(others)} of its {len(old)} "
            f"outputs: where it chose {was}, this run drives {now}"
        )


def _entries(actions: ActionSpace) -> list[str]:
    """Return what each output drives, or its bounds."""
    space = actions.to_json()
    if isinstance(space, dict):
        return [f"{name} {bounds}" for name, bounds in space.items()]
    return [str(entry) for entry in space]
