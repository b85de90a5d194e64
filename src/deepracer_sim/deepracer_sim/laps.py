# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Timing laps from poses, wherever they come from: odometry of a simulator or a recorded drive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER, VehicleSpec


@dataclass(frozen=True)
class Lap:
    """One lap, or the part of it that was driven.

    Attributes:
        time_s: [s].
        completion: [%], 100 for a whole lap.
        off_track: how often all four wheels left the road.
    """

    time_s: float
    completion: float
    off_track: int


class LapTimer:
    """Follows one car around a closed track; laps begin where the first pose is."""

    def __init__(
        self, track: Track, reverse: bool = False, vehicle: VehicleSpec = DEEPRACER
    ) -> None:
        """Time laps on `track`, driven against its direction if `reverse`."""
        self._track = track
        self._sign = -1.0 if reverse else 1.0
        self._vehicle = vehicle
        self.laps: list[Lap] = []
        self.is_off_track = False
        self._covered = 0.0  # laps since the first pose
        self._off_track = 0
        self._share: float | None = None
        self._time = self._began = 0.0

    def update(self, time: float, x: float, y: float, yaw: float) -> Lap | None:
        """Take a pose of base_link [s, m, m, rad] and return the lap that it completes, if any."""
        share = self._locate(x, y, yaw)
        if self._share is None:
            self._share, self._time, self._began = share, time, time
            return None
        # The shorter way round: a step never covers half a lap.
        moved = self._sign * ((share - self._share + 0.5) % 1.0 - 0.5)
        before, previous = self._covered, self._time
        self._covered += moved
        self._share, self._time = share, time
        line = len(self.laps) + 1.0
        if self._covered < line:
            return None
        crossed = previous + (time - previous) * (line - before) / moved
        lap = Lap(crossed - self._began, 100.0, self._off_track)
        self.laps.append(lap)
        self._began, self._off_track = crossed, 0
        return lap

    def unfinished(self) -> Lap:
        """Return the lap under way as it stands."""
        completion = 100.0 * (self._covered - len(self.laps))
        return Lap(self._time - self._began, completion, self._off_track)

    def _locate(self, x: float, y: float, yaw: float) -> float:
        """Return the share of the centre line, and note whether the road was left."""
        pose = np.array([[x, y, yaw]])
        off = not self._track.on_road(self._vehicle.wheel_points(pose)).any()
        self._off_track += off and not self.is_off_track
        self.is_off_track = off
        front = self._vehicle.front_points(pose)
        distance = self._track.centre_line.project(front).distance[0]
        return float(distance / self._track.length)
