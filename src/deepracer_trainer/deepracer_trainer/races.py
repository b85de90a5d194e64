# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Driving a model in the embedded simulator, all trials at once, as races are judged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from deepracer_core.errors import ActionError, ModelError
from deepracer_core.observation import FrameStack
from deepracer_inference.policy import LoadedPolicy
from deepracer_sim.dynamics import SPEED, STEERING
from deepracer_sim.simulation import STEP_TIME
from deepracer_trainer.drive_media import Film
from deepracer_trainer.judge import Cars, Judge
from deepracer_trainer.race_rules import RaceRules, Trial, World


class Race:
    """Drives a car from every start.

    Attributes:
        judge: what has come of it.
    """

    def __init__(self, model: LoadedPolicy, world: World, rules: RaceRules, trials: int) -> None:
        """Put a car at every start: `trials` in each direction on each track.

        Raises:
            DeepRacerError: a track is not usable, or objects have no room on it.
        """
        self._model = model
        self.judge = Judge(world, rules, trials, self._placed)
        self._simulation = self.judge.simulation
        count = self._simulation.count
        self._stacks = [FrameStack(model.policy.stack_size) for _ in range(count)]
        self._commands = np.zeros((count, 2))
        self._steps = 0

    def drive(self, film: Film | None = None) -> list[Trial]:
        """Drive until every car has ended.

        Args:
            film: takes every frame of the first car.

        Raises:
            ModelError: the model puts out something that is no action.
        """
        everyone = running = np.arange(self._simulation.count)
        self.judge.begin(everyone)
        with tqdm(total=len(everyone), unit="trial", leave=False, disable=None) as bar:
            while len(running):
                if film and running[0] == 0:
                    self._shoot(film)
                self._step(running)
                running = self.judge.step(running)
                bar.update(len(everyone) - len(running) - bar.n)
        return self.judge.trials

    def _placed(self, cars: Cars) -> None:
        for car in cars:
            self._stacks[car].clear()

    def _shoot(self, film: Film) -> None:
        (frame,) = self._simulation.colour_frames(np.zeros(1, dtype=np.intp))
        speed, steering = self._simulation.state[0, [SPEED, STEERING]]
        film.take(frame, float(speed), float(steering))

    def _step(self, cars: Cars) -> None:
        """Let cars (K,) act on what they see, for one frame."""
        stamp = round(self._steps * STEP_TIME * 1e9)
        for car, frame in zip(cars, self._simulation.frames(cars), strict=True):
            seen = self._stacks[car].push(frame.astype(np.float32), stamp)
            self._commands[car] = self._act(seen)
        self._simulation.step(self._commands)
        self._steps += 1

    def _act(self, seen: NDArray[np.float32]) -> tuple[float, float]:
        model = self._model
        try:
            return model.metadata.action_space.decode(model.policy.infer(seen)).action
        except ActionError as error:
            raise ModelError(f"{model.name}: {error}") from None
