# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Standard velocity commands as actions of a car that steers with its front wheels."""

from __future__ import annotations

import math

from deepracer_core.action_space import Action
from deepracer_core.vehicle import VehicleSpec


def twist_action(vehicle: VehicleSpec, linear_x: float, angular_z: float) -> Action:
    """Return the action by which the vehicle moves as the twist says.

    A car cannot turn on the spot: without speed the wheels stay straight. Numbers that are not
    finite give an action that is not, for the drive control to refuse.

    Args:
        vehicle: tells the steering angle for a curvature at a speed.
        linear_x: forward speed [m/s].
        angular_z: yaw rate [rad/s], + is left.
    """
    if not (math.isfinite(linear_x) and math.isfinite(angular_z)):
        return Action(math.nan, math.nan)
    if linear_x == 0.0:
        return Action(0.0, 0.0)
    return Action(vehicle.steering_for(angular_z / linear_x, linear_x), linear_x)
