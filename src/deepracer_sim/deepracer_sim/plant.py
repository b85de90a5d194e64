# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated car as the servo node knows it: pulses go in, pictures and poses come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.pulses import Pulses
from deepracer_core.settings import check_settings, setting
from deepracer_sim.pulsed_car import PulsedCar
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import DIRECTIONS, start_at

_THE_CAR = np.zeros(1, dtype=np.intp)


@dataclass(frozen=True)
class PlantSettings:
    """Settings of the simulator node, one ROS parameter each."""

    track: str = setting("reinvent_base", "name of a track, or path of a .npy or .yaml file")
    start: float = setting(0.0, "where on the lap the car starts [share]", range=(0.0, 1.0))
    direction: str = setting("ccw", "which way round the car drives", choices=DIRECTIONS)
    fps: float = setting(
        15.0, "frames per simulated second [Hz]; models are trained at 15", range=(1.0, 240.0)
    )
    real_time_factor: float = setting(
        1.0, "simulated seconds per second [-], if the machine keeps up", range=(0.05, 20.0)
    )
    pwm_timeout: float = setting(
        0.5, "without a pulse for so long, the car stops [s, simulated]", range=(0.05, 10.0)
    )
    frame_id: str = setting("camera_optical", "frame_id of images: the camera's optical frame")

    def __post_init__(self) -> None:
        """Refuse values that cannot be simulated."""
        check_settings(self)


class Motion(NamedTuple):
    """Pose of base_link on the track, and velocity in base_link's own axes (REP-103, REP-105).

    [m, m, rad, m/s forward, m/s to the left, rad/s]
    """

    x: float
    y: float
    yaw: float
    forward: float
    sideways: float
    yaw_rate: float


class PlantCar:
    """One car on one track."""

    def __init__(self, settings: PlantSettings) -> None:
        """Put the car at rest at the start, and compile what is not compiled yet.

        Raises:
            TrackError: the track is unknown or malformed.
        """
        self._simulation = simulation = Simulation(settings.track, 1)
        self._car = PulsedCar(
            simulation.state, simulation.commands, simulation.car, settings.pwm_timeout
        )
        self._start = start_at(simulation.track, settings.start, settings.direction)
        self.advance(0.0)
        self.frame()
        self.reset()

    @property
    def silence(self) -> float:
        """Time since the last pulse [s, simulated]."""
        return self._car.silence

    def reset(self) -> None:
        """Put the car at rest at the start; pulses that it hears afterwards drive it again."""
        self._simulation.reset(_THE_CAR, [self._start])

    def recover(self) -> None:
        """Put the car at rest on the centre line where it is now, facing along the track."""
        self._simulation.put_back(_THE_CAR)

    def pulses(self, pulses: Pulses) -> None:
        """Obey pulses until others come, or none for the time-out."""
        self._car.pulses(pulses)

    def advance(self, duration: float) -> None:
        """Let `duration` [s] pass."""
        self._car.advance(duration)

    def frame(self) -> NDArray[np.uint8]:
        """Return what the camera sees now: BGR (120, 160, 3)."""
        return self._simulation.renderer.bgr(self._simulation.state[:, :3])[0]

    def motion(self) -> Motion:
        """Return where the car is and how it moves."""
        x, y, yaw, speed, steering = (float(value) for value in self._simulation.state[0])
        vehicle = self._simulation.vehicle
        yaw_rate = speed * vehicle.curvature(steering, speed)
        # base_link is ahead of the axle that moves along the heading, so it swings out in turns.
        return Motion(x, y, yaw, speed, -vehicle.rear_axle * yaw_rate, yaw_rate)
