# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a reward function is told of the objects on the road: boxes and bot cars.

Lists are in the order in which the objects were placed; `closest_objects` are indices in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec
from deepracer_sim.objects import Objects

Array = NDArray[np.float64]
_NEAR = 0.2  # [m] ahead of the camera, where its view begins for `object_in_camera`


@dataclass(frozen=True, eq=False)
class ObjectStates:
    """N objects on the road of each of B cars; sides and distances are in driving direction.

    Attributes:
        distance: (B, N) [m] along the centre line.
        points: (B, N, 2) [m] centres.
        heading: (B, N) [rad].
        speed: (B, N) [m/s], 0 for boxes.
        left_of_centre: (B, N).
        offset: (B, N) [m] from the centre line, not negative.
    """

    distance: Array
    points: Array
    heading: Array
    speed: Array
    left_of_centre: NDArray[np.bool_]
    offset: Array

    @classmethod
    def of(cls, objects: Objects, cars: slice) -> ObjectStates:
        """Return those of some of a simulation's cars."""
        return cls(*(getattr(objects, entry.name)[cars] for entry in fields(cls)))


def without_objects(count: int) -> dict[str, list[Any] | NDArray[Any]]:
    """Return the parameters of `count` cars that are alone on their tracks."""
    lists = (
        "objects_location",
        "objects_left_of_center",
        "objects_speed",
        "objects_heading",
        "objects_distance",
        "objects_distance_from_center",
    )
    return {
        "closest_objects": [[0, 0] for _ in range(count)],
        **{name: [[] for _ in range(count)] for name in lists},
        "object_in_camera": [False] * count,
    }


def with_objects(
    objects: ObjectStates, poses: Array, distance: Array, camera: CameraSpec
) -> dict[str, list[Any] | NDArray[Any]]:
    """Return the parameters of B cars, a row each.

    Args:
        objects: what stands and drives on the road.
        poses: (B, 3) x, y [m] and yaw [rad] of the cars' base_link.
        distance: (B,) [m] of the cars along the centre line, in driving direction.
        camera: of the cars.
    """
    closest = _closest(objects.distance, distance)
    ahead = np.take_along_axis(objects.points, closest[:, 1:, None], axis=1)[:, 0]
    return {
        "closest_objects": closest,
        "objects_location": [[*map(tuple, row)] for row in objects.points.tolist()],
        "objects_left_of_center": objects.left_of_centre,
        "objects_speed": objects.speed,
        "objects_heading": np.where(objects.speed > 0.0, objects.heading, 0.0),
        "objects_distance": objects.distance,
        "objects_distance_from_center": objects.offset,
        "object_in_camera": _in_view(camera, poses, ahead),
    }


def _closest(distances: Array, distance: Array) -> NDArray[np.intp]:
    """Return the indices (B, 2) of the objects behind and ahead, round the lap if need be."""
    order = np.argsort(distances, axis=1, kind="stable")
    passed = (distances <= distance[:, None]).sum(axis=1)
    places = np.stack((passed - 1, passed), axis=1) % distances.shape[1]
    return np.take_along_axis(order, places, axis=1)


def _in_view(camera: CameraSpec, poses: Array, points: Array) -> NDArray[np.bool_]:
    """Tell which points (B, 2) on the ground lie in the view of the camera of each car."""
    x, y = (points - poses[:, :2]).T
    c, s = np.cos(poses[:, 2]), np.sin(poses[:, 2])
    forward, left = c * x + s * y - camera.forward, c * y - s * x
    sine, cosine = math.sin(camera.pitch), math.cos(camera.pitch)
    depth = forward * cosine + camera.height * sine
    up = forward * sine - camera.height * cosine
    half_width = depth * math.tan(camera.horizontal_fov / 2.0)
    half_height = half_width * camera.height_px / camera.width
    return (depth > _NEAR) & (np.abs(left) < half_width) & (np.abs(up) < half_height)
