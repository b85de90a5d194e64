# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Track geometry: where on the track is this point, by the definitions that rewards rely on.

The definitions are those of the hosted service's trainer, which its logs obey to the last digit:

* distances along the track are arc lengths of the nearest point of the centre line;
* closest waypoints come from bisecting those arc lengths, not from the Euclidean nearest;
* the road is the ring between the borders, and a wheel is on it if its centre is;
* the width is local: the distance between a centre point's projections on both borders.

All methods take batches and use only element-wise arithmetic, never a matrix product, so that a
point gives the same bits alone and among others.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import TrackError
from deepracer_core.road_mask import RoadMask

Array = NDArray[np.float64]


class Projection(NamedTuple):
    """The nearest points of a line, for a batch of B points.

    Attributes:
        distance: (B,) [m] arc length from the line's first point.
        offset: (B,) [m] distance from the point to the line, not negative.
        point: (B, 2) [m] the nearest points themselves.
    """

    distance: Array
    offset: Array
    point: Array


class Polyline:
    """A line of straight segments, prepared for projecting many points on it."""

    def __init__(self, points: Array) -> None:
        """Take points (N, 2) [m], no two neighbours of them equal."""
        self.points = points
        self._start = points[:-1]
        steps = np.diff(points, axis=0)
        self._lengths = np.hypot(steps[:, 0], steps[:, 1])
        self._unit = steps / self._lengths[:, None]
        self.distances = np.concatenate(([0.0], np.cumsum(self._lengths)))
        self.length = float(self.distances[-1])

    def project(self, points: Array) -> Projection:
        """Find the nearest point of the line for each of `points` (B, 2) [m]."""
        dx = points[:, 0, None] - self._start[:, 0]
        dy = points[:, 1, None] - self._start[:, 1]
        along = dx * self._unit[:, 0] + dy * self._unit[:, 1]
        np.clip(along, 0.0, self._lengths, out=along)
        dx -= along * self._unit[:, 0]
        dy -= along * self._unit[:, 1]
        squared = dx * dx + dy * dy
        nearest = np.argmin(squared, axis=1)
        rows = np.arange(len(points))
        along = along[rows, nearest]
        return Projection(
            distance=self.distances[nearest] + along,
            offset=np.sqrt(squared[rows, nearest]),
            point=self._start[nearest] + along[:, None] * self._unit[nearest],
        )

    def at(self, distance: Array) -> tuple[Array, Array]:
        """Return points (B, 2) [m] and headings (B,) [rad] at arc lengths (B,) [m]."""
        segment = np.searchsorted(self.distances, distance, side="right") - 1
        segment = np.clip(segment, 0, len(self._lengths) - 1)
        along = distance - self.distances[segment]
        unit = self._unit[segment]
        return self._start[segment] + along[:, None] * unit, np.arctan2(unit[:, 1], unit[:, 0])


@dataclass(frozen=True, eq=False)
class Track:
    """Centre line and borders, in driving order.

    Attributes:
        name: what the track is called.
        centre: (N, 2) [m]; a closed track repeats its first point at the end.
        inner: (N, 2) [m] border on the inside of a closed track.
        outer: (N, 2) [m] the other border.
        closed: whether the end joins the start.
    """

    name: str
    centre: Array
    inner: Array
    outer: Array
    closed: bool

    @classmethod
    def from_route(cls, path: str | Path) -> Track:
        """Read a community route file: .npy of shape (N, 6), centre, inner and outer x, y [m].

        Raises:
            TrackError: the file is missing or is no route.
        """
        path = Path(path)
        try:
            route = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
            reason = getattr(error, "strerror", None) or "it holds no plain array of numbers"
            raise TrackError(f"{path} cannot be read as a .npy route: {reason}") from None
        return cls.from_rows(path.stem, route)

    @classmethod
    def from_rows(cls, name: str, rows: NDArray[np.generic]) -> Track:
        """Build a track from rows (N, 6), and close it where its ends all but meet.

        Raises:
            TrackError: the rows have the wrong shape, are not finite or are too few.
        """
        if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != 6:
            raise TrackError(
                f"route {name} has shape {getattr(rows, 'shape', None)}, needed is (N, 6): "
                "centre x, y, inner x, y, outer x, y"
            )
        if not np.issubdtype(rows.dtype, np.number) or np.iscomplexobj(rows):
            raise TrackError(f"route {name} holds {rows.dtype}, real numbers are needed")
        route = rows.astype(np.float64)
        if not np.isfinite(route).all():
            raise TrackError(f"route {name} holds NaN or infinity")
        if len(route):
            moved = np.hypot(*np.diff(route[:, :2], axis=0).T) > 0.0
            route = route[np.concatenate(([True], moved))]
        if len(route) < 4:
            raise TrackError(f"route {name} has {len(route)} points, at least 4 are needed")
        steps = np.hypot(*np.diff(route[:, :2], axis=0).T)
        gap = float(np.hypot(*(route[-1, :2] - route[0, :2])))
        closed = gap <= 1.5 * float(steps.max())
        if closed and gap > 0.0:
            route = np.concatenate((route, route[:1]))
        return cls(name, route[:, 0:2], route[:, 2:4], route[:, 4:6], closed)

    @cached_property
    def centre_line(self) -> Polyline:
        """The centre line, prepared for projections."""
        return Polyline(self.centre)

    @cached_property
    def _borders(self) -> tuple[Polyline, Polyline]:
        return Polyline(_without_repeats(self.inner)), Polyline(_without_repeats(self.outer))

    @cached_property
    def road(self) -> RoadMask:
        """The road polygon."""
        if self.closed:
            return RoadMask((self.inner, self.outer))
        return RoadMask((np.concatenate((self.inner, self.outer[::-1], self.inner[:1])),))

    @property
    def length(self) -> float:
        """Length [m] of the centre line."""
        return self.centre_line.length

    @cached_property
    def is_ccw(self) -> bool:
        """Whether the track runs counter-clockwise; an open one counts as if it did."""
        x, y = self.centre.T
        return not self.closed or bool(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) > 0.0)

    def closest_waypoints(self, distance: Array) -> NDArray[np.intp]:
        """Return the waypoints (B, 2) before and after each arc length (B,) [m]."""
        after = np.searchsorted(self.centre_line.distances, distance, side="right")
        pair = np.stack((after - 1, after), axis=1)
        # Beyond the last waypoint, which repeats the first, the next one is the start.
        return np.where(pair == len(self.centre), 0 if self.closed else len(self.centre) - 1, pair)

    def nearest_waypoint(self, points: Array, distance: Array) -> NDArray[np.intp]:
        """Return, of the two closest waypoints, the one nearer to each point: what logs hold."""
        pair = self.closest_waypoints(distance)
        gaps = self.centre[pair] - points[:, None, :]
        nearer = np.argmin(np.hypot(gaps[..., 0], gaps[..., 1]), axis=1)
        waypoints: NDArray[np.intp] = pair[np.arange(len(points)), nearer]
        return waypoints

    def border_points(self, centre_points: Array) -> tuple[Array, Array]:
        """Return the points (B, 2) of the inner and outer border nearest to the centre line's."""
        inner, outer = (border.project(centre_points).point for border in self._borders)
        return inner, outer

    def width(self, centre_points: Array) -> Array:
        """Return the road's width (B,) [m] at points (B, 2) of the centre line."""
        inner, outer = self.border_points(centre_points)
        across = outer - inner
        return np.hypot(across[:, 0], across[:, 1])

    def is_left_of_centre(self, points: Array) -> NDArray[np.bool_]:
        """Tell which points (B, 2) [m] are left of the centre line, in driving direction."""
        inner, outer = (border.project(points).offset for border in self._borders)
        return (inner < outer) ^ (not self.is_ccw)

    def on_road(self, points: Array) -> NDArray[np.bool_]:
        """Tell which points (..., 2) [m] are on the road."""
        return self.road.contains(points.reshape(-1, 2)).reshape(points.shape[:-1])


def _without_repeats(line: Array) -> Array:
    moved = np.hypot(*np.diff(line, axis=0).T) > 0.0
    return line[np.concatenate(([True], moved))]


def lap_progress(distance_share: Array, start_share: Array, previous: Array) -> Array:
    """Return the progress (B,) [%] of laps that began at `start_share`.

    Args:
        distance_share: (B,) position along the track, 0 to 1.
        start_share: (B,) where each lap began, 0 to 1.
        previous: (B,) progress [%] one step earlier, which tells a wrap from a jump.

    Returns:
        Progress, at most 100. It can be slightly negative after rolling back over the start.
    """
    progress = 100.0 * (distance_share - start_share)
    progress = np.where(progress <= 0.0, progress + 100.0, progress)
    progress = np.where(previous > progress + 50.0, progress + 100.0, progress)
    progress = np.where(progress > previous + 50.0, progress - 100.0, progress)
    return np.minimum(progress, 100.0)
