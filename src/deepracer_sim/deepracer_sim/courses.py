# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The tracks that a batch of cars drives on: the same questions for each car, on its own track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track, lap_progress

Array = NDArray[np.float64]

# A lap may take as long as it does at this mean speed [m/s], and at least so long [s].
SLOWEST, SHORTEST_LIMIT = 0.2, 100.0


class Group(NamedTuple):
    """The cars of a batch that share a track: every n-th one, where there are n tracks.

    Attributes:
        track: which they drive on.
        cars: picks them out of any array with a row a car, without copying.
    """

    track: Track
    cars: slice

    def among(self, cars: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which places of `cars` (K,) hold cars of this group."""
        return np.flatnonzero(cars % self.cars.step == self.cars.start)


class Courses:
    """The tracks of B cars: car i is on track i mod n.

    Distances and shares of the lap count in each track's own direction, unless said otherwise.

    Attributes:
        groups: the tracks, and which cars are on each.
        index: (B,) the number of each car's track.
        length: (B,) [m] of each car's track.
        closed: (B,) whether it is closed.
        time_limit: (B,) [s] for a lap, the same in training and in evaluations.
    """

    def __init__(self, tracks: Sequence[Track], count: int) -> None:
        """Spread `count` cars over tracks.

        Raises:
            ConfigError: there are fewer cars than tracks.
        """
        if count < len(tracks):
            raise ConfigError(f"{count} cars cannot drive on {len(tracks)} tracks: use more cars")
        step = len(tracks)
        self.groups = tuple(Group(track, slice(k, None, step)) for k, track in enumerate(tracks))
        self.index = np.arange(count) % step
        self.length = np.array([track.length for track in tracks])[self.index]
        self.closed = np.array([track.closed for track in tracks])[self.index]
        self.time_limit = np.maximum(self.length / SLOWEST, SHORTEST_LIMIT)

    def centre_line_at(self, cars: NDArray[np.intp], distance: Array) -> tuple[Array, Array]:
        """Return points (K, 2) [m] and headings (K,) [rad] at distances (K,) [m] of cars (K,)."""
        points, headings = np.empty((len(cars), 2)), np.empty(len(cars))
        for group in self.groups:
            some = group.among(cars)
            points[some], headings[some] = group.track.centre_line.at(distance[some])
        return points, headings

    def locate(self, points: Array) -> tuple[Array, Array]:
        """Return the share of the lap (B,) and the offset [m] from the centre line of points."""
        share, offset = np.empty(len(points)), np.empty(len(points))
        for track, cars in self.groups:
            projection = track.centre_line.project(points[cars])
            share[cars] = projection.distance / track.length
            offset[cars] = projection.offset
        return share, offset

    def progress(self, share: Array, begun: Array, previous: Array) -> Array:
        """Return progress (B,) [%] at shares of the lap, all in driving direction.

        Args:
            share: (B,) where the cars are.
            begun: (B,) where their laps began.
            previous: (B,) [%] one step earlier.
        """
        progress = lap_progress(share, begun, previous)
        # An open track has no way round, so the rest of the road is the whole task.
        rest = ~self.closed
        progress[rest] = 100.0 * (share[rest] - begun[rest]) / (1.0 - begun[rest])
        return progress

    def on_road(self, points: Array) -> NDArray[np.bool_]:
        """Tell which points (B, M, 2) [m] are on the road of their car's track: (B, M)."""
        result = np.empty(points.shape[:-1], dtype=bool)
        for track, cars in self.groups:
            result[cars] = track.on_road(points[cars])
        return result
