# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car: one description for the trainer, both simulators and the servo node.

Numbers are those of the hosted service's simulated car (its URDF and its logged runs) and of the
factory calibration of the real one. Axes follow REP-103: x forward, y left, z up, in metres from
`base_link`, which lies midway between the axles at the height of the ground.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CameraSpec:
    """A pinhole camera without distortion, looking forward and down.

    Attributes:
        forward: [m] ahead of base_link.
        height: [m] above the ground.
        pitch: [rad] downwards. The mount is made for 15 degrees, but the simulated car stands 1.4
            degrees nose-up, since its rear axle sits 4 mm higher in the chassis than the front
            one; frames of the hosted service fit 13.6 degrees and not 15.
        horizontal_fov: [rad].
        width: [px].
        height_px: [px].
    """

    forward: float = 0.14529
    height: float = 0.13033
    pitch: float = math.radians(13.6)
    horizontal_fov: float = 1.13
    width: int = 160
    height_px: int = 120

    @property
    def focal_length(self) -> float:
        """Focal length [px], the same in both directions."""
        return self.width / 2.0 / math.tan(self.horizontal_fov / 2.0)

    def intrinsics(self) -> NDArray[np.float64]:
        """Return the camera matrix K (3, 3); the principal point is the picture's centre."""
        f = self.focal_length
        centre_x, centre_y = (self.width - 1) / 2.0, (self.height_px - 1) / 2.0
        return np.array([[f, 0.0, centre_x], [0.0, f, centre_y], [0.0, 0.0, 1.0]])


@dataclass(frozen=True)
class VehicleSpec:
    """A DeepRacer-class car.

    The dynamics lie between those of the simulated cars that models were trained on over the
    years, which logged runs tell apart: metadata version 4 had slow steering and firm grip
    (wheelbase 0.214, understeer 0.016, steering lag 0.48), version 5 the reverse (0.194, 0.118,
    0.12). Predicting a second ahead, this car is about as close to either as they are to their
    own logs.

    Attributes:
        front_point: [m] ahead of base_link; positions on the track are those of this point.
        wheels: (x, y) [m] of the four wheel centres: front left, front right, rear left, right.
        rear_axle: x [m] of the point that moves along the car's heading.
        effective_wheelbase: [m] in `turn radius = wheelbase / tan(steering angle)` at a crawl.
        understeer: [s^2/m] by how much the effective wheelbase grows with the square of the
            speed: tyres slip, so the faster the car, the wider it turns.
        steering_lag: [s] time constant of the wheels' angle behind the commanded one.
        speed_lag: [s] time constant of the speed behind the commanded one.
        max_acceleration: [m/s^2] by which the speed can rise, whatever the lag asks for.
        max_braking: [m/s^2] by which it can fall.
        camera: the front camera.
    """

    front_point: float = 0.14
    wheels: tuple[tuple[float, float], ...] = (
        (0.082311, 0.079601),
        (0.082311, -0.079601),
        (-0.081663, 0.08105),
        (-0.081663, -0.08105),
    )
    rear_axle: float = -0.081663
    effective_wheelbase: float = 0.22
    understeer: float = 0.06
    steering_lag: float = 0.20
    speed_lag: float = 0.17
    max_acceleration: float = 3.0
    max_braking: float = 4.0
    camera: CameraSpec = field(default_factory=CameraSpec)

    def front_points(self, poses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the front points (B, 2) [m] at poses (B, 3): x, y [m], yaw [rad]."""
        yaw = poses[:, 2]
        heading = np.stack((np.cos(yaw), np.sin(yaw)), axis=1)
        points: NDArray[np.float64] = poses[:, :2] + self.front_point * heading
        return points

    def wheel_points(self, poses: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the wheel centres (B, 4, 2) [m] at poses (B, 3), front wheels unsteered."""
        wheel_x, wheel_y = np.array(self.wheels).T
        c, s = np.cos(poses[:, 2, None]), np.sin(poses[:, 2, None])
        x = poses[:, 0, None] + c * wheel_x - s * wheel_y
        y = poses[:, 1, None] + s * wheel_x + c * wheel_y
        return np.stack((x, y), axis=-1)

    def curvature(self, steering_angle: float, speed: float) -> float:
        """Return the curvature [1/m] of the path at a steering angle [rad] and speed [m/s]."""
        return math.tan(steering_angle) / self._turning_base(speed)

    def steering_for(self, curvature: float, speed: float) -> float:
        """Return the steering angle [rad] for a path's curvature [1/m]: the inverse."""
        return math.atan(curvature * self._turning_base(speed))

    def _turning_base(self, speed: float) -> float:
        # Not a power: of a huge speed that would be an error rather than infinity.
        return self.effective_wheelbase + self.understeer * speed * speed


DEEPRACER = VehicleSpec()
