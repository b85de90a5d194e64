# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How the car moves: a bicycle model behind first-order lags of steering and speed.

The point on the rear axle moves along the car's heading; the heading turns with
`speed * tan(steering angle) / (wheelbase + understeer * speed^2)`. Lags are integrated exactly,
the pose by the midpoint rule in steps of at most 1/120 s: results hardly depend on the frame rate.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import VehicleSpec

LONGEST_STEP = 1.0 / 120.0  # [s]

# Columns of the state array (B, 5).
X, Y, YAW, SPEED, STEERING = range(5)
# Columns of the parameter array (B, 7), fields of VehicleSpec.
PARAMETERS = (
    "effective_wheelbase",
    "understeer",
    "rear_axle",
    "steering_lag",
    "speed_lag",
    "max_acceleration",
    "max_braking",
)
WHEELBASE, UNDERSTEER, REAR_AXLE, STEERING_LAG, SPEED_LAG, ACCELERATION, BRAKING = range(7)


def parameters(vehicle: VehicleSpec, count: int) -> NDArray[np.float64]:
    """Return the dynamic parameters (B, 7) of `count` equal cars; rows may be varied."""
    return np.tile([getattr(vehicle, name) for name in PARAMETERS], (count, 1))


def advance(
    state: NDArray[np.float64],
    commands: NDArray[np.float64],
    car: NDArray[np.float64],
    duration: float,
) -> None:
    """Move cars on, in place.

    Args:
        state: (B, 5) x, y [m] and yaw [rad] of base_link, speed [m/s], steering angle [rad].
        commands: (B, 2) steering angle [rad] and speed [m/s] that hold all the while.
        car: (B, 7) from `parameters`.
        duration: [s].
    """
    steps = max(1, math.ceil(duration / LONGEST_STEP - 1e-9))
    _advance(state, commands, car, duration / steps, steps)


@numba.njit(cache=True, inline="always")
def _share(step, lag):  # type: ignore[no-untyped-def]
    """Return the share of the gap to a command that a first-order lag closes in one step."""
    return 1.0 - math.exp(-step / lag) if lag > 0.0 else 1.0


@numba.njit(cache=True)
def _advance(state, commands, car, step, steps):  # type: ignore[no-untyped-def]
    for i in range(len(state)):
        yaw, speed, steering = state[i, YAW], state[i, SPEED], state[i, STEERING]
        x = state[i, X] + car[i, REAR_AXLE] * math.cos(yaw)
        y = state[i, Y] + car[i, REAR_AXLE] * math.sin(yaw)
        steering_share = _share(step, car[i, STEERING_LAG])
        speed_share = _share(step, car[i, SPEED_LAG])
        for _ in range(steps):
            steering_step = steering_share * (commands[i, 0] - steering)
            speed_step = speed_share * (commands[i, 1] - speed)
            # In reverse, going faster is a falling speed; limits are those of the wheels' effort.
            up, down = car[i, ACCELERATION] * step, car[i, BRAKING] * step
            if speed < 0.0:
                up, down = down, up
            speed_step = min(max(speed_step, -down), up)
            middle = speed + speed_step / 2.0
            travel = middle * step
            length = car[i, WHEELBASE] + car[i, UNDERSTEER] * middle * middle
            turn = travel * math.tan(steering + steering_step / 2.0) / length
            x += travel * math.cos(yaw + turn / 2.0)
            y += travel * math.sin(yaw + turn / 2.0)
            yaw += turn
            steering += steering_step
            speed += speed_step
        state[i, X] = x - car[i, REAR_AXLE] * math.cos(yaw)
        state[i, Y] = y - car[i, REAR_AXLE] * math.sin(yaw)
        state[i, YAW] = yaw - 2.0 * math.pi * math.floor((yaw + math.pi) / (2.0 * math.pi))
        state[i, SPEED], state[i, STEERING] = speed, steering
