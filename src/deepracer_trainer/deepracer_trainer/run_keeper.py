# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a run leaves in its folder while it goes on: logs, evaluations and checkpoints."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3.common.logger import configure

from deepracer_core.errors import ConfigError
from deepracer_core.interrupts import uninterrupted
from deepracer_sim.rewards import Reward
from deepracer_sim.simulation import Simulation, Status
from deepracer_trainer.checkpoints import Score, State, save_checkpoint
from deepracer_trainer.examination import Examination
from deepracer_trainer.exported_model import write_model
from deepracer_trainer.learner import Learner, RunInputs, new_reward, simulated_time
from deepracer_trainer.run_access import writing
from deepracer_trainer.run_folder import MODEL_FOLDER, POLICY_NAME, TrainSettings, write_version
from deepracer_trainer.run_inputs import RunInputs as LoggedInputs
from deepracer_trainer.run_logs import Checkpoint, RunLogs
from deepracer_trainer.saved_policy import read_policy
from deepracer_trainer.sim_trace import Episode
from deepracer_trainer.world_options import RACES

CHECKPOINT_PERIOD = 20.0  # [s]
TENSORBOARD_FOLDER = "tensorboard"


class RunKeeper:
    """Keeps one run; nothing is written before `begin`.

    Attributes:
        folder: of the run.
        score: of the latest evaluation; None before there is any.
        best: of the best one.
    """

    def __init__(
        self, folder: Path, settings: TrainSettings, inputs: RunInputs, state: State
    ) -> None:
        """Prepare to keep a run that has come to a state.

        Raises:
            DeepRacerError: a track is not usable.
        """
        self.folder = folder
        self._settings = settings
        self._inputs = inputs
        self._episodes = state.episodes
        self.best = state.best
        self._examined = state.examined
        self._began = simulated_time(settings, state.steps)
        self._saved = time.monotonic()
        metadata = inputs.metadata
        self._examination = Examination(
            settings, inputs.tracks, metadata.action_space, metadata.stack_size
        )
        self._logs: RunLogs | None = None
        self.score: Score | None = None

    def begin(self, learner: Learner) -> None:
        """Begin to write into the folder, or go on with it.

        Raises:
            ConfigError: it cannot be written to.
        """
        folder, inputs, settings = self.folder, self._inputs, self._settings
        with writing(folder):
            settings.save(folder)  # First: a folder with settings is a run that can go on.
            write_version(folder)
        logged = LoggedInputs(
            metadata=inputs.metadata,
            hyperparameters=inputs.hyperparameters.to_json(),
            given=inputs.hyperparameters.given_json(),
            world=settings.track,
            race=RACES[settings.objects],
            reward_source=inputs.reward.source if inputs.reward else "",
            track_files=inputs.track_files,
        )
        length = inputs.hyperparameters.num_episodes_between_training
        self._logs = RunLogs(folder, logged, length, self._episodes, self._began)
        with writing(folder):
            if self._episodes or self.best:
                self._mend_model()
        if importlib.util.find_spec("tensorboard"):
            learner.set_logger(configure(str(folder / TENSORBOARD_FOLDER), ["tensorboard"]))

    @property
    def logs(self) -> RunLogs:
        """The logs of the run, from `begin` on."""
        assert self._logs is not None
        return self._logs

    def traced(self, reward: Reward) -> Reward:
        """Return a reward function that gives the same rewards, and records each step."""
        return lambda simulation: self.logs.traced(reward)(simulation)

    def started(self, simulation: Simulation, cars: NDArray[np.intp]) -> None:
        """Note that cars (K,) were just put at the start of an episode."""
        self.logs.started(simulation, cars)

    def between_updates(self, learner: Learner) -> None:
        """Write logs; evaluate and save what was learned, where that is due.

        Raises:
            ConfigError: the disk is full, and the like, or the network holds NaN.
            RewardError: the reward function failed in the evaluation.
        """
        self.logs.take_finished()
        steps, every = learner.num_timesteps, self._settings.evaluate_every
        if every and steps // every > self._examined // every:
            self._examine(learner)
        elif time.monotonic() - self._saved > CHECKPOINT_PERIOD:
            self.save(learner)

    def finish(self, learner: Learner) -> None:
        """Do all that `between_updates` does, for the last time."""
        if self._settings.evaluate_every and learner.num_timesteps > self._examined:
            self._examine(learner)
        else:
            self.save(learner)

    def save(self, learner: Learner, best: Score | None = None) -> None:
        """Write a checkpoint; where it is the best, or there is no evaluation, the model too.

        Raises:
            ConfigError: the disk is full, and the like, or the network holds NaN.
        """
        check_finite(learner)
        # Logs first: a run that goes on drops what they have more, and cannot fill a gap.
        self.logs.take_finished()
        self.logs.refresh()
        self.best = best or self.best
        state = State(learner.num_timesteps, self.logs.episodes, self._examined, self.best)
        with writing(self.folder):
            save_checkpoint(learner, state, self.folder, is_best := self.best in (best, None))
            if is_best:
                self._write_model()
        self._list_checkpoints(learner.num_timesteps)
        self._saved = time.monotonic()

    def _mend_model(self) -> None:
        """Write the model once more: a killed process may have left an older one."""
        try:
            self._write_model()
        except ConfigError:  # The best policy is damaged: the next one takes its place.
            self.best = None

    def _write_model(self) -> None:
        """Write the model package of policy.zip; ConfigError where that is damaged."""
        metadata = self._inputs.metadata
        # Building a policy draws random numbers, which training shall not miss.
        with torch.random.fork_rng(devices=[]):
            policy = read_policy(self.folder / POLICY_NAME)
        write_model(policy, metadata.action_space, metadata.text, self.folder / MODEL_FOLDER)

    def _examine(self, learner: Learner) -> None:
        check_finite(learner)
        steps, logs, examination = learner.num_timesteps, self.logs, self._examination
        now = logs.time
        reward = new_reward(self._inputs, examination.count, now)
        episodes = examination.drive(learner.policy, reward, now)
        with uninterrupted():
            logs.evaluated(episodes)
            self._examined = steps
        self.score = score = _score(episodes, steps, max(logs.iteration, 0), now)
        learner.logger.record("evaluation/completion", score.completion)
        self.save(learner, score if score.beats(self.best) else None)

    def _list_checkpoints(self, steps: int) -> None:
        """Write down which is the best, and which the last."""
        logs = self.logs
        last = Checkpoint(max(logs.iteration, 0), steps, None, logs.time)
        score, best = self.score, self.best
        if score and score.steps == steps:
            last = replace(last, completion=score.completion)
        known = (
            Checkpoint(best.iteration, best.steps, best.completion, best.time) if best else last
        )
        logs.checkpoints(known, last)


def check_finite(learner: Learner) -> None:
    """Raise ConfigError where the network holds NaN or infinity."""
    if not all(bool(weights.isfinite().all()) for weights in learner.policy.parameters()):
        raise ConfigError("training diverged, the network holds NaN: lower lr in hyperparameters")


def _score(episodes: list[Episode], steps: int, iteration: int, now: float) -> Score:
    laps = [e.ended - e.began for e in episodes if e.status == Status.LAP_COMPLETE]
    return Score(
        completion=float(np.mean([min(episode.progress, 100.0) for episode in episodes])),
        lap_time=float(np.mean(laps)) if laps else 0.0,
        steps=steps,
        iteration=iteration,
        time=now,
    )
