# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The network that the running nodes are measured with: AWS's default, with random weights."""

from __future__ import annotations

from pathlib import Path

from deepracer_core.model_metadata import metadata_text
from deepracer_trainer.export import write_model
from deepracer_trainer.run_folder import TrainSettings
from deepracer_trainer.train import action_space, build

NETWORK = "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"


def random_shallow_model(folder: Path) -> Path:
    """Write a model package of 5.8 million random weights and return its folder."""
    settings = TrainSettings(network=NETWORK, cars=1)
    actions = action_space(settings)
    write_model(build(settings, actions).policy, actions, metadata_text(actions, NETWORK), folder)
    return folder
