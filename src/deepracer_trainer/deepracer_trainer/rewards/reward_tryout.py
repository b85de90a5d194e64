# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Calls a reward function in many states, and keeps its faults, rewards and times."""

from __future__ import annotations

import contextlib
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from deepracer_core.errors import ConfigError, DeepRacerError, RewardError
from deepracer_core.track import Track
from deepracer_core.vehicle import VehicleSpec
from deepracer_trainer.rewards.call_limit import CallLimit
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.rewards.reward_parameters import CarStates, Parameters, RewardParameters


@dataclass
class Fault:
    """One way in which a function fails, and the first state in which it did.

    Attributes:
        message: what, and in which line.
        trace: the traceback, of the user's own lines; empty where nothing was raised.
        parameters: what the function was given; empty if it could not be loaded.
        states: in how many states.
        objects: whether there were objects on the road, in all these states.
    """

    message: str
    trace: str = ""
    parameters: Parameters = field(default_factory=dict)
    states: int = 0
    objects: set[bool] = field(default_factory=set)


@contextlib.contextmanager
def trying_out(file: RewardFile, track: Track, vehicle: VehicleSpec) -> Iterator[Tryout]:
    """Load a function and watch over its calls: those that last too long are broken off.

    What it prints is not shown, for it would be a line for every state.
    """
    limit = CallLimit(file.path)
    with (
        limit.watching(),
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        tryout = Tryout(track, vehicle, limit)
        tryout.load(file)
        yield tryout


class Tryout:
    """One instance of a function, on one track.

    Attributes:
        seconds: that each call took.
    """

    def __init__(self, track: Track, vehicle: VehicleSpec, limit: CallLimit) -> None:
        """Take where it is tried, and what watches over it."""
        self._parameters = RewardParameters(track, vehicle)
        self._faults: dict[tuple[str, str], Fault] = {}
        self._call: Callable[[Parameters], float] | None = None
        self._limit = limit
        self.seconds: list[float] = []

    def load(self, file: RewardFile) -> None:
        """Load the function; a file that has none to offer is a fault like others."""
        try:
            self._call = self._limit.call(file.new)
        except (ConfigError, RewardError) as error:
            self._faults[_kind(error)] = Fault(str(error))

    @property
    def hangs(self) -> bool:
        """Whether a call was broken off because it took too long."""
        return self._limit.was_reached

    @property
    def faults(self) -> list[Fault]:
        """All that were met, the most frequent first."""
        return sorted(self._faults.values(), key=lambda fault: -fault.states)

    def rewards(self, states: CarStates) -> list[float]:
        """Return the rewards of states, NaN where there is none for a fault."""
        rewards = []
        for index, parameters in enumerate(self._parameters.build(states)):
            reward = math.nan
            if self._call is not None and not self.hangs:
                began = time.perf_counter()
                try:
                    reward = self._limit.call(self._call, parameters)
                except RewardError as error:
                    self._keep(error, states, index)
                self.seconds.append(time.perf_counter() - began)
            rewards.append(reward)
        return rewards

    def _keep(self, error: RewardError, states: CarStates, index: int) -> None:
        fault = self._faults.get(_kind(error))
        if fault is None:
            # Built anew: the function may have changed the dictionary that it was given.
            parameters = self._parameters.build(states)[index]
            fault = self._faults[_kind(error)] = Fault(str(error), error.trace, parameters)
        fault.states += 1
        fault.objects.add(states.objects is not None)


def _kind(error: DeepRacerError) -> tuple[str, str]:
    """Return the place and what is wrong there, whatever the numbers in it."""
    place, _, problem = str(error).partition(": ")
    return place, re.sub(r"\d[\d.]*(e[-+]?\d+)?", "#", problem)
