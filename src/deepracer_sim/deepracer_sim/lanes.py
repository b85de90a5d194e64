# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The two lanes of a track, for what stands or drives on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track

Array = NDArray[np.float64]


class Lanes:
    """Lanes midway between the centre line and the borders, driven either way round.

    All distances are arc lengths of the centre line from the track's first point, in driving
    direction. A lane is +1 on the inside of the track and -1 on its outside; numbers between them
    are places between the lanes.
    """

    def __init__(self, track: Track) -> None:
        """Measure a track."""
        self._track = track
        self._places = track.centre_line.distances
        self._widths = track.width(track.centre)
        steps = np.diff(track.centre, axis=0)
        headings = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
        middles = (self._places[1:] + self._places[:-1]) / 2.0
        if track.closed:
            # The lap before and the one after, so that a heading never jumps.
            turn = 2.0 * np.pi * np.rint((headings[-1] - headings[0]) / (2.0 * np.pi))
            middles = np.concatenate([middles + lap * track.length for lap in (-1, 0, 1)])
            headings = np.concatenate([headings + lap * turn for lap in (-1, 0, 1)])
        self._middles, self._headings = middles, headings

    def offset(self, distance: Array, lane: Array, reverse: NDArray[np.bool_]) -> Array:
        """Return how far [m] left of the centre line, in driving direction, lanes are."""
        along = np.where(reverse, self._track.length - distance, distance)
        inner_is_left = self._track.is_ccw ^ reverse
        quarter = np.interp(along, self._places, self._widths) / 4.0
        return np.where(inner_is_left, lane, -lane) * quarter

    def poses(
        self, distance: Array, offset: Array, reverse: NDArray[np.bool_]
    ) -> tuple[Array, Array]:
        """Return points (N, 2) [m] and headings (N,) [rad] beside the centre line.

        Args:
            distance: (N,) [m].
            offset: (N,) [m] to the left, in driving direction.
            reverse: (N,) whether that is against the track's direction.
        """
        along = np.where(reverse, self._track.length - distance, distance)
        points, _ = self._track.centre_line.at(along)
        headings = np.interp(along, self._middles, self._headings) + np.pi * reverse
        left = np.stack((-np.sin(headings), np.cos(headings)), axis=1)
        return points + offset[:, None] * left, headings
