# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Painting a track: from lines and colours to the ground that the camera looks at.

The ground is painted as a map of colour indices with a palette of its own. An index stands for a
mixture of the four ground materials in ninths, so edges are anti-aliased and a byte a cell is
enough. Coarser copies of the map, each halving the resolution, serve the distance.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track
from deepracer_sim.appearance import Appearance, Rectangle
from deepracer_sim.floors import floor_map

CELL = 0.004  # [m] side of a cell of the finest level
LEVELS = 5
_FINE = 2  # The painter works at this many times the finest resolution, then averages.
_NINTHS = 9
_MATERIALS = ("field", "road", "line", "centre_line")
# Rows of the colours that a palette is mixed from.
FIELD, ROAD, LINE, CENTRE_LINE, BEYOND, SKY = range(6)


@dataclass(frozen=True, eq=False)
class GroundMap:
    """A painted track.

    Attributes:
        levels: colour indices (rows, columns) uint8; row 0 is at the lowest y, column 0 at the
            lowest x; each level has half the resolution of the one before.
        palette: (P, 3) BGR uint8; the last two entries are what lies beyond the map, and the sky.
        origin: x, y [m] of the low corner of the map.
        rectangle: extent of the field [m], inside the map; walls stand on it.
        wall_height: [m], 0 for no walls.
    """

    levels: tuple[NDArray[np.uint8], ...]
    palette: NDArray[np.uint8]
    origin: tuple[float, float]
    rectangle: Rectangle
    wall_height: float

    @property
    def beyond(self) -> int:
        """Colour index of what lies beyond the rectangle: walls, or more field."""
        return len(self.palette) - 2

    @property
    def sky(self) -> int:
        """Colour index of the sky."""
        return len(self.palette) - 1

    def picture(self) -> NDArray[np.uint8]:
        """Return the finest level in BGR (rows, columns, 3), north up: y falls with the row."""
        return self.palette[self.levels[0][::-1]]


def paint(track: Track, appearance: Appearance) -> GroundMap:
    """Paint a track; the same input gives the same bytes."""
    rectangle = appearance.field_rectangle or _field_around(track, appearance)
    canvas = _Canvas(rectangle)
    road, line, dashes = _shapes(canvas, track, appearance)
    shares = np.zeros((len(_MATERIALS), *canvas.shape), dtype=np.float32)
    shares[3] = canvas.averaged(dashes)
    shares[2] = canvas.averaged(cv2.bitwise_and(line, cv2.bitwise_not(dashes)))
    covered = cv2.bitwise_or(line, dashes)
    shares[1] = canvas.averaged(cv2.bitwise_and(road, cv2.bitwise_not(covered)))
    shares[0] = 1.0 - shares[1:].sum(axis=0)
    if appearance.floor != "plain":
        bare = shares[0] + shares[1]
        shares[1] = bare * floor_map(appearance.floor, canvas.shape, CELL)
        shares[0] = bare - shares[1]
    return GroundMap(
        levels=_levels(shares),
        palette=palettes(colours(appearance)),
        origin=canvas.origin,
        rectangle=rectangle,
        wall_height=appearance.wall_height,
    )


def colours(appearance: Appearance) -> NDArray[np.float64]:
    """Return the colours (6, 3), BGR, that a palette is mixed from: FIELD to SKY."""
    beyond = "wall" if appearance.wall_height > 0.0 else "field"
    names = (*_MATERIALS, beyond, "sky")
    return np.array([getattr(appearance, name)[::-1] for name in names], dtype=np.float64)


def palettes(colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the palettes (..., P, 3) that colours (..., 6, 3), BGR, 0 to 255, give."""
    mixed = _MIXTURES @ colours[..., :BEYOND, :] / _NINTHS
    palette = np.concatenate((mixed, colours[..., BEYOND:, :]), axis=-2)
    return np.rint(palette).astype(np.uint8)


class _Canvas:
    """Fine masks of the field, and the mapping from metres to their pixels."""

    _SHIFT = 4  # Sub-pixel bits of OpenCV's drawing functions.

    def __init__(self, rectangle: Rectangle) -> None:
        """Cover `rectangle`, and a spare cell of the coarsest level on every side of it."""
        block = CELL * 2 ** (LEVELS - 1)
        x_low, y_low, x_high, y_high = rectangle
        columns = (int(np.ceil((x_high - x_low) / block)) + 2) * 2 ** (LEVELS - 1)
        rows = (int(np.ceil((y_high - y_low) / block)) + 2) * 2 ** (LEVELS - 1)
        self.shape = (rows, columns)
        self.origin = (x_low - block, y_low - block)

    def mask(self) -> NDArray[np.uint8]:
        """Return an empty fine mask."""
        return np.zeros((self.shape[0] * _FINE, self.shape[1] * _FINE), dtype=np.uint8)

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Convert points (N, 2) [m] to OpenCV's fixed-point pixels, centres at whole numbers."""
        fine = (points - np.array(self.origin)) * (_FINE / CELL) - 0.5
        return np.rint(fine * 2**self._SHIFT).astype(np.int32)

    def fill(self, mask: NDArray[np.uint8], polygons: list[NDArray[np.float64]]) -> None:
        """Fill polygons by the even-odd rule."""
        cv2.fillPoly(mask, [self.pixels(p) for p in polygons], 255, cv2.LINE_8, self._SHIFT)

    def stroke(self, mask: NDArray[np.uint8], line: NDArray[np.float64], width: float) -> None:
        """Draw a line of `width` [m] around the points of `line`."""
        thickness = max(1, round(width * _FINE / CELL))
        pixels = [self.pixels(line)]
        cv2.polylines(mask, pixels, False, 255, thickness, cv2.LINE_8, self._SHIFT)

    def averaged(self, mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the share of every cell that the fine mask covers, 0 to 1."""
        rows, columns = self.shape
        cells = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA)
        return cells.astype(np.float32) / np.float32(255.0)


def _shapes(
    canvas: _Canvas, track: Track, appearance: Appearance
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw fine masks of the road, the side lines and the dashes."""
    road, line, dashes = canvas.mask(), canvas.mask(), canvas.mask()
    if track.closed:
        canvas.fill(road, [track.inner, track.outer])
    else:
        canvas.fill(road, [np.concatenate((track.inner, track.outer[::-1]))])
    for border in (track.inner, track.outer):
        canvas.stroke(line, border, 2.0 * appearance.line_width)
    inside = appearance.line_side == "inside"
    line = cv2.bitwise_and(line, road if inside else cv2.bitwise_not(road))
    for dash in _dashes(track, appearance):
        canvas.fill(dashes, [dash])
    return road, line, dashes


def _dashes(track: Track, appearance: Appearance) -> list[NDArray[np.float64]]:
    """Return the outline of every dash: straight ahead at both ends, bent in the middle."""
    count = round(track.length / appearance.dash_period)
    period = track.length / count
    half = appearance.dash_width / 2.0
    outlines = []
    for begin in np.arange(count) * period:
        along = begin + appearance.dash_length * np.array([0.0, 0.5, 1.0])
        points, headings = track.centre_line.at(along)
        left = np.stack((-np.sin(headings), np.cos(headings)), axis=1) * half
        outlines.append(np.concatenate((points + left, (points - left)[::-1])))
    return outlines


def _field_around(track: Track, appearance: Appearance) -> Rectangle:
    borders = np.concatenate((track.inner, track.outer))
    low = borders.min(axis=0) - appearance.field_margin
    high = borders.max(axis=0) + appearance.field_margin
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _mixtures() -> NDArray[np.int64]:
    """List all ways to share ninths among the materials: (220, 4), each row adding up to nine."""
    shares = itertools.product(range(_NINTHS + 1), repeat=len(_MATERIALS))
    return np.array([mixture for mixture in shares if sum(mixture) == _NINTHS])


_MIXTURES = _mixtures()


def _levels(shares: NDArray[np.float32]) -> tuple[NDArray[np.uint8], ...]:
    """Turn shares (4, rows, columns) into index maps, each at half the last one's resolution."""
    number = np.zeros((_NINTHS + 1,) * len(_MATERIALS), dtype=np.uint8)
    number[tuple(_MIXTURES.T)] = np.arange(len(_MIXTURES))
    count, rows, columns = shares.shape
    levels = []
    for level in range(LEVELS):
        block = 2**level
        blocks = shares.reshape(count, rows // block, block, columns // block, block)
        levels.append(number[tuple(_in_ninths(blocks.mean(axis=(2, 4))))])
    return tuple(levels)


def _in_ninths(shares: NDArray[np.float32]) -> NDArray[np.int8]:
    """Round shares to ninths such that every cell's still add up to nine."""
    ends = np.rint(np.cumsum(shares, axis=0) * np.float32(_NINTHS)).astype(np.int8)
    ends[-1] = _NINTHS
    return np.diff(ends, axis=0, prepend=np.zeros((1, *ends.shape[1:]), dtype=np.int8))
