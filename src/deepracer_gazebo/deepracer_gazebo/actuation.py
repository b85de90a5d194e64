# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From pulses to the joints of Gazebo's car.

Servo and ESC answer as in the embedded simulator, lags and limits included; what comes out there
as a movement of the car, comes out here as angles and speeds of its joints: those with which four
wheels that do not slip would move it so. The measured car turns less than its steering angle and
its wheelbase of 0.164 m suggest, and that is in these angles; the tyres of Gazebo's car need not
know it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from deepracer_core.pulses import Pulses
from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_gazebo.car import HINGES, WHEEL_RADIUS, WHEELS
from deepracer_sim import dynamics
from deepracer_sim.pulsed_car import PulsedCar


def joint_commands(
    steering: float, speed: float, vehicle: VehicleSpec = DEEPRACER
) -> dict[str, float]:
    """Return what the joints do at a moment: hinges [rad] and wheels [rad/s], by name.

    All of the car turns about one point, on the line through the rear axle, at the distance that
    the measured path has; each wheel rolls straight across its line to that point.

    Args:
        steering: angle of the steering [rad].
        speed: of the point on the rear axle [m/s].
        vehicle: whose wheels they are.
    """
    curvature = vehicle.curvature(steering, speed)
    commands = {}
    for (x, y), hinge, wheel in zip(vehicle.wheels, (*HINGES, None, None), WHEELS, strict=True):
        forward = 1.0 - curvature * y
        sideways = curvature * (x - vehicle.rear_axle)
        commands[wheel] = speed * math.hypot(forward, sideways) / WHEEL_RADIUS
        if hinge is not None:
            commands[hinge] = math.atan2(sideways, forward)
    return commands


class Actuation:
    """The steering and the motor of the car in Gazebo; simulated time comes from outside."""

    def __init__(
        self, vehicle: VehicleSpec = DEEPRACER, timeout: float = 0.5, lead: float = 0.0
    ) -> None:
        """Stand, wheels straight, until the first pulse; compile what is not compiled yet.

        Args:
            vehicle: the car.
            timeout: without a pulse for so long [s, simulated], the motor is off.
            lead: commands are those of so much later [s, simulated]: of the middle of the time
                for which they hold, lest the car trail behind by half of it.
        """
        self._vehicle, self._lead = vehicle, lead
        self._state, self._commands = np.zeros((1, 5)), np.zeros((1, 2))
        self._parameters = dynamics.parameters(vehicle, 1)
        self._car = PulsedCar(self._state, self._commands, self._parameters, timeout)
        self._car.advance(0.0)
        self._time: float | None = None
        self._held = False

    @property
    def silence(self) -> float:
        """Time since the last pulse [s, simulated]."""
        return self._car.silence

    @property
    def is_held(self) -> bool:
        """Whether the car stands whatever the pulses say."""
        return self._held

    def pulses(self, pulses: Pulses) -> None:
        """Obey pulses until others come, or none for the time-out."""
        if not self._held:
            self._car.pulses(pulses)

    def commands_at(self, time: float) -> Mapping[str, float]:
        """Move on to a time [s, simulated] and return what the joints do then.

        Where time has gone back, the world was reset: then the car stands until the next pulse.
        """
        passed = 0.0 if self._time is None else time - self._time
        self._time = time
        if passed < 0.0:
            self.stand()
        elif passed > 0.0:
            self._car.advance(passed)
        soon = self._state.copy()
        dynamics.advance(soon, self._commands, self._parameters, self._lead)
        _, _, _, speed, steering = map(float, soon[0])
        return joint_commands(steering, speed, self._vehicle)

    def stand(self) -> None:
        """Stop at once, wheels straight, and forget what pulses have said."""
        self._state[:] = 0.0
        self._commands[:] = 0.0

    def hold(self) -> None:
        """Stand, and let no pulse change that until `release`."""
        self._held = True
        self.stand()

    def release(self) -> None:
        """Obey the pulses that come from now on."""
        self._held = False
