# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""TrainingMetrics.json and the metrics of an evaluation, as the hosted service wrote them.

Times are in simulated milliseconds. Rewards are not rounded to whole numbers, as they were there:
those of an episode may well be below one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deepracer_core.atomic_file import replace_file
from deepracer_trainer.sim_trace import Episode

Phase = Literal["training", "evaluation"]
_COUNTS = {
    "crashed": "crash_count",
    "immobilized": "immobilized_count",
    "off_track": "off_track_count",
    "reversed": "reversed_count",
}


@dataclass(frozen=True)
class Curve:
    """Means over the episodes of each iteration that has any; arrays (N,).

    Attributes:
        iteration: from 0.
        reward: of an episode.
        completion: [%] of the lap.
    """

    iteration: NDArray[np.int64]
    reward: NDArray[np.float64]
    completion: NDArray[np.float64]


class TrainingMetrics:
    """What came of each episode of a run, in training and in evaluations between."""

    def __init__(self, file: Path, episodes_per_iteration: int, episodes: int = 0) -> None:
        """Begin anew, or go on after the first `episodes` that the file holds.

        Args:
            file: TrainingMetrics.json.
            episodes_per_iteration: as many as are trained on between evaluations.
            episodes: how many of training are kept, with the evaluations among them.
        """
        self._file = file
        self._length = episodes_per_iteration
        kept = _read(file) if episodes else []
        self._rows = [row for row in kept if row["episode"] <= episodes]
        self._episode = episodes

    def trained(self, episode: Episode) -> None:
        """Add an episode of training."""
        self._episode = episode.number + 1
        self._add(episode, "training")

    def evaluated(self, episode: Episode) -> None:
        """Add an episode of an evaluation of what was learned so far."""
        self._add(episode, "evaluation")

    def write(self) -> None:
        """Replace the file; OSError where that fails."""
        fields = {"metrics": self._rows, "version": 2.0, "best_model_metric": "progress"}
        replace_file(self._file, json.dumps(fields).encode())

    def curve(self, phase: Phase) -> Curve:
        """Return how training went, or the evaluations between."""
        rows = [row for row in self._rows if row["phase"] == phase]
        columns = ("episode", "reward_score", "completion_percentage")
        values = np.array([[row[name] for name in columns] for row in rows]).reshape(-1, 3)
        index, groups = np.unique((values[:, 0] - 1) // self._length, return_inverse=True)
        counts = np.bincount(groups, minlength=len(index))
        reward, completion = (
            np.bincount(groups, values[:, k], minlength=len(index)) / counts for k in (1, 2)
        )
        return Curve(index.astype(np.int64), reward, completion)

    def _add(self, episode: Episode, phase: Phase) -> None:
        number = max(self._episode, 1)  # an evaluation may come before all training
        row = {
            "reward_score": round(episode.reward, 3),
            **_outcome(episode.began, episode.ended, episode.progress, episode.status.label),
            "episode": number,
            "trial": (number - 1) % self._length + 1,
            "phase": phase,
        }
        self._rows.append(row)


@dataclass(frozen=True)
class EvaluationTrial:
    """One lap of an evaluation, as races are judged.

    Attributes:
        completion: [%] of the lap.
        began: [s] in simulated time.
        ended: [s] in simulated time, penalties included.
        status: how it ended, as `Status.label` has it.
        incidents: how often each mishap happened, also the one that ended it.
        resets: how often the car was put back.
    """

    completion: float
    began: float
    ended: float
    status: str
    incidents: Counter[str] = field(default_factory=Counter)
    resets: int = 0


def write_evaluation_metrics(file: Path, trials: Sequence[EvaluationTrial]) -> None:
    """Write evaluation-<time>.json; OSError where that fails."""
    rows = [
        {
            **_outcome(trial.began, trial.ended, trial.completion, trial.status),
            **{name: trial.incidents[key] for key, name in _COUNTS.items()},
            "reset_count": trial.resets,
            "trial": number,
        }
        for number, trial in enumerate(trials, start=1)
    ]
    replace_file(file, json.dumps({"metrics": rows, "version": 2.0}).encode())


def _outcome(began: float, ended: float, completion: float, status: str) -> dict[str, Any]:
    start, end = round(1000.0 * began), round(1000.0 * ended)
    return {
        "metric_time": end,
        "start_time": start,
        "elapsed_time_in_milliseconds": end - start,
        "completion_percentage": int(completion),
        "episode_status": status.replace("_", " ").capitalize(),
    }


def _read(file: Path) -> list[dict[str, Any]]:
    """Return the rows of a file; none where it is missing or spoilt: a run goes on without."""
    try:
        rows = json.loads(file.read_bytes())["metrics"]
        return [row for row in rows if {"episode", "metric_time", "phase"} <= row.keys()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
