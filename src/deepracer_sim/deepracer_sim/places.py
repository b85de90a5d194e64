# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where cars can be put on their tracks: on the road, and clear of objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_sim import dynamics
from deepracer_sim.courses import Courses
from deepracer_sim.objects import Objects
from deepracer_sim.starts import Start

Array = NDArray[np.float64]


class Places:
    """Places on the centre lines of B cars, as distances [m] in each track's own direction."""

    def __init__(self, courses: Courses, vehicle: VehicleSpec, objects: Objects | None) -> None:
        """Take the tracks of the cars, and what else is on them."""
        self._courses, self._objects = courses, objects
        self._front, self._length = vehicle.front_point, vehicle.front_point - vehicle.rear_axle

    def inside(self, cars: NDArray[np.intp], distance: Array) -> Array:
        """Return distances (K,) on the road; on an open one the whole car is."""
        length = self._courses.length[cars]
        clipped = np.clip(distance, self._length, length - self._length)
        return np.where(self._courses.closed[cars], distance % length, clipped)

    def clear(self, cars: NDArray[np.intp], distance: Array, reverse: NDArray[np.bool_]) -> Array:
        """Return distances (K,) moved back, against the driving direction, clear of objects."""
        if not self._objects:
            return distance
        along = driven(distance, reverse, self._courses.length[cars])
        back = self._objects.room_needed(cars, along)
        return self.inside(cars, distance + np.where(reverse, back, -back))

    def states(
        self,
        cars: NDArray[np.intp],
        distance: Array,
        reverse: NDArray[np.bool_],
        aside: Array | float = 0.0,
        angle: Array | float = 0.0,
    ) -> Array:
        """Return the states (K, 5) of cars at rest, as in `Simulation.state`.

        Args:
            cars: which (K,).
            distance: (K,) of their fronts, which positions on the track refer to.
            reverse: (K,) whether they face against the track's direction.
            aside: (K,) [m] how far their fronts are left of the line.
            angle: (K,) [rad] how far they are turned to the left.
        """
        points, yaw = self._courses.centre_line_at(cars, distance)
        yaw = yaw + np.pi * reverse
        left = np.stack((-np.sin(yaw), np.cos(yaw)), axis=1)
        points, yaw = points + np.reshape(aside, (-1, 1)) * left, yaw + angle
        heading = np.stack((np.cos(yaw), np.sin(yaw)), axis=1)
        states = np.zeros((len(cars), 5))
        states[:, :2] = points - self._front * heading
        states[:, dynamics.YAW] = yaw
        return states


def start_pose(
    track: Track, start: Start, vehicle: VehicleSpec = DEEPRACER
) -> tuple[float, float, float]:
    """Return x, y [m] and yaw [rad] of base_link at a start: where `Simulation` puts a car."""
    places, car = Places(Courses([track], 1), vehicle, None), np.zeros(1, dtype=np.intp)
    distance = places.inside(car, np.array([start.share * track.length]))
    ((x, y, yaw, *_),) = places.states(car, distance, np.array([start.reverse]))
    return float(x), float(y), float(yaw)


def driven(place: Array, reverse: NDArray[np.bool_], lap: Array | float = 1.0) -> Array:
    """Return places along the centre line, in laps of that length, in driving direction."""
    return np.where(reverse, lap - place, place)
