# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The network that the running nodes are measured with: AWS's default, with random weights."""

from __future__ import annotations

from pathlib import Path

from deepracer_trainer.exported_model import write_model
from deepracer_trainer.learner import build_cars, build_learner, read_inputs
from deepracer_trainer.run_folder import TrainSettings

NETWORK = "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"


def random_shallow_model(folder: Path) -> Path:
    """Write a model package of 5.8 million random weights and return its folder."""
    settings = TrainSettings(network=NETWORK, cars=1)
    inputs = read_inputs(settings)
    learner = build_learner(settings, inputs, build_cars(settings, inputs))
    metadata = inputs.metadata
    write_model(learner.policy, metadata.action_space, metadata.text, folder)
    return folder
