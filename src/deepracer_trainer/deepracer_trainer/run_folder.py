# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a training run is asked to do, and the folder that it leaves behind.

runs/<name>/settings.json          what was asked for
runs/<name>/policy.zip             the policy with its optimizer, as Stable-Baselines3 saves it
runs/<name>/model/                 the model package: model.onnx and model_metadata.json
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import get_args

from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_sim.starts import Direction

POLICY_NAME = "policy.zip"
SETTINGS_NAME = "settings.json"
MODEL_FOLDER = "model"


def _setting(default: object, text: str, low: float | None = None, high: float | None = None):  # type: ignore[no-untyped-def]
    return field(default=default, metadata={"description": text, "range": (low, high)})


@dataclass(frozen=True)
class TrainSettings:
    """All that decides how a run goes; each field is an option of `./deepracer train`."""

    track: str = _setting("reinvent_base", "track name or path of a .npy route")
    direction: Direction = _setting("both", "ccw, cw or both")
    metadata: str = _setting("", "model_metadata.json with the action space; empty: five actions")
    network: str = _setting("COMPACT", "network by name")
    steps: int = _setting(120_000, "frames to train on, over all cars", 1)
    stop_at: float = _setting(1.0, "stop when this share of episodes are whole laps", 0.0, 1.0)
    cars: int = _setting(32, "cars that drive at once", 1, 1024)
    seed: int = _setting(0, "seed of all random numbers", 0)
    threads: int = _setting(0, "processor threads for the network; 0: one a core", 0, 256)
    rollout: int = _setting(64, "steps a car drives between updates", 1, 4096)
    batch_size: int = _setting(256, "frames in one gradient step", 1)
    epochs: int = _setting(4, "times each frame is learned from", 1, 100)
    learning_rate: float = _setting(
        0.0, "at the start, then falling; 0: what suits the network", 0.0, 1.0
    )
    discount_factor: float = _setting(0.97, "worth of the next step's reward", 0.0, 1.0)
    gae_lambda: float = _setting(0.95, "bias against variance of advantages", 0.0, 1.0)
    beta_entropy: float = _setting(0.001, "weight of exploring", 0.0, 1.0)

    def __post_init__(self) -> None:
        """Refuse values out of range; ConfigError names the setting."""
        if self.direction not in get_args(Direction):
            raise ConfigError(f"direction is {self.direction!r}, allowed are ccw, cw, both")
        for entry in fields(self):
            low, high = entry.metadata["range"]
            value = getattr(self, entry.name)
            if (low is not None and not value >= low) or (high is not None and not value <= high):
                bounds = f"at least {low}" if high is None else f"{low} to {high}"
                raise ConfigError(f"{entry.name} is {value}, allowed is {bounds}")

    def save(self, folder: Path) -> None:
        """Write settings.json into the run's folder."""
        text = json.dumps(asdict(self), indent=2) + "\n"
        (folder / SETTINGS_NAME).write_text(text, encoding="utf-8")


def load_settings(folder: Path) -> TrainSettings:
    """Read the settings of a run.

    Raises:
        ConfigError: the folder holds no run.
    """
    try:
        return TrainSettings(**json.loads((folder / SETTINGS_NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{folder} is no training run: {error}") from None


def read_metadata(path: str | Path) -> ModelMetadata:
    """Read a model_metadata.json; ModelError where it is missing or wrong."""
    try:
        return ModelMetadata.parse(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from None
