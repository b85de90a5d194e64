# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The logs of a run, laid out as DeepRacer-for-Cloud lays out those of a single worker.

Tools that read its folders read ours; beside the copies of `run_inputs` there are

    training-simtrace/N-iteration.csv       every step of training
    evaluation-simtrace/N-iteration.csv     every step of the evaluations between
    logs/training.log                       every step of training, as text
    metrics/TrainingMetrics.json            a row for each episode
    model/deepracer_checkpoints.json        the best and the last checkpoint
    training_graph.png                      reward and completion over iterations

and of `./deepracer evaluate RUN` evaluation-<time>/ and metrics/evaluation/. Nothing here is
needed to go on with a run.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.action_space import ActionSpace
from deepracer_core.atomic_file import replace_file
from deepracer_core.errors import ConfigError
from deepracer_core.interrupts import uninterrupted
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.rewards import Reward
from deepracer_sim.simulation import Simulation
from deepracer_trainer.charts import training_graph
from deepracer_trainer.metrics import EvaluationTrial, TrainingMetrics, write_evaluation_metrics
from deepracer_trainer.run_access import writing
from deepracer_trainer.run_folder import MODEL_FOLDER
from deepracer_trainer.run_inputs import RunInputs
from deepracer_trainer.sim_trace import Episode, trace_rows
from deepracer_trainer.trace_files import (
    IterationFiles,
    TraceLog,
    drop_iterations,
    write_iteration,
)
from deepracer_trainer.trace_recorder import TraceRecorder

TRAINING_TRACE, EVALUATION_TRACE = "training-simtrace", "evaluation-simtrace"
LOG_NAME = "logs/training.log"
METRICS_FOLDER, METRICS_NAME = "metrics", "metrics/TrainingMetrics.json"
CHECKPOINTS_NAME = f"{MODEL_FOLDER}/deepracer_checkpoints.json"
GRAPH_NAME = "training_graph.png"
REFRESH = 5.0  # [s] at least from one writing of metrics and graph to the next


@dataclass(frozen=True)
class Checkpoint:
    """A saved policy, as the list of checkpoints knows it.

    Attributes:
        iteration: of the logs, in which it was saved.
        steps: that were driven until then.
        completion: mean [%] of its evaluation; None where there was none.
        time: when [s], in simulated time.
    """

    iteration: int
    steps: int
    completion: float | None
    time: float


class RunLogs:
    """Writes the logs of one run of training.

    Attributes:
        metrics: what came of each episode.
    """

    def __init__(
        self,
        folder: Path,
        inputs: RunInputs,
        episodes_per_iteration: int,
        episodes: int = 0,
        began: float = 0.0,
    ) -> None:
        """Begin the logs in a run's folder, or go on after the first `episodes` that it holds.

        Args:
            folder: of the run.
            inputs: of the run.
            episodes_per_iteration: as many as an iteration has.
            episodes: how many are kept.
            began: simulated time [s] at which this goes on.

        Raises:
            ConfigError: the folder cannot be written to.
        """
        self._folder = folder
        self._actions = inputs.metadata.action_space
        self._length = episodes_per_iteration
        self._episodes, self._began = episodes, began
        self._recorder: TraceRecorder | None = None
        self._finished: list[Episode] = []
        self._refreshed = time.monotonic()
        with writing(folder):
            inputs.write(folder)
            (folder / METRICS_FOLDER).mkdir(exist_ok=True)
            self._traces = IterationFiles(
                folder / TRAINING_TRACE, episodes_per_iteration, episodes
            )
            drop_iterations(folder / EVALUATION_TRACE, self.iteration + 1)
            head = inputs.log_head(folder.resolve().name)
            self._log = TraceLog(folder / LOG_NAME, head, episodes)
        self.metrics = TrainingMetrics(folder / METRICS_NAME, episodes_per_iteration, episodes)

    @property
    def episodes(self) -> int:
        """How many episodes are complete."""
        return self._recorder.episodes if self._recorder else self._episodes

    @property
    def time(self) -> float:
        """Simulated time [s] since the run began."""
        return self._recorder.time if self._recorder else self._began

    @property
    def iteration(self) -> int:
        """The iteration that the last complete episode belongs to; -1 before there is any."""
        return (self.episodes - 1) // self._length

    def traced(self, reward: Reward) -> Reward:
        """Return a reward function that gives the same rewards, and records each step.

        The environment asks for rewards when a step is complete, and before the cars whose
        episode has ended are put elsewhere: the only moment when all there is to record is there.
        """

        def reward_and_record(simulation: Simulation) -> NDArray[np.float64]:
            rewards = reward(simulation)
            if self._recorder is not None:
                with uninterrupted():
                    self._finished += self._recorder.step(rewards)
            return rewards

        return reward_and_record

    def started(self, simulation: Simulation, cars: NDArray[np.intp]) -> None:
        """Note that cars (K,) were just put at the start of an episode."""
        if self._recorder is None:
            self._recorder = TraceRecorder(simulation, self._episodes, self._began)
        self._recorder.started(cars)

    def take_finished(self) -> list[Episode]:
        """Write the episodes that were completed since the last call, and return them.

        Raises:
            ConfigError: the disk is full, and the like.
        """
        with uninterrupted(), writing(self._folder):
            finished, self._finished = self._finished, []
            for iteration, episodes in groupby(finished, lambda each: each.number // self._length):
                rows = _rows(episodes, self._actions)
                self._traces.write(iteration, rows)
                self._log.write(rows)
            for episode in finished:
                self.metrics.trained(episode)
        if time.monotonic() - self._refreshed > REFRESH:
            self.refresh()
        return finished

    def evaluated(self, episodes: Sequence[Episode]) -> None:
        """Write an evaluation of what was learned so far; ConfigError where that fails."""
        folder = self._folder / EVALUATION_TRACE
        with writing(self._folder):
            write_iteration(folder, max(self.iteration, 0), _rows(episodes, self._actions))
        for episode in episodes:
            self.metrics.evaluated(episode)

    def refresh(self) -> None:
        """Write metrics and graph; ConfigError where that fails."""
        curves = self.metrics.curve("training"), self.metrics.curve("evaluation")
        _, png = cv2.imencode(".png", training_graph(*curves))
        with writing(self._folder):
            self.metrics.write()
            replace_file(self._folder / GRAPH_NAME, png.tobytes())
        self._refreshed = time.monotonic()

    def checkpoints(self, best: Checkpoint, last: Checkpoint) -> None:
        """Write which checkpoint is the best, and which the last; ConfigError where that fails."""
        fields = {
            name: {
                "name": f"{checkpoint.iteration}_Step-{checkpoint.steps}.ckpt",
                "avg_eval_metric": checkpoint.completion,
                "time_stamp": checkpoint.time,
            }
            for name, checkpoint in (("best_checkpoint", best), ("last_checkpoint", last))
        }
        with writing(self._folder):
            replace_file(self._folder / CHECKPOINTS_NAME, json.dumps(fields).encode())


def log_evaluation(
    run: Path, episodes: Sequence[Episode], trials: Sequence[EvaluationTrial], actions: ActionSpace
) -> Path:
    """Write an evaluation of its own into a run's folder, and return the folder of its trace.

    Raises:
        ConfigError: the folder cannot be written to.
    """
    try:
        folder = _new_evaluation(run)
        write_iteration(folder / EVALUATION_TRACE, 0, _rows(episodes, actions))
        metrics = run / METRICS_FOLDER / "evaluation"
        metrics.mkdir(parents=True, exist_ok=True)
        write_evaluation_metrics(metrics / f"{folder.name}.json", trials)
    except OSError as error:
        raise ConfigError(
            f"the log of this evaluation cannot be kept in {run} ({error.strerror})"
        ) from None
    return folder


def _new_evaluation(run: Path) -> Path:
    """Make a folder that is named for this second or, as readers know 14 digits, a later one."""
    seconds = count(int(time.time()))
    while True:
        digits = time.strftime("%Y%m%d%H%M%S", time.localtime(next(seconds)))
        with contextlib.suppress(FileExistsError):
            folder = run / f"evaluation-{digits}"
            folder.mkdir(parents=True)
            return folder


def _rows(episodes: Iterable[Episode], actions: ActionSpace) -> list[str]:
    return [row for episode in episodes for row in trace_rows(episode, actions, DEEPRACER)]
