# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How long it takes to learn to drive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deepracer_trainer.run_folder import TrainSettings
from deepracer_trainer.train import train

GOAL = 0.95  # share of episodes that are whole laps


def measure_training(quick: bool) -> Iterator[dict[str, Any]]:
    """Train each network from scratch until the goal, or for as long as training lasts."""
    networks = ("COMPACT", "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW")
    for network in networks[:1] if quick else networks:
        progress = train(TrainSettings(network=network, stop_at=GOAL))
        yield {
            "network": network,
            "steps": progress.steps,
            "seconds": round(progress.seconds, 2),
            "lap_rate": round(progress.lap_rate, 4),
        }
