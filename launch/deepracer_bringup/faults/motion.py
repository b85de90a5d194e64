# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How the car moves by the pulses that its ESC got: the simulator's dynamics over a record.

Simulated time may stand still in a fault, and the real car has no odometry: the record of the
chip, in the time of the machine, is what both have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from deepracer_core.calibration import Calibration
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim import dynamics

STANDING = 1e-3  # [m/s]
# What a car did before does not show in its speed any more: twelve of its lags.
MEMORY = 2.0  # [s]
_CAR = dynamics.parameters(DEEPRACER, 1)
_THROTTLE = Calibration().throttle


class Sample(NamedTuple):
    """From `at` [s, monotonic] on the throttle channel puts out this pulse [ns]; 0: none."""

    at: float
    throttle_ns: int

    @property
    def speed(self) -> float:
        """The speed [m/s] that the pulse asks for; without a pulse an ESC stops the motor."""
        return _THROTTLE.value(self.throttle_ns) if self.throttle_ns else 0.0


Record = Sequence[Sample]


def speed_at(record: Record, at: float) -> float:
    """Return the speed [m/s] of the car at a time [s, monotonic]; it stood `MEMORY` before."""
    return _Car().follow(record, at - MEMORY, at).speed


def distance_after(record: Record, at: float, until: float) -> float:
    """Return how far [m] the car moves from a time on until it stands.

    Args:
        record: the chip's, in order of time.
        at: [s, monotonic].
        until: the end of what is to be judged; the last pulse before it holds for ever. A car
            that does not stand even then is stopped at `until`.
    """
    car = _Car().follow(record, at - MEMORY, at)
    car.distance = 0.0
    car.follow(record, at, until)
    if _level(record, until).speed == 0.0:
        while abs(car.speed) > STANDING:
            car.advance(0.0, 0.05)
    return car.distance


class _Car:
    """A car on a straight road: the wheels' angle changes neither its speed nor its way."""

    def __init__(self) -> None:
        self.distance = 0.0
        self._state = np.zeros((1, 5))

    @property
    def speed(self) -> float:
        return float(self._state[0, dynamics.SPEED])

    def follow(self, record: Record, begin: float, end: float) -> _Car:
        """Obey the record from `begin` to `end` [s]."""
        level = _level(record, begin)
        for sample in record:
            if begin < sample.at < end:
                self.advance(level.speed, sample.at - begin)
                begin, level = sample.at, sample
        self.advance(level.speed, end - begin)
        return self

    def advance(self, command: float, duration: float) -> None:
        before = self._state[0, dynamics.X]
        dynamics.advance(self._state, np.array([[0.0, command]]), _CAR, duration)
        self.distance += abs(float(self._state[0, dynamics.X] - before))


def _level(record: Record, at: float) -> Sample:
    """Return the sample that holds at a time; no pulse before the first."""
    past = [sample for sample in record if sample.at <= at]
    return past[-1] if past else Sample(at, 0)
