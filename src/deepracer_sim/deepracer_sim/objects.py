# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What else is on the road: boxes to avoid, and bot cars that drive laps of their own.

Each car of a batch has its own objects. They are placed anew at every start; those at random
places keep clear of it. Bot cars follow a lane at constant speed, in the direction of the car that
they belong to. A car that is put back changes nothing about them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track
from deepracer_sim import counter_random
from deepracer_sim.courses import Courses
from deepracer_sim.footprints import rectangles_touch
from deepracer_sim.lanes import Lanes
from deepracer_sim.looks import channels
from deepracer_sim.object_settings import CAR_LENGTH, CAR_WIDTH, OBJECT_KINDS, ObjectSettings

Array = NDArray[np.float64]

# No object's centre is nearer to the front of a car that is put down, ahead and behind [m].
CLEAR_AHEAD, CLEAR_BEHIND = 1.0, 0.75
_ROUNDING = 1e-6  # [m]
# A lane change begins so long after the last one [s], and takes so much road [m].
CHANGE_AFTER, CHANGE_LENGTH = (3.0, 5.0), 1.0


class Objects:
    """N objects for each of B cars.

    Attributes:
        distance: (B, N) [m] along the centre line from the track's first point, in the driving
            direction of the car that they belong to.
        offset: (B, N) [m] distance from the centre line.
        left_of_centre: (B, N) whether they are left of it, in driving direction.
        points: (B, N, 2) [m].
        heading: (B, N) [rad].
        speed: (B, N) [m/s].
        colours: (4, N * parts) blue, green, red and grey of what `boxes` returns.
    """

    def __init__(self, courses: Courses, settings: ObjectSettings) -> None:
        """Take objects along for all cars; `reset` places them.

        Raises:
            ConfigError: they do not fit on a track.
        """
        self._settings = settings
        self._kind = kind = OBJECT_KINDS[settings.kind]
        for track, _ in courses.groups:
            _check_room(track, settings)
        self._groups = [(group, Lanes(group.track)) for group in courses.groups]
        self._lengths, self._closed = courses.length[:, None], courses.closed[:, None]
        count = len(courses.index)
        shape = (count, settings.count)
        self.distance, self.offset, self.heading = (np.zeros(shape) for _ in range(3))
        self.left_of_centre = np.zeros(shape, dtype=bool)
        self.points = np.zeros((*shape, 2))
        self.speed = np.full(shape, settings.speed if settings.kind == "bot_car" else 0.0)
        self._reverse = np.zeros(count, dtype=bool)
        # The lanes that they leave and go to, and how far [m] they went since they left the one.
        self._from, self._to, self._changed = (np.zeros(shape) for _ in range(3))
        self._until_change = np.zeros(shape)  # [s]
        self._changes = np.zeros(shape, dtype=np.int64)
        self._seeds = np.zeros(shape, dtype=np.uint64)
        colours = np.array([[part[2] for part in kind.parts] * settings.count], dtype=np.uint8)
        self.colours = channels(colours)[:, 0]

    @property
    def are_random(self) -> bool:
        """Whether `reset` draws random numbers."""
        return not self._settings.places or self._settings.lane_change

    def reset(
        self,
        cars: NDArray[np.intp],
        starts: Array,
        reverse: NDArray[np.bool_],
        generators: Sequence[np.random.Generator],
    ) -> None:
        """Place the objects of some cars (K,).

        Args:
            cars: which.
            starts: (K,) [m] of the cars' fronts along the centre line, in driving direction.
            reverse: (K,) whether that is against the track's direction.
            generators: one for each of the cars, unless nothing is random.
        """
        settings = self._settings
        self._reverse[cars] = reverse
        if self.are_random:
            numbers = np.array([generator.random(3 * settings.count) for generator in generators])
            places, lanes, seeds = np.split(numbers, 3, axis=1)
            self._seeds[cars] = (seeds * 2.0**53).astype(np.uint64)
        if settings.places:
            share, lane = np.array(settings.places).T
            self.distance[cars], self._to[cars] = share * self._lengths[cars], lane
        else:
            self.distance[cars] = self._scattered(cars, starts, places)
            self._to[cars] = np.where(lanes < 0.5, -1.0, 1.0)
        self._from[cars] = self._to[cars]
        self._changed[cars] = CHANGE_LENGTH
        self._changes[cars] = 0
        self._until_change[cars] = self._pauses()[cars]
        self._pose(cars)

    def room_needed(self, cars: NDArray[np.intp], places: Array) -> Array:
        """Return how far back (K,) [m] the nearest places are where no object is too near.

        Args:
            cars: which (K,).
            places: (K,) [m] of their fronts along the centre line, in driving direction.
        """
        lengths, closed = self._lengths[cars], self._closed[cars]
        back = np.zeros(len(cars))
        for _ in range(self._settings.count):
            gaps = self.distance[cars] - (places - back)[:, None]
            around = (gaps + lengths / 2.0) % lengths - lengths / 2.0
            gaps = np.where(closed, around, gaps)
            near = (gaps < CLEAR_AHEAD - _ROUNDING) & (gaps > _ROUNDING - CLEAR_BEHIND)
            if not near.any():
                break
            # All that are too near have to be ahead.
            hindmost = np.where(near, gaps, CLEAR_AHEAD).min(axis=1)
            back += CLEAR_AHEAD - hindmost
        return back

    def move(self, duration: float) -> None:
        """Let `duration` [s] pass."""
        if not self.speed.any():
            return
        travel = self._settings.speed * duration
        ahead = self.distance + travel
        lengths = self._lengths
        self.distance = np.where(self._closed, ahead % lengths, np.minimum(ahead, lengths))
        if self._settings.lane_change:
            self._until_change -= duration
            due = self._until_change <= 0.0
            self._from = np.where(due, self._to, self._from)
            self._to = np.where(due, -self._to, self._to)
            self._changed = np.where(due, 0.0, self._changed) + travel
            self._changes += due
            self._until_change = np.where(due, self._pauses(), self._until_change)
        self._pose(np.arange(len(self.distance)))

    def boxes(self, cars: NDArray[np.intp]) -> Array:
        """Return what is seen of the objects of some cars: (K, N * parts, 8) as in `overlay`."""
        parts, (length, width) = self._kind.parts, self._kind.body
        shapes = np.empty((len(cars), self._settings.count, len(parts), 8))
        shapes[..., :2] = self.points[cars, :, None]
        heading = self.heading[cars, :, None]
        shapes[..., 2], shapes[..., 3] = np.cos(heading), np.sin(heading)
        shapes[..., 4], shapes[..., 5] = length / 2.0, width / 2.0
        shapes[..., 6:] = [part[:2] for part in parts]
        return shapes.reshape(len(cars), -1, 8)

    def are_hit(self, poses: Array) -> NDArray[np.bool_]:
        """Tell which cars (B,) at poses (B, 3) touch one of their objects."""
        cars = np.broadcast_to(poses[:, None, :3], (*self.heading.shape, 3))
        objects = np.concatenate((self.points, self.heading[..., None]), axis=-1)
        touch = rectangles_touch(cars, (CAR_LENGTH, CAR_WIDTH), objects, self._kind.footprint)
        hit: NDArray[np.bool_] = touch.any(axis=1)
        return hit

    def _scattered(self, cars: NDArray[np.intp], starts: Array, numbers: Array) -> Array:
        """Return distances (K, N) [m], evenly among those that keep clear of start and others."""
        starts, lengths, closed = starts[:, None], self._lengths[cars], self._closed[cars]
        gaps = self._settings.min_distance * np.arange(self._settings.count)
        road = np.where(closed, lengths, lengths - starts)
        room = np.maximum(road - CLEAR_AHEAD - CLEAR_BEHIND - gaps[-1], 0.0)
        places = starts + CLEAR_AHEAD + gaps + np.sort(numbers, axis=1) * room
        return np.where(closed, places % lengths, np.minimum(places, lengths))

    def _pauses(self) -> Array:
        """Return the times (B, N) [s] until the next lane changes."""
        low, high = CHANGE_AFTER
        return low + (high - low) * counter_random.uniform(self._seeds, self._changes)

    def _pose(self, cars: NDArray[np.intp]) -> None:
        """Put the objects of some cars (K,) where their distances and lanes say."""
        for group, lanes in self._groups:
            some = cars[group.among(cars)]
            distance = self.distance[some]
            reverse = np.broadcast_to(self._reverse[some, None], distance.shape)
            done = np.clip(self._changed[some] / CHANGE_LENGTH, 0.0, 1.0)
            left = lanes.offset(distance, self._from[some], reverse)
            across = lanes.offset(distance, self._to[some], reverse) - left
            left = left + across * done * done * (3.0 - 2.0 * done)
            slope = across * 6.0 * done * (1.0 - done) / CHANGE_LENGTH
            points, headings = lanes.poses(distance.ravel(), left.ravel(), reverse.ravel())
            heading = headings.reshape(distance.shape) + np.arctan(slope)
            self.points[some] = points.reshape(*distance.shape, 2)
            self.heading[some] = (heading + np.pi) % (2.0 * np.pi) - np.pi
            self.offset[some], self.left_of_centre[some] = np.abs(left), left > 0.0


def _check_room(track: Track, settings: ObjectSettings) -> None:
    """Refuse more objects than the road has room for."""
    clear = CLEAR_AHEAD + CLEAR_BEHIND
    if settings.places:
        shares = np.sort([share for share, _ in settings.places])
        gaps = np.diff(np.append(shares, shares[0] + 1.0)) * track.length
        if track.closed and gaps.max() < clear:
            raise ConfigError(
                f"no start on {track.name} is clear of the {settings.count} objects: leave "
                f"{clear:g} m free between two of them"
            )
    elif (settings.count - 1) * settings.min_distance + clear > track.length:
        raise ConfigError(
            f"{settings.count} objects, {settings.min_distance:g} m apart, do not fit on "
            f"{track.name}, which is {track.length:.1f} m long: use fewer"
        )
