# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Randomisation at work: what every car of a batch is given at the start of an episode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import VehicleSpec
from deepracer_sim import dynamics
from deepracer_sim.actuators import Actuators
from deepracer_sim.random_looks import RandomLooks
from deepracer_sim.randomization import Draws, Randomization
from deepracer_sim.scenes import Scene

Array = NDArray[np.float64]


class Varied(NamedTuple):
    """What K cars are to be at their start.

    Attributes:
        car: (K, 7) dynamic parameters, see `dynamics.parameters`.
        aside: (K,) [m] to the left of the centre line.
        angle: (K,) [rad] to it, to the left.
    """

    car: Array
    aside: Array
    angle: Array


class Variation:
    """Draws episodes for B cars.

    Attributes:
        actuators: those of the cars.
        looks: what the world looks like to each.
    """

    def __init__(
        self,
        strengths: Randomization,
        scenes: Sequence[Scene],
        vehicle: VehicleSpec,
        scene_index: NDArray[np.intp],
    ) -> None:
        """Prepare for cars on the scenes that `scene_index` (B,) numbers."""
        self._strengths = strengths
        self._vehicle = vehicle
        self.actuators = Actuators(len(scene_index), strengths)
        self.looks = RandomLooks(scenes, vehicle.camera, scene_index, strengths)

    def reset(self, cars: NDArray[np.intp], generators: Sequence[np.random.Generator]) -> Varied:
        """Draw new episodes for some cars (K,), from a generator each."""
        draws, strengths = Draws(generators), self._strengths
        self.actuators.reset(cars, draws)
        self.looks.reset(cars, draws)
        return Varied(
            car=self._parameters(draws),
            aside=draws.aside("start_offset", strengths.start_offset),
            angle=draws.aside("start_heading", strengths.start_heading),
        )

    def _parameters(self, draws: Draws) -> Array:
        strengths = self._strengths
        friction = draws.factor("friction", strengths.friction)
        car = dynamics.parameters(self._vehicle, len(friction))
        car[:, dynamics.ACCELERATION] *= friction
        car[:, dynamics.BRAKING] *= friction
        car[:, dynamics.WHEELBASE] *= draws.factor("wheelbase", strengths.wheelbase)
        car[:, dynamics.UNDERSTEER] *= draws.factor("understeer", strengths.understeer)
        car[:, dynamics.STEERING_LAG] *= draws.factor("steering_lag", strengths.steering_lag)
        car[:, dynamics.SPEED_LAG] *= draws.factor("speed_lag", strengths.speed_lag)
        return car
