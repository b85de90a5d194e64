# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where pulses take a car, and how far two of them come apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.pose import Pose
from deepracer_core.pulses import Pulses
from deepracer_core.track import Track
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.starts import direction_of

Place = tuple[float, float, float]  # x, y [m] and yaw [rad] of base_link
Array = NDArray[np.float64]


class Sent(NamedTuple):
    """Pulses, and when they went out [s, simulated]."""

    time: float
    pulses: Pulses


class Drive(NamedTuple):
    """What came of a profile: what was sent, and where the car was, from rest on.

    The first pose is not later than the first pulse, the last one not later than the last.
    """

    sent: tuple[Sent, ...]
    poses: tuple[Pose, ...]


class Errors(NamedTuple):
    """How far two cars are apart that began alike; arrays (N,).

    Attributes:
        time: [s] since the first pulse.
        position: [m].
        heading: [rad], not negative.
    """

    time: Array
    position: Array
    heading: Array

    def at(self, time: float) -> tuple[float, float]:
        """Return position [m] and heading [rad] at a time [s]; beyond the end, the last."""
        return (
            float(np.interp(time, self.time, self.position)),
            float(np.interp(time, self.time, self.heading)),
        )


def car_along(track: Track, name: str) -> PlantCar:
    """Return the embedded simulator's car where a track of that name begins, facing along it."""
    return PlantCar(PlantSettings(track=name, direction=direction_of(track, reverse=False)))


def embedded_path(car: PlantCar, sent: Sequence[Sent], times: Sequence[float]) -> Array:
    """Return where the embedded simulator's car is under the same pulses.

    Args:
        car: is put to its start first.
        sent: in the order of time; before the first of them it stands.
        times: rising [s]; (N,).

    Returns:
        x, y [m] and yaw [rad] at those times, (N, 3).
    """
    car.reset()
    places, now, number = [], times[0], 0
    for time in times:
        while number < len(sent) and sent[number].time <= time:
            event = sent[number]
            car.advance(max(0.0, event.time - now))
            car.pulses(event.pulses)
            now, number = max(now, event.time), number + 1
        car.advance(time - now)
        now = time
        places.append(car.motion()[:3])
    return np.array(places)


def path_errors(one: Array, other: Array, times: Array) -> Errors:
    """Compare two paths, each seen from its own first place.

    Args:
        one: x, y [m] and yaw [rad], (N, 3).
        other: at the same times, (N, 3).
        times: [s], (N,).
    """
    x, y, yaw = (seen_from_start(one) - seen_from_start(other)).T
    turned = np.abs(np.mod(yaw + np.pi, 2.0 * np.pi) - np.pi)
    return Errors(times, np.hypot(x, y), turned)


def seen_from_start(path: Array) -> Array:
    """Return a path (N, 3) in the axes of its first place."""
    x, y, yaw = (path - path[0]).T
    c, s = np.cos(path[0, 2]), np.sin(path[0, 2])
    return np.stack((c * x + s * y, c * y - s * x, yaw), axis=1)
