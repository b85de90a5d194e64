# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a training run is asked to do, and the folder that it leaves behind.

runs/<name>/settings.json          what was asked for
runs/<name>/policy.zip             the policy with its optimizer, as Stable-Baselines3 saves it
runs/<name>/model/                 the model package: model.onnx and model_metadata.json
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_core.settings import check_settings, setting
from deepracer_sim.starts import Direction

POLICY_NAME = "policy.zip"
SETTINGS_NAME = "settings.json"
MODEL_FOLDER = "model"


@dataclass(frozen=True)
class TrainSettings:
    """All that decides how a run goes; each field is an option of `./deepracer train`."""

    track: str = setting("reinvent_base", "track name or path of a .npy route")
    direction: str = setting("both", "which way round", choices=get_args(Direction))
    metadata: str = setting("", "model_metadata.json with the action space; empty: five actions")
    network: str = setting("COMPACT", "COMPACT or DEEP_CONVOLUTIONAL_NETWORK_SHALLOW")
    steps: int = setting(120_000, "frames to train on, over all cars", range=(1, 10**9))
    stop_at: float = setting(
        1.0, "stop when this share of episodes are whole laps; 1: never", range=(0.0, 1.0)
    )
    cars: int = setting(32, "cars that drive at once", range=(1, 1024))
    seed: int = setting(0, "seed of all random numbers", range=(0, 2**31))
    threads: int = setting(0, "processor threads for the network; 0: one a core", range=(0, 256))
    rollout: int = setting(64, "steps a car drives between updates", range=(2, 4096))
    batch_size: int = setting(256, "frames in one gradient step", range=(2, 2**20))
    epochs: int = setting(4, "times each frame is learned from", range=(1, 100))
    learning_rate: float = setting(
        0.0, "at the start, then falling; 0: what suits the network", range=(0.0, 1.0)
    )
    discount_factor: float = setting(0.97, "worth of the next step's reward", range=(0.0, 1.0))
    gae_lambda: float = setting(0.95, "bias against variance of advantages", range=(0.0, 1.0))
    beta_entropy: float = setting(0.001, "weight of exploring", range=(0.0, 1.0))

    def __post_init__(self) -> None:
        """Refuse values out of range; ConfigError names the setting."""
        check_settings(self)

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
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{folder} is no training run: {reason}") from None


def read_metadata(path: str | Path) -> ModelMetadata:
    """Read a model_metadata.json; ModelError where it is missing or wrong."""
    try:
        return ModelMetadata.parse(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from None
