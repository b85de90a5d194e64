# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a run was asked for: the user's files, the copies that its folder keeps, its log's head.

model_metadata.json and model/      of the model to be
hyperparameters.json                those that the user gave
ip/hyperparameters.json             all of them, for readers of logs
reward_function.py                  where the user gave one
tracks/N/                           the file of track N, where it is none of ours
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from deepracer_core.action_space import DiscreteActionSpace
from deepracer_core.atomic_file import replace_file
from deepracer_core.model_metadata import ModelMetadata
from deepracer_core.model_package import METADATA_NAME
from deepracer_sim.scenes import named_tracks
from deepracer_trainer.run_folder import MODEL_FOLDER, TrainSettings, kept_tracks

REWARD_NAME = "reward_function.py"
HYPERPARAMETERS_NAME, RESOLVED_NAME = "hyperparameters.json", "ip/hyperparameters.json"


@dataclass(frozen=True)
class InputFiles:
    """Where the user's files are; None where there is none, and defaults do.

    Attributes:
        reward: reward_function.py, or the name of an example.
        hyperparameters: hyperparameters.json.
        metadata: model_metadata.json.
        tracks: those of ours by name, others by path.
    """

    reward: Path | None = None
    hyperparameters: Path | None = None
    metadata: Path | None = None
    tracks: tuple[str | Path, ...] = ()

    @classmethod
    def named(cls, settings: TrainSettings) -> InputFiles:
        """Return the files that the settings name."""
        names = (settings.reward, settings.hyperparameters, settings.metadata)
        paths = (Path(name) if name else None for name in names)
        return cls(*paths, tracks=tuple(named_tracks(settings.track)))

    @classmethod
    def kept(cls, run: Path, settings: TrainSettings) -> InputFiles:
        """Return the copies of them that a run has kept."""
        return cls(
            reward=run / REWARD_NAME if settings.reward else None,
            hyperparameters=run / HYPERPARAMETERS_NAME,
            metadata=run / METADATA_NAME,
            tracks=kept_tracks(run, settings),
        )


@dataclass(frozen=True)
class RunInputs:
    """What a run was asked for.

    Attributes:
        metadata: of its model.
        hyperparameters: all of them, by the file's keys.
        world: the tracks, as the user named them.
        race: TIME_TRIAL, OBJECT_AVOIDANCE or HEAD_TO_BOT, as the console called them.
        reward_source: text of reward_function.py; empty where the reward is a built-in one.
        track_files: the tracks that are none of ours, by the names of their copies.
        given: the hyperparameters that the user gave, of which training reads again.
    """

    metadata: ModelMetadata
    hyperparameters: dict[str, float | str]
    world: str
    race: str = "TIME_TRIAL"
    reward_source: str = ""
    track_files: dict[str, bytes] = field(default_factory=dict)
    given: dict[str, float | str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the copies into a run's folder; OSError where that fails."""
        texts = {
            HYPERPARAMETERS_NAME: _json(self.given) + "\n",
            RESOLVED_NAME: _json(self.hyperparameters) + "\n",
            f"{MODEL_FOLDER}/{METADATA_NAME}": self.metadata.text,
            METADATA_NAME: self.metadata.text,  # Last, see `has_inputs`.
        }
        if self.reward_source:
            texts = {REWARD_NAME: self.reward_source, **texts}
        files = {name: text.encode() for name, text in texts.items()}
        for name, data in {**self.track_files, **files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder / name, data)

    def log_head(self, name: str) -> str:
        """Return the lines by which readers of a log know what it is of.

        Args:
            name: of the model.
        """
        facts = self.metadata
        discrete = isinstance(facts.action_space, DiscreteActionSpace)
        return "\n".join(
            (
                f"Successfully downloaded model metadata from model-metadata/{name}/model",
                f" * /JOB_TYPE: TRAINING\n * /RACE_TYPE: {self.race}",
                f" * /WORLD_NAME: {self.world}\n'WORLD_NAME': '{self.world}'",
                f"Using the following hyper-parameters\n{_json(self.hyperparameters)}",
                f"Sensor list ['{facts.sensor}'], network {facts.neural_network}, "
                f"simapp_version {facts.version}, training_algorithm {facts.training_algorithm}, "
                f"action_space_type {'discrete' if discrete else 'continuous'}",
                f"Loaded action space from file: {facts.action_space.to_json()}\n",
            )
        )


def has_inputs(run: Path) -> bool:
    """Tell whether a run has all copies of its inputs: a killed process may not have made all."""
    return (run / METADATA_NAME).is_file()


def _json(values: dict[str, float | str]) -> str:
    return json.dumps(values, indent=2, sort_keys=True)
