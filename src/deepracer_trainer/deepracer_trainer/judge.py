# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Judging cars as races are judged: laps, resets and penalties, from starts over the track.

A car that leaves the road, crashes, stands still or drives back is put back on the centre line
where it was, at rest, as long as it has resets left; each costs a penalty. Where there is no room
for it beside an object, it starts farther back, and that stretch counts once only. The world stays
as it is meanwhile. The clock counts simulated time and penalties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from deepracer_sim import rewards
from deepracer_sim.scenes import load_scenes
from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_sim.starts import Start, spread_starts, ways_of
from deepracer_trainer.metrics import EvaluationTrial
from deepracer_trainer.race_rules import RaceRules, Trial, World
from deepracer_trainer.sim_trace import Episode
from deepracer_trainer.trace_recorder import TraceRecorder

_MISHAPS = (Status.OFF_TRACK, Status.CRASHED, Status.IMMOBILIZED, Status.REVERSED)
_NEVER = 10**9  # steps; the clock here ends trials, not that of the simulation

Cars = NDArray[np.intp]
Placed = Callable[[Cars], None]


class Judge:
    """Judges all trials, a car each; who drives them, and how, is no matter here.

    Attributes:
        simulation: the cars.
        rules: of the trials.
        laps: every lap, whole or not, in order of completion.
        episodes: the same in steps, resets included, with penalties in their times.
    """

    def __init__(self, world: World, rules: RaceRules, trials: int, placed: Placed) -> None:
        """Make a car for every start: `trials` in each direction on each track.

        Args:
            world: where it is driven.
            rules: of the trials.
            trials: how many.
            placed: is told which cars (K,) have been put elsewhere, first or anew.

        Raises:
            DeepRacerError: a track is not usable, or objects have no room on it.
        """
        self._world, self.rules, self._placed = world, rules, placed
        self._starts, self._ways = _all_starts(world, trials)
        count = len(self._starts)
        self.simulation = Simulation(
            world.track,
            count,
            max_steps=_NEVER,
            randomization=world.randomization,
            objects=world.objects,
        )
        limit = self.simulation.time_limit
        self._limit = np.full(count, rules.duration) if rules.duration else limit  # [s]
        self.episodes: list[Episode] = []
        self.laps: list[EvaluationTrial] = []
        self._recorder = TraceRecorder(self.simulation, progress=self._progress)
        self._clock, self._lap_began = np.zeros((2, count))  # [s]
        # Of the lap, what was driven before the last reset, and what the simulation's is of it.
        self._before, self._rest = np.zeros(count), np.ones(count)
        self._resets = np.zeros(count, dtype=np.int64)
        self._lap_times: list[list[float]] = [[] for _ in range(count)]
        # Of this lap: mishaps of each kind, and after how many of them the car was put back.
        self._incidents: list[Counter[str]] = [Counter() for _ in range(count)]
        self._lap_resets = np.zeros(count, dtype=np.int64)
        self._trials: dict[int, Trial] = {}  # that have ended

    @property
    def trials(self) -> list[Trial]:
        """What came of the trials that have ended, in the order of their cars."""
        return [self._trials[car] for car in sorted(self._trials)]

    def begin(self, cars: Cars) -> None:
        """Put cars (K,) at their starts."""
        # The same numbers for all of a trial: every lap that begins so is in the same world.
        generators = [np.random.default_rng([self._world.seed, car]) for car in cars]
        self.simulation.reset(cars, [self._starts[car] for car in cars], generators)
        self._recorder.started(cars)
        self._placed(cars)

    def step(self, cars: Cars) -> Cars:
        """Judge the step that the simulation has just made; return the cars that drive on.

        Args:
            cars: (K,) whose trials are under way; no other is judged, and no clock of theirs runs.
        """
        simulation = self.simulation
        self._clock[cars] += STEP_TIME
        # After a reset the simulation's lap is another one, so it is told when this one is over.
        simulation.status[self._progress() >= 100.0] = Status.LAP_COMPLETE
        late = self._is_late()
        simulation.status[late & (simulation.status == Status.IN_PROGRESS)] = Status.TIME_UP
        over = simulation.status != Status.IN_PROGRESS
        ended = over & ~self._is_put_back()
        self.episodes += self._recorder.step(rewards.progress(simulation), ended)
        still = []
        for car in cars:
            if not over[car] or self._goes_on(car):
                still.append(car)
            else:
                self._trials[car] = self._trial(car)
        return np.array(still, dtype=np.intp)

    def _progress(self) -> NDArray[np.float64]:
        """Return how far the cars are in their laps (B,) [%]."""
        return self._before + self._rest * self.simulation.progress

    def _is_late(self, penalty: float = 0.0) -> NDArray[np.bool_]:
        return self._clock + penalty > self._limit - STEP_TIME / 2.0

    def _has_reset(self) -> NDArray[np.bool_]:
        """Tell which cars (B,) had a mishap that a reset makes up for."""
        mishap = np.isin(self.simulation.status, _MISHAPS)
        has: NDArray[np.bool_] = mishap & (self._resets < self.rules.resets)
        return has

    def _is_put_back(self) -> NDArray[np.bool_]:
        """Tell which of them (B,) have time left after the penalty, too."""
        return self._has_reset() & ~self._is_late(self.rules.penalty)

    def _goes_on(self, car: int) -> bool:
        """Judge a car whose lap, or part of it, is over; return whether it drives on."""
        simulation, rules = self.simulation, self.rules
        status = Status(simulation.status[car])
        if status in _MISHAPS:
            self._incidents[car][status.label] += 1
        if self._has_reset()[car]:
            drives_on = self._is_put_back()[car]
            self._resets[car] += 1
            self._lap_resets[car] += 1
            self._clock[car] += rules.penalty
            self._recorder.delay(car, rules.penalty)
            if drives_on:
                self._put_back(car)
                return True
            status = Status.TIME_UP
            simulation.status[car] = status
        self._end_lap(car, status)
        if status != Status.LAP_COMPLETE or not rules.duration or self._is_late()[car]:
            return False
        self._begin_lap(car)
        return True

    def _begin_lap(self, car: int) -> None:
        """Let a car drive on into another lap; an open track has to be driven from its start."""
        self._before[car], self._rest[car] = 0.0, 1.0
        here = np.array([car])
        if self._is_closed(car):
            self.simulation.begin_laps(here)
            self._recorder.started(here)
        else:
            self.begin(here)

    def _end_lap(self, car: int, status: Status) -> None:
        began, ended = float(self._lap_began[car]), float(self._clock[car])
        whole = status == Status.LAP_COMPLETE
        if whole:
            self._lap_times[car].append(ended - began)
        completion = 100.0 if whole else max(0.0, float(self._progress()[car]))
        incidents, resets = self._incidents[car], int(self._lap_resets[car])
        self.laps.append(
            EvaluationTrial(completion, began, ended, status.label, incidents, resets)
        )
        self._lap_began[car] = ended
        self._incidents[car] = Counter()
        self._lap_resets[car] = 0

    def _put_back(self, car: int) -> None:
        here = np.array([car])
        reached = self._rest[car] * self.simulation.put_back(here)[0]
        # A car that has to go behind the start of its lap begins the lap there.
        self._before[car] = max(0.0, self._before[car] + reached)
        if not self._is_closed(car):  # What the simulation counts is the rest of the road.
            self._rest[car] = 1.0 - self._before[car] / 100.0
        self._placed(here)

    def _is_closed(self, car: int) -> bool:
        return self.simulation.tracks[self.simulation.track_index[car]].closed

    def _trial(self, car: int) -> Trial:
        simulation, lap_times = self.simulation, self._lap_times[car]
        status = Status(simulation.status[car])
        whole = status == Status.LAP_COMPLETE
        part = 0.0 if whole else max(0.0, float(self._progress()[car]))
        return Trial(
            start=self._starts[car].share,
            direction=self._ways[car],
            completion=100.0 * len(lap_times) + part,
            time_s=float(self._clock[car]),
            status=status.label,
            track=int(simulation.track_index[car]),
            lap_times=tuple(lap_times),
            resets=int(self._resets[car]),
            penalty_s=float(self._resets[car] * self.rules.penalty),
        )


def _all_starts(world: World, trials: int) -> tuple[list[Start], list[str]]:
    """Return the starts of all cars, and their directions; car i is on track i mod n."""
    ways = ways_of(world.direction)
    tracks = [scene.track for scene in load_scenes(world.track)]
    starts = [[spread_starts(track, trials, way) for track in tracks] for way in ways]
    cars = [row for of_way in starts for row in zip(*of_way, strict=True)]
    names = [way for way in ways for _ in range(trials * len(tracks))]
    return [start for row in cars for start in row], names
