# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""States all over a track, as a reward function may meet them: on which it is tried out.

They come as drives. In a drive a car is carried once along the track, always at the same angle to
it and as far from its centre line, so that a function which remembers its last call sees what it
would see in training. Some are slow: many functions look at every hundredth step, or at how far a
car has come in so many steps.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track
from deepracer_core.vehicle import VehicleSpec
from deepracer_sim.simulation import STEP_TIME
from deepracer_trainer.rewards.object_parameters import ObjectStates
from deepracer_trainer.rewards.reward_parameters import CarStates

Array = NDArray[np.float64]
# From well outside one border to well outside the other.
_ACROSS = (-1.6, -1.1, -0.9, -0.5, 0.0, 0.3, 0.6, 0.95, 1.2)
_HEADINGS = (0, 10, -10, 30, -30, 70, -70, 180)  # [deg]
_SPEEDS = (0.1, 1.0, 2.0, 4.0)  # [m/s], the range that actions may have
_SLOW = ((0.0, 0), (-0.6, 20), (0.95, -20), (1.2, 0))  # places across the road, headings [deg]
_SLOW_STEPS = (150, 350)  # of a lap, for which functions often allow 300
_ROLLED_BACK = 1.0  # [%] of the lap, before a slow drive goes ahead
_STEERING = (-30.0, -15.0, 0.0, 15.0, 30.0)  # [deg]
_OBJECTS = 6
_BOT_SPEED = 0.2  # [m/s]
_TOUCH = 0.35  # [m] between centres at which a car counts as crashed


class Drive(NamedTuple):
    """How a car is carried along the track.

    Attributes:
        across: place on the road: 0 its centre, 1 the inner border, -1 the outer one.
        heading: [rad] to the driving direction, + left.
        reverse: whether it goes against the track's direction.
        objects: whether boxes and bot cars are on the road.
        steps: that it takes, where it is a slow one; 0: as many as there are states.
        first: which command it begins with, to go through all of them from there.
    """

    across: float
    heading: float
    reverse: bool
    objects: bool
    steps: int = 0
    first: int = 0


def all_drives(objects: Sequence[bool]) -> list[Drive]:
    """Return drives in both directions, on and off the road, at many angles."""
    worlds = list(itertools.product((False, True), objects))
    usual = itertools.product(itertools.product(_ACROSS, _HEADINGS), worlds, (0,))
    slow = itertools.product(_SLOW, worlds, _SLOW_STEPS)
    return [
        Drive(across, math.radians(angle), *world, steps, first)
        for first, ((across, angle), world, steps) in enumerate((*usual, *slow))
    ]


class StateSpread:
    """Makes the states of drives along one track."""

    def __init__(self, track: Track, vehicle: VehicleSpec, spacing: float) -> None:
        """Take the distance [m] between two states."""
        self._track = track
        self._vehicle = vehicle
        self.distances = (np.arange(math.ceil(track.length / spacing)) + 0.5) * spacing
        self.distances = self.distances[self.distances < track.length]

    def points(self, distances: Array, across: float) -> Array:
        """Return the points (K, 2) [m] at these distances [m], as far across the road."""
        centre, _ = self._track.centre_line.at(distances)
        inner, outer = self._track.border_points(centre)
        return centre + abs(across) * ((inner if across > 0.0 else outer) - centre)

    def states(self, drive: Drive, command: tuple[float, float] | None = None) -> CarStates:
        """Return the K states of a drive, in driving order.

        Args:
            drive: which.
            command: steering angle [rad] and speed [m/s]; None goes through all of them.
        """
        distances = self._along(drive)
        count = len(distances)
        _, headings = self._track.centre_line.at(distances)
        yaw = headings + (np.pi if drive.reverse else 0.0) + drive.heading
        front = self.points(distances, drive.across)
        heading = np.stack((np.cos(yaw), np.sin(yaw)), axis=1)
        poses = np.column_stack((front - self._vehicle.front_point * heading, yaw))
        objects = self._objects(count, drive.reverse) if drive.objects else None
        steps = np.arange(1, count + 1)
        return CarStates(
            poses=poses,
            commands=np.resize(_commands(drive.first) if command is None else command, (count, 2)),
            reverse=np.full(count, drive.reverse),
            wheels_on_road=self._track.on_road(self._vehicle.wheel_points(poses)),
            crashed=_touches(poses, objects),
            objects=objects,
            progress=_slow_progress(count) if drive.steps else 100.0 * steps / count,
            steps=steps,
            time=steps * STEP_TIME,
        )

    def count(self, drive: Drive) -> int:
        """Return how many states a drive has."""
        return drive.steps or len(self.distances)

    def _along(self, drive: Drive) -> Array:
        """Return the distances (K,) [m] of a drive's states."""
        count = self.count(drive)
        slow = (np.arange(count) + 0.5) * self._track.length / count
        distances = slow if drive.steps else self.distances
        return distances[::-1] if drive.reverse else distances

    def _objects(self, count: int, reverse: bool) -> ObjectStates:
        """Spread boxes and bot cars along the track, in alternate lanes; they stay in place."""
        track = self._track
        distances = (np.arange(_OBJECTS) + 0.5) * track.length / _OBJECTS
        inner, is_bot = np.arange(_OBJECTS) % 2 == 0, np.arange(_OBJECTS) % 3 == 2
        points = np.where(
            inner[:, None], self.points(distances, 0.5), self.points(distances, -0.5)
        )
        headings = track.centre_line.at(distances)[1] + np.pi * reverse
        columns = (
            track.length - distances if reverse else distances,
            points,
            headings,
            np.where(is_bot, _BOT_SPEED, 0.0),
            inner ^ (not track.is_ccw) ^ reverse,
            track.centre_line.project(points).offset,
        )
        return ObjectStates(*(np.repeat(column[None], count, axis=0) for column in columns))


def _commands(first: int) -> Array:
    pairs = [(math.radians(angle), speed) for speed in _SPEEDS for angle in _STEERING]
    return np.roll(pairs, -first, axis=0)


def _slow_progress(count: int) -> Array:
    """Return progress (K,) [%] of a car that stands, rolls back over the start, goes ahead."""
    progress = np.linspace(-_ROLLED_BACK, 100.0, count)
    progress[0] = 0.0
    return progress


def _touches(poses: Array, objects: ObjectStates | None) -> NDArray[np.bool_]:
    if objects is None:
        return np.zeros(len(poses), dtype=bool)
    gaps = objects.points - poses[:, None, :2]
    touched: NDArray[np.bool_] = (np.hypot(gaps[..., 0], gaps[..., 1]) < _TOUCH).any(axis=1)
    return touched
