# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""An action space from what was driven: clusters of steering angle and speed in a run's logs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.action_space import Action
from deepracer_core.errors import ConfigError

# Of a trace: enough to tell which rows were driven well, and what was commanded.
_COLUMNS = ("episode", "steps", "progress", "steer", "throttle")
FINISHED = 99.9  # [%]; progress of a whole lap, however it was rounded
BEST_SHARE = 0.1  # of the episodes, where none was a whole lap
_DEGREES, _SPEED = 0.5, 0.05  # [deg, m/s] to which actions are rounded
_ALLOWED = np.array([[-30.0, 0.1], [30.0, 4.0]])  # lowest and highest [deg, m/s]
_ATTEMPTS = 5
_MOST_ROWS = 100_000  # that are looked at, spread over all


@dataclass(frozen=True)
class Proposal:
    """Actions that stand for what was driven.

    Attributes:
        actions: by steering angle, then speed.
        shares: of the steps that each stands for; they add up to one.
        episodes: how many were looked at.
        laps: whether these were whole laps; else they were the best.
    """

    actions: tuple[Action, ...]
    shares: tuple[float, ...]
    episodes: int
    laps: bool


def propose_actions(run: Path, count: int) -> Proposal:
    """Find `count` actions, or fewer where fewer were driven.

    Args:
        run: folder with traces somewhere below it, of this trainer or of any that writes
            N-iteration.csv.
        count: how many at most.

    Raises:
        ConfigError: there are no traces, or they cannot be read, or hold but one action.
    """
    chosen, episodes, laps = _driven_well(_read_traces(run))
    chosen = chosen[:: len(chosen) // _MOST_ROWS + 1]
    # What counts alike: the largest steering angle, and the whole range of speeds.
    scale = np.array([_ALLOWED[1, 0], max(float(np.ptp(chosen[:, 1])), _SPEED)])
    centres = _cluster(chosen / scale, count) * scale
    unit = np.array([_DEGREES, _SPEED])
    rounded = np.clip(np.round(centres / unit) * unit, *_ALLOWED)
    rounded = np.unique(rounded.round(9), axis=0)
    if len(rounded) < 2:
        raise ConfigError(f"{run} holds one action only: there is nothing to choose from")
    gaps = np.abs(chosen[:, None] - rounded) / scale
    nearest = np.hypot(gaps[..., 0], gaps[..., 1]).argmin(axis=1)
    shares = np.bincount(nearest, minlength=len(rounded)) / len(chosen)
    actions = tuple(
        Action(float(np.radians(angle)), round(float(speed), 2)) for angle, speed in rounded
    )
    return Proposal(actions, tuple(shares.tolist()), episodes, laps)


def _read_traces(run: Path) -> NDArray[np.float64]:
    """Return rows (N, 5) of _COLUMNS, with episodes of all files numbered apart."""
    files = sorted(run.rglob("*-iteration.csv")) if run.is_dir() else []
    tables = [table for table in map(_read_trace, files) if len(table)]
    if not tables:
        raise ConfigError(
            f"{run} holds no logs of driving: give a run's folder, with training-simtrace/ in it"
        )
    offset = 0.0
    for table in tables:
        table[:, 0] += offset - table[:, 0].min()
        offset = table[:, 0].max() + 1.0
    return np.concatenate(tables)


def _read_trace(file: Path) -> NDArray[np.float64]:
    """Return rows (N, 5) of what was driven; those of a start were not."""
    try:
        head, *lines = file.read_text(encoding="utf-8").splitlines()
        names = head.split(",")
        columns = [names.index(name) for name in _COLUMNS]
        # The last line may be half written while a run goes on.
        whole = [line for line in lines if line.count(",") == len(names) - 1]
        table = np.loadtxt(whole, delimiter=",", usecols=columns, ndmin=2).reshape(-1, 5)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"{file} is no trace of driving: {reason}") from None
    return table[table[:, 1] > 1.0]


def _driven_well(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], int, bool]:
    """Return steering [deg] and speed [m/s] (N, 2) of the best episodes, and which they were."""
    episodes, groups = np.unique(rows[:, 0], return_inverse=True)
    progress = np.full(len(episodes), -np.inf)
    np.maximum.at(progress, groups, rows[:, 2])
    laps = bool((progress >= FINISHED).any())
    least = FINISHED if laps else np.quantile(progress, 1.0 - BEST_SHARE)
    chosen = progress >= least
    return rows[chosen[groups]][:, 3:5], int(chosen.sum()), laps


def _cluster(points: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return the centres (K, 2) of at most `count` clusters, the same for the same points."""
    distinct = np.unique(points, axis=0)
    if len(distinct) <= count:
        return distinct
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 1e-4)
    _, _, centres = cv2.kmeans(
        points.astype(np.float32), count, None, criteria, _ATTEMPTS, cv2.KMEANS_PP_CENTERS
    )
    return centres.astype(np.float64)
