# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: a learner with its optimizer, and how far its run had come, in one file.

A file is that of Stable-Baselines3 with one entry more. It is replaced whole or not at all, so
a process that is killed leaves the one before.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from stable_baselines3.common.base_class import BaseAlgorithm

from deepracer_core.atomic_file import replace_file
from deepracer_core.errors import ConfigError
from deepracer_trainer.run_folder import LAST_NAME, POLICY_NAME

_STATE = "state.json"
_NEEDED = ("data", "policy.pth")  # of Stable-Baselines3
_OF_THE_MOMENT = ("_last_obs", "_last_original_obs", "_last_episode_starts")
_DAMAGES = (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Score:
    """What an evaluation found.

    Attributes:
        completion: mean [%] of the lap.
        lap_time: mean [s] of the whole laps; 0 where there is none.
        steps: that had been driven in training.
        iteration: of the logs.
        time: when [s], in simulated time.
    """

    completion: float
    lap_time: float
    steps: int
    iteration: int
    time: float

    def beats(self, other: Score | None) -> bool:
        """Tell whether this is better: farther, and of the same completion faster."""
        if other is None or self.completion != other.completion:
            return other is None or self.completion > other.completion
        return self.lap_time < other.lap_time


@dataclass(frozen=True)
class State:
    """How far a run had come.

    Attributes:
        steps: that had been driven.
        episodes: that were complete, and are in the logs.
        examined: steps that had been driven at the last evaluation.
        best: the best evaluation; None before there is any.
    """

    steps: int = 0
    episodes: int = 0
    examined: int = 0
    best: Score | None = None


@dataclass(frozen=True)
class Found:
    """The checkpoint to go on from.

    Attributes:
        file: None where nothing was saved yet: the run begins again.
        state: how far it had come.
        notes: about checkpoints that are damaged.
    """

    file: Path | None
    state: State
    notes: tuple[str, ...]


def save_checkpoint(learner: BaseAlgorithm, state: State, folder: Path, best: bool) -> None:
    """Write last.zip, and before it policy.zip where it is the best; OSError where that fails."""
    buffer = io.BytesIO()
    learner.save(buffer, exclude=_OF_THE_MOMENT)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(_STATE, json.dumps(asdict(state)))
    if best:  # First: what the last one says about the best shall hold.
        replace_file(folder / POLICY_NAME, buffer.getvalue())
    replace_file(folder / LAST_NAME, buffer.getvalue())


def find_checkpoint(folder: Path) -> Found:
    """Return the last checkpoint of a run that is whole, else the best one.

    Raises:
        ConfigError: all are damaged.
    """
    notes: list[str] = []
    for file in (folder / LAST_NAME, folder / POLICY_NAME):
        if file.is_file():
            try:
                return Found(file, _read_state(file), tuple(notes))
            except _DAMAGES as error:
                notes.append(f"{file} is damaged ({str(error).splitlines()[0]})")
    if notes:
        raise ConfigError(*(f"{note}: train again" for note in notes))
    return Found(None, State(), ())


def _read_state(file: Path) -> State:
    with zipfile.ZipFile(file) as archive:
        damaged = archive.testzip()
        if damaged:
            raise zipfile.BadZipFile(f"{damaged} is not what was written")
        for name in _NEEDED:
            archive.getinfo(name)
        fields = json.loads(archive.read(_STATE))
    best = fields.pop("best")
    return State(**fields, best=best and Score(**best))
