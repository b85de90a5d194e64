# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The pulses of the open-loop comparison, and where each drive has room.

Steps and ramps stay within what the tyres hold; what a car does beyond that no log tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from deepracer_bringup.parity.paths import Array, Place, Sent, embedded_path, seen_from_start
from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.errors import ConfigError
from deepracer_core.pulses import Pulses
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.plant import PlantCar
from deepracer_sim.scenes import Scene

PERIOD = 0.02  # [s] between pulses, as the servo node's
STEP = 1.25  # [s] that each of these is held
STEPS = (
    Action(0.0, 1.0),
    Action(0.3, 2.0),
    Action(-0.45, 1.0),
    Action(-0.2, 2.5),
    Action(-0.2, 0.0),
    Action(0.5, 1.5),
    Action(0.2, 3.0),
    Action(0.35, 1.0),
)
SLOWEST, FASTEST = 0.5, 2.5  # [m/s] of the ramps
MOST_RIGHT, MOST_LEFT = -0.2, 0.5  # [rad] of the ramps
SPEED_RAMP, STEERING_RAMP = 2.0, 2.5  # [s] from end to end
LAP_SPEED = 2.0  # [m/s] at most
LOOK_AHEAD = 0.7  # [m] along the centre line
ROOM = 0.4  # [m] between base_link and a wall
_HEADINGS = 16  # to try


class Profile(NamedTuple):
    """A drive without feedback: where it begins, at rest, and its pulses, PERIOD apart."""

    name: str
    start: Place
    pulses: tuple[Pulses, ...]


def profiles(scene: Scene, car: PlantCar, duration: float) -> list[Profile]:
    """Return the drives.

    Args:
        scene: the track; drives keep away from its walls.
        car: on that track, whose start faces along it; is driven.
        duration: of each drive [s].

    Raises:
        ConfigError: the field is too small.
    """
    count = round(duration / PERIOD)
    steps = _with_room("steps", _pulses(_step, count), scene, car)
    ramps = _with_room("ramps", _pulses(_ramp, count), scene, car)
    return [steps, ramps, _lap(scene.track, car, count)]


def _pulses(action: Callable[[float], Action], count: int) -> tuple[Pulses, ...]:
    response = Calibration()
    return tuple(response.pulses(action(number * PERIOD)) for number in range(count))


def _step(time: float) -> Action:
    return STEPS[int(time / STEP) % len(STEPS)]


def _ramp(time: float) -> Action:
    speed = SLOWEST + (FASTEST - SLOWEST) * _triangle(time / SPEED_RAMP)
    steering = MOST_RIGHT + (MOST_LEFT - MOST_RIGHT) * _triangle(time / STEERING_RAMP)
    return Action(steering, speed)


def _triangle(phase: float) -> float:
    """Return a value that goes from 0 to 1 and back, once in each two."""
    return 1.0 - abs(math.fmod(phase, 2.0) - 1.0)


def _lap(track: Track, car: PlantCar, count: int) -> Profile:
    """Return pulses with which the embedded simulator's car follows the road."""
    speed = min(LAP_SPEED, track.length / (count * PERIOD))
    response = Calibration()
    car.reset()
    start = car.motion()[:3]
    pulses = []
    for _ in range(count):
        pulses.append(response.pulses(_pursue(track, car.motion()[:3], speed)))
        car.pulses(pulses[-1])
        car.advance(PERIOD)
    return Profile("a lap", start, tuple(pulses))


def _pursue(track: Track, place: Place, speed: float) -> Action:
    """Steer along the arc through a point farther down the road; stop where the road ends."""
    x, y, yaw = place
    distance = track.centre_line.project(np.array([[x, y]])).distance[0] + LOOK_AHEAD
    if distance > track.length:
        if not track.closed:
            return Action(0.0, 0.0)
        distance -= track.length
    (target,), _ = track.centre_line.at(np.array([distance]))
    ahead = seen_from_start(np.array([place, (*target, yaw)]))[1, :2]
    curvature = 2.0 * ahead[1] / float(ahead @ ahead)
    return Action(DEEPRACER.steering_for(float(curvature), speed), speed)


def _with_room(name: str, pulses: tuple[Pulses, ...], scene: Scene, car: PlantCar) -> Profile:
    """Return a drive that begins where these pulses lead into no wall."""
    sent = [Sent(number * PERIOD, each) for number, each in enumerate(pulses)]
    path = seen_from_start(embedded_path(car, sent, [each.time for each in sent]))
    low, high = np.split(np.array(scene.ground.rectangle), 2)
    for yaw in np.arange(_HEADINGS) / _HEADINGS * math.pi:
        turned = path[:, :2] @ _rotation(yaw).T
        least, most = turned.min(axis=0), turned.max(axis=0)
        if scene.ground.wall_height == 0.0 or (most - least <= high - low - 2.0 * ROOM).all():
            x, y = (low + high - least - most) / 2.0
            return Profile(name, (float(x), float(y), float(yaw)), pulses)
    raise ConfigError(
        f"track {scene.track.name}: between its walls is no room for the open-loop {name}, "
        "which --only can leave out"
    )


def _rotation(yaw: float) -> Array:
    return np.array([[math.cos(yaw), -math.sin(yaw)], [math.sin(yaw), math.cos(yaw)]])
