# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a reward function is told: the dictionary of parameters, one for each car of a batch.

Keys, types and definitions are those of the hosted service's code; its public guide differs in
places. Positions are those of the car's front point; speed and steering angle are what the action
asked for, not what the car does; a track that is driven against its direction has its waypoints,
distances and sides turned round; `objects_heading` is in radians, all other angles are in degrees.

Everything is computed for the whole batch with numpy; only the dictionaries are built one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track
from deepracer_core.vehicle import VehicleSpec
from deepracer_sim.simulation import Simulation
from deepracer_trainer.rewards.object_parameters import ObjectStates, with_objects, without_objects

Array = NDArray[np.float64]
Parameters = dict[str, Any]


@dataclass(frozen=True, eq=False)
class CarStates:
    """What is known of B cars on a track after a step.

    Attributes:
        poses: (B, 3) x, y [m] and yaw [rad] of base_link.
        commands: (B, 2) steering angle [rad] and speed [m/s] that were asked for.
        reverse: (B,) whether the car drives against the track's direction.
        wheels_on_road: (B, 4).
        crashed: (B,) whether the car touches an object.
        objects: what else is on the road; None where the cars are alone.
        progress: (B,) [%] of the lap.
        steps: (B,) since the start of the episode, from 1.
        time: (B,) [s] since the simulation began.
    """

    poses: Array
    commands: Array
    reverse: NDArray[np.bool_]
    wheels_on_road: NDArray[np.bool_]
    crashed: NDArray[np.bool_]
    objects: ObjectStates | None
    progress: Array
    steps: NDArray[np.int64]
    time: Array

    @classmethod
    def of(cls, simulation: Simulation, cars: slice, time: float) -> CarStates:
        """Return those of some cars of a simulation that was just stepped, at a time [s]."""
        objects = simulation.objects
        return cls(
            poses=simulation.state[cars, :3],
            commands=simulation.commands[cars],
            reverse=simulation.reverse[cars],
            wheels_on_road=simulation.wheels_on_road[cars],
            crashed=simulation.crashed[cars],
            objects=None if objects is None else ObjectStates.of(objects, cars),
            progress=simulation.progress[cars],
            steps=simulation.steps[cars],
            time=np.full(len(simulation.steps[cars]), time),
        )


class RewardParameters:
    """Builds the dictionaries for cars on one track."""

    def __init__(self, track: Track, vehicle: VehicleSpec) -> None:
        """Prepare both directions of the track."""
        self._track = track
        self._turned = Track(
            track.name, track.centre[::-1], track.inner[::-1], track.outer[::-1], track.closed
        )
        self._vehicle = vehicle
        # Points are tuples, which nobody can change, so that all lists can share them.
        forward = [tuple(point) for point in track.centre.tolist()]
        self._waypoints = (forward, forward[::-1])

    def build(self, states: CarStates) -> list[Parameters]:
        """Return a dictionary for each car; its lists are its own, a function may change them."""
        columns = self._columns(states)
        lists = [
            column.tolist() if isinstance(column, np.ndarray) else column
            for column in columns.values()
        ]
        return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]

    def _columns(self, states: CarStates) -> dict[str, list[Any] | NDArray[Any]]:
        track, reverse = self._track, states.reverse
        front = self._vehicle.front_points(states.poses)
        projection = track.centre_line.project(front)
        inner, outer = track.border_points(projection.point)
        inner_is_nearer = _distances(front, inner) < _distances(front, outer)
        turned = track.length - projection.distance
        if track.closed:  # The first point is the last one too; either way it counts as the first.
            turned %= track.length
        distance = np.where(reverse, turned, projection.distance)
        count, objects = len(front), states.objects
        return {
            "all_wheels_on_track": states.wheels_on_road.all(axis=1),
            "x": front[:, 0],
            "y": front[:, 1],
            "heading": (np.degrees(states.poses[:, 2]) + 180.0) % 360.0 - 180.0,
            "distance_from_center": projection.offset,
            "projection_distance": distance,
            "progress": states.progress,
            "steps": states.steps,
            "speed": states.commands[:, 1],
            # Rounded: 15 degrees must come back from radians as 15, which functions compare with.
            "steering_angle": np.round(np.degrees(states.commands[:, 0]), 9),
            "track_width": _distances(inner, outer),
            "track_length": [track.length] * count,
            "waypoints": [list(self._waypoints[turned]) for turned in reverse.tolist()],
            "closest_waypoints": np.where(
                reverse[:, None],
                self._turned.closest_waypoints(distance),
                track.closest_waypoints(distance),
            ),
            "is_left_of_center": inner_is_nearer ^ reverse ^ (not track.is_ccw),
            "is_reversed": reverse,
            "is_offtrack": ~states.wheels_on_road.any(axis=1),
            "is_crashed": states.crashed,
            "sim_time": states.time,
            **(
                without_objects(count)
                if objects is None
                else with_objects(objects, states.poses, distance, self._vehicle.camera)
            ),
        }


def _distances(points: Array, others: Array) -> Array:
    return np.hypot(points[:, 0] - others[:, 0], points[:, 1] - others[:, 1])
