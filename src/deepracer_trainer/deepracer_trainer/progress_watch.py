# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How a run stands while it goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from deepracer_sim.simulation import Status
from deepracer_trainer.run_keeper import RunKeeper

EPISODES = 64  # The lap rate is that of so many episodes, the latest.


@dataclass(frozen=True)
class Progress:
    """How a run stands.

    Attributes:
        steps: frames driven so far.
        seconds: since training began, or went on.
        lap_rate: share of the last episodes that were whole laps; 0 before there are enough.
        completion: mean of their progress [%].
        reward: mean of their rewards.
        evaluation: mean progress [%] in the latest evaluation; None before there is any.
        best: the same of the best one.
    """

    steps: int
    seconds: float
    lap_rate: float
    completion: float
    reward: float
    evaluation: float | None = None
    best: float | None = None


class Watch(BaseCallback):
    """Counts laps, reports progress, keeps the run, and ends it when enough episodes are laps."""

    def __init__(
        self, stop_at: float, report: Callable[[Progress], None], keeper: RunKeeper | None
    ) -> None:
        """Watch a run.

        Args:
            stop_at: share of laps that is enough; 1 never is.
            report: called after every step of the batch.
            keeper: keeps the run; None where nothing is kept.
        """
        super().__init__()
        self._stop_at = stop_at
        self._report = report
        self._keeper = keeper
        self._episodes: deque[tuple[bool, float, float]] = deque(maxlen=EPISODES)
        self._returns: Any = 0.0
        self._began = time.perf_counter()
        self.latest = Progress(0, 0.0, 0.0, 0.0, 0.0)

    def take_scores(self) -> None:
        """Take over the evaluations, of which the last comes after the last step."""
        keeper = self._keeper
        if keeper and keeper.score and keeper.best:
            scores = {"evaluation": keeper.score.completion, "best": keeper.best.completion}
            self.latest = replace(self.latest, **scores)

    def _on_rollout_start(self) -> None:
        if self._keeper:
            self._keeper.between_updates(self.model)

    def _on_step(self) -> bool:
        self._returns = self._returns + self.locals["rewards"]
        for car, info in enumerate(self.locals["infos"]):
            if info:
                lap = info["status"] == Status.LAP_COMPLETE
                completion = min(info["progress"], 100.0)
                self._episodes.append((lap, completion, float(self._returns[car])))
                self._returns[car] = 0.0
        enough = len(self._episodes) == EPISODES
        rate, completion, reward = (
            (float(mean) for mean in np.mean(self._episodes, axis=0))
            if self._episodes
            else (0.0, 0.0, 0.0)
        )
        self.latest = Progress(
            self.num_timesteps,
            time.perf_counter() - self._began,
            rate if enough else 0.0,
            completion,
            reward,
        )
        self.take_scores()
        self._report(self.latest)
        return not (enough and self._stop_at < 1.0 and self.latest.lap_rate >= self._stop_at)

    def _on_rollout_end(self) -> None:
        latest = self.latest
        self.logger.record("episodes/laps", latest.lap_rate)
        self.logger.record("episodes/completion", latest.completion)
        self.logger.record("episodes/reward", latest.reward)
