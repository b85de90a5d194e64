# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How long it takes to learn to drive, on one track and in a world that changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from deepracer_inference.policy import load_policy
from deepracer_trainer.progress_watch import Progress
from deepracer_trainer.race_rules import RaceRules, World
from deepracer_trainer.races import Race
from deepracer_trainer.run_folder import MODEL_FOLDER, TrainSettings
from deepracer_trainer.train import train
from deepracer_trainer.world_options import FULL

GOAL, QUICK_GOAL = 0.95, 0.2  # shares of episodes that are whole laps
PLAIN = TrainSettings(stop_at=GOAL, evaluate_every=0)
SHALLOW = "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"
# What docs/training.md proposes for a car on the road.
ROBUST = replace(PLAIN, track="reinvent_base,Bowtie_track", randomize=FULL, cars=64, steps=400_000)
ROBUST_HYPERPARAMETERS = {
    "stack_size": 3,
    "num_episodes_between_training": 40,
    "batch_size": 128,
    "num_epochs": 2,
    "discount_factor": 0.98,
}
QUICK_STEPS = 20_000
UNSEEN = ("Oval_track", "reInvent2019_track", "AWS_track")
STARTS = 5  # in each direction


def measure_training(quick: bool) -> Iterator[dict[str, Any]]:
    """Train each network from scratch until the goal, or for as long as training lasts."""
    networks = (PLAIN.network or "COMPACT", SHALLOW)
    for network in networks[:1] if quick else networks:
        yield {"network": network, **facts(train(replace(PLAIN, network=network)))}


def measure_randomized(quick: bool, folder: Path) -> dict[str, Any]:
    """Train in a world that changes until the goal, then drive on tracks never seen before.

    Args:
        quick: whether to give up soon.
        folder: exists; the run goes there.
    """
    hyperparameters = folder / "hyperparameters.json"
    hyperparameters.write_text(json.dumps(ROBUST_HYPERPARAMETERS), encoding="utf-8")
    settings = replace(ROBUST, hyperparameters=str(hyperparameters))
    progress = train(replace(settings, steps=QUICK_STEPS) if quick else settings, folder / "run")
    model = load_policy(folder / "run" / MODEL_FOLDER)
    race = Race(model, World(",".join(UNSEEN)), RaceRules(), STARTS)
    whole = Counter(UNSEEN[trial.track] for trial in race.drive() if trial.lap_times)
    return {
        "tracks": ROBUST.track,
        **facts(progress),
        "unseen": {name: {"laps": whole[name], "starts": 2 * STARTS} for name in UNSEEN},
    }


def facts(progress: Progress) -> dict[str, Any]:
    """Return what is reported of a run."""
    return {
        "steps": progress.steps,
        "seconds": round(progress.seconds, 2),
        "lap_rate": round(progress.lap_rate, 4),
    }
