# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A batch of cars, each alone on its copy of one track: stepping, rules and what they see.

One step is one camera frame. The order in a step is that of the hosted service: the action is
applied, the world moves on, the rules are checked, the next frame is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_core.track import lap_progress
from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_sim import dynamics
from deepracer_sim.painter import paint
from deepracer_sim.renderer import Renderer
from deepracer_sim.starts import Start
from deepracer_sim.track_files import load_track

Array = NDArray[np.float64]
STEP_TIME = 1.0 / 15.0  # [s], the frame rate that DeepRacer models are trained at


class Status(IntEnum):
    """Why an episode goes on or has ended, by the names that logs use in lower case."""

    IN_PROGRESS = 0
    LAP_COMPLETE = 1
    OFF_TRACK = 2
    IMMOBILIZED = 3
    REVERSED = 4
    TIME_UP = 5

    @property
    def label(self) -> str:
        """The name as logs and results write it."""
        return self.name.lower()


class Simulation:
    """Cars on a track, stepped together. All arrays have one row a car (B).

    Attributes:
        track: the geometry.
        state: (B, 5) x, y [m], yaw [rad], speed [m/s], steering angle [rad].
        commands: (B, 2) steering angle [rad] and speed [m/s] of the last step.
        car: (B, 7) dynamic parameters, see `dynamics.parameters`; rows may be varied.
        reverse: (B,) whether the car drives against the track's direction.
        progress: (B,) [%] of the lap since the start.
        progress_made: (B,) [%] of it in the last step.
        steps: (B,) steps since the start.
        status: (B,) values of `Status`.
        offset: (B,) [m] distance of the front point from the centre line.
        wheels_on_road: (B, 4).
    """

    # An episode ends after this many steps of standing still or of going backwards.
    PATIENCE = 15
    STANDSTILL = 0.0003  # [m] a step

    def __init__(
        self,
        track: str | Path,
        count: int,
        vehicle: VehicleSpec = DEEPRACER,
        max_steps: int = 1500,
        threads: int | None = None,
    ) -> None:
        """Put `count` cars on a track.

        Args:
            track: name, or path of a route or track file.
            count: how many cars.
            vehicle: the car.
            max_steps: longest episode.
            threads: among how many to split rendering; by default one a core.

        Raises:
            TrackError: the track is unknown or malformed.
        """
        description = load_track(track)
        self.track = description.track
        self.vehicle = vehicle
        self.max_steps = max_steps
        ground = paint(self.track, description.appearance)
        self.renderer = Renderer(ground, vehicle.camera, threads)
        self.count = count
        self.state = np.zeros((count, 5))
        self.commands = np.zeros((count, 2))
        self.car = dynamics.parameters(vehicle, count)
        self.reverse = np.zeros(count, dtype=bool)
        self.progress = np.zeros(count)
        self.progress_made = np.zeros(count)
        self.steps = np.zeros(count, dtype=np.int64)
        self.status = np.zeros(count, dtype=np.int64)
        self.offset = np.zeros(count)
        self.wheels_on_road = np.ones((count, 4), dtype=bool)
        self._start = np.zeros(count)
        self._still = np.zeros(count, dtype=np.int64)
        self._backwards = np.zeros(count, dtype=np.int64)

    def reset(self, cars: NDArray[np.intp], starts: Sequence[Start]) -> None:
        """Put some cars (K,) at rest on the centre line, facing along it, a start for each."""
        shares, reverse = np.array(starts).T
        self.reverse[cars] = reverse > 0.0
        distance = shares * self.track.length
        if not self.track.closed:  # The whole car must be on the road.
            car = self.vehicle.front_point - self.vehicle.rear_axle
            distance = np.clip(distance, car, self.track.length - car)
        points, headings = self.track.centre_line.at(distance)
        yaw = headings + np.pi * reverse
        heading = np.stack((np.cos(yaw), np.sin(yaw)), axis=1)
        self.state[cars] = 0.0
        # The front point is what positions on the track refer to; it starts on the line.
        self.state[cars, :2] = points - self.vehicle.front_point * heading
        self.state[cars, dynamics.YAW] = yaw
        self.commands[cars] = 0.0
        self.steps[cars] = 0
        self.status[cars] = Status.IN_PROGRESS
        self._still[cars] = 0
        self._backwards[cars] = 0
        self.progress[cars] = 0.0
        self.progress_made[cars] = 0.0
        share = distance / self.track.length
        self._start[cars] = np.where(self.reverse[cars], 1.0 - share, share)
        self.offset[cars] = 0.0
        self.wheels_on_road[cars] = True

    def step(self, commands: Array, duration: float = STEP_TIME) -> None:
        """Apply commands (B, 2), steering angle [rad] and speed [m/s], for one step [s]."""
        self.commands[:] = commands
        before = self.state[:, :2].copy()
        dynamics.advance(self.state, self.commands, self.car, duration)
        share, self.offset = self._locate(self.front_points(), self.reverse)
        previous = self.progress
        if self.track.closed:
            self.progress = lap_progress(share, self._start, previous)
        else:  # There is no way round, so the rest of the road is the whole task.
            self.progress = 100.0 * (share - self._start) / (1.0 - self._start)
        self.progress_made = self.progress - previous
        self.wheels_on_road = self.track.on_road(self.vehicle.wheel_points(self.state))
        self.steps += 1
        self._judge(np.hypot(*(self.state[:, :2] - before).T))

    def frames(
        self, cars: NDArray[np.intp] | None = None, out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Return what the cars see, or some of them (K,): grey pictures (B or K, 120, 160)."""
        poses = self.state[:, :3] if cars is None else self.state[cars, :3]
        if out is None:
            out = np.empty((len(poses), FRAME_HEIGHT, FRAME_WIDTH), dtype=np.uint8)
        self.renderer.grey(poses, out)
        return out

    def front_points(self) -> Array:
        """Return the positions (B, 2) [m] that count on the track: the cars' front points."""
        return self.vehicle.front_points(self.state)

    def _judge(self, moved: Array) -> None:
        self._still = np.where(moved <= self.STANDSTILL, self._still + 1, 0)
        self._backwards = np.where(self.progress_made < 0.0, self._backwards + 1, 0)
        # The first that holds counts, so it is written last.
        self.status = np.zeros(self.count, dtype=np.int64)
        self.status[self.steps >= self.max_steps] = Status.TIME_UP
        self.status[self._backwards >= self.PATIENCE] = Status.REVERSED
        self.status[self._still >= self.PATIENCE] = Status.IMMOBILIZED
        self.status[~self.wheels_on_road.any(axis=1)] = Status.OFF_TRACK
        self.status[self.progress >= 100.0] = Status.LAP_COMPLETE

    def _locate(self, points: Array, reverse: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return the share of the lap in driving direction, and the offset from the centre."""
        projection = self.track.centre_line.project(points)
        share = projection.distance / self.track.length
        return np.where(reverse, 1.0 - share, share), projection.offset
