# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What becomes of commands on their way to wheels and motor: they come late, and not exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepracer_sim import counter_random
from deepracer_sim.randomization import MOST_LATENCY, Draws, Randomization

Array = NDArray[np.float64]


class Actuators:
    """The actuators of B cars.

    Attributes:
        latency: (B,) frames that commands come late.
        steering_bias: (B,) [rad].
        speed_share: (B,) share of the commanded speed that the battery gives.
    """

    def __init__(self, count: int, randomization: Randomization) -> None:
        """Be exact until `reset` draws."""
        self._randomization = randomization
        self.latency = np.zeros(count, dtype=np.int64)
        self.steering_bias = np.zeros(count)
        self.speed_share = np.ones(count)
        self._seeds = np.zeros(count, dtype=np.uint64)
        # The last commands, a slot a step in turn.
        self._under_way = np.zeros((MOST_LATENCY + 1, count, 2))
        self._all = np.arange(count)

    def reset(self, cars: NDArray[np.intp], draws: Draws) -> None:
        """Draw anew for some cars (K,), and forget their commands."""
        strengths = self._randomization
        latency = draws.evenly("latency")[0] * (strengths.latency + 1)
        self.latency[cars] = latency.astype(np.int64)
        self.steering_bias[cars] = draws.aside("steering_bias", strengths.steering_bias)
        self.speed_share[cars] = 1.0 - strengths.battery * draws.evenly("battery")[0]
        self._seeds[cars] = draws.seeds()[0]
        self.forget(cars)

    def forget(self, cars: NDArray[np.intp]) -> None:
        """Let none of the commands that some cars (K,) were given act any more."""
        self._under_way[:, cars] = 0.0

    def acting(self, commands: Array, steps: NDArray[np.int64]) -> Array:
        """Return what acts (B, 2) when `commands` are given in the cars' steps (B,)."""
        slots = len(self._under_way)
        self._under_way[steps % slots, self._all] = commands
        steering, speed = self._under_way[(steps - self.latency) % slots, self._all].T
        noise = counter_random.normal_pair(self._seeds, steps)
        steering = steering + self.steering_bias + self._randomization.steering_noise * noise[0]
        rolling = speed * self.speed_share + self._randomization.speed_noise * noise[1]
        # A motor that is to stand stands.
        return np.stack((steering, np.where(speed == 0.0, 0.0, rolling)), axis=1)
