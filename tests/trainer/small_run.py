# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Runs that last a second."""

import json
from pathlib import Path

import numpy as np

from deepracer_sim.track_files import load_track
from deepracer_trainer.run_folder import TrainSettings
from deepracer_trainer.train import train

STEPS = 192  # of one update: 24 of 8 cars
BOUNDS = {"steering_angle": {"low": -25, "high": 30}, "speed": {"low": 0.5, "high": 1.5}}
CONTINUOUS = {
    "action_space": BOUNDS,
    "action_space_type": "continuous",
    "neural_network": "COMPACT",
}


def write(folder: Path, name: str, fields: dict[str, object]) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(fields))
    return str(folder / name)


def small(inputs: Path, keys: dict[str, object] | None = None, **changes: object) -> TrainSettings:
    """Return settings, with hyperparameters in a file of the folder `inputs`."""
    chosen = {"batch_size": 64, "num_epochs": 1, "num_episodes_between_training": 2}
    file = write(inputs, "hyperparameters.json", {**chosen, **(keys or {})})
    settings = {"cars": 8, "steps": 2 * STEPS, "threads": 1, "evaluate_every": 0, **changes}
    return TrainSettings(hyperparameters=file, **settings)


def small_run(folder: Path, **changes: object) -> Path:
    train(small(folder.with_name(f"{folder.name}-inputs"), **changes), folder)
    return folder


def route_file(name: str, path: Path) -> Path:
    """Write a track of ours as a community route file."""
    track = load_track(name).track
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.hstack((track.centre, track.inner, track.outer)))
    return path
