# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The compiled inner loop of the renderer: ground, walls and sky.

A frame is the lines of ground that its rows look at, posed by the car and looked up in the painted
map: an addition, two shifts and two loads a pixel. Walls need no ray casting: a line of ground
leaves the field where the wall hides it.

What this file compiles is cached by its own time of change, so it calls no compiled code of other
files; and it takes plain tuples, because a cache that names a class cannot be read once the class
has moved. The same holds for `overlay.py` and `grain.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from deepracer_sim.sight_lines import ABOVE, GROUND, SKY


class GroundTables(NamedTuple):
    """The painted maps of S tracks, ready for look-ups; L levels each.

    Attributes:
        cells: the colour indices of all levels of all maps, one after the other.
        starts: (S, L) where in `cells` each level begins.
        columns: (S, L) of each level.
        place: (S, 6) origin x, y and extent of the field x low, y low, x high, y high [m].
        fill: (S, 2) colour indices of what lies beyond the field, and of the sky.
    """

    cells: NDArray[np.uint8]
    starts: NDArray[np.int64]
    columns: NDArray[np.int64]
    place: NDArray[np.float64]
    fill: NDArray[np.uint64]


@numba.njit(cache=True, inline="always")
def _within(start, step, low, high, first, last):  # type: ignore[no-untyped-def]
    """Narrow the pixels first..last to those with low <= start + step * pixel < high."""
    at_first, at_last = start + step * first, start + step * (last - 1)
    if low <= at_first < high and low <= at_last < high:
        return first, last
    if step == 0.0:
        return 0, 0
    enter, leave = (low - start) / step, (high - start) / step
    if enter > leave:
        enter, leave = leave, enter
    # Clamped before rounding: far lines may give numbers beyond any integer.
    enter = min(max(enter, first), last)
    leave = min(max(leave, first), last)
    return int(np.ceil(enter)), int(np.ceil(leave))


@numba.njit(cache=True, inline="always")
def _posed(pose, ahead, across, width, place):  # type: ignore[no-untyped-def]
    """Pose a row's line: begin and step a pixel, and which pixels of it are in the field."""
    x, y, c, s = pose
    left = across * (width - 1) / 2.0
    begin_x, begin_y = x + ahead * c - left * s, y + ahead * s + left * c
    step_x, step_y = across * s, -across * c
    first, last = _within(begin_x, step_x, place[2], place[4], 0, width)
    first, last = _within(begin_y, step_y, place[3], place[5], first, last)
    return begin_x, begin_y, step_x, step_y, first, last


@numba.njit(cache=True, inline="always")
def _fixed(line, scale, place):  # type: ignore[no-untyped-def]
    """Return position and step in the map as 16.16 numbers, y in the upper half of 64 bits."""
    begin_x, begin_y, step_x, step_y, first, _ = line
    x = np.int64((begin_x + first * step_x - place[0]) * scale)
    y = np.int64((begin_y + first * step_y - place[1]) * scale)
    step = (np.int64(step_y * scale) << 32) + np.int64(step_x * scale)
    return np.uint64((y << 32) + x), np.uint64(step)


# Unsigned numbers in the inner loops: a signed index costs a test for wrap-around each time.
_TO_Y, _TO_X, _LOW, _PAIR = np.uint64(48), np.uint64(16), np.uint64(0xFFFF), np.uint64(256)


@numba.njit(cache=True, inline="always")
def _look_up(line, scale, cells, start, stride, place, table, beyond, row):  # type: ignore[no-untyped-def]
    """Fill a row with the table's values of the colour indices under its line."""
    first, last = np.uint64(line[4]), np.uint64(line[5])
    position, step = _fixed(line, scale, place)
    row[:first] = table[beyond]
    for u in range(first, last):
        index = start + (position >> _TO_Y) * stride + ((position >> _TO_X) & _LOW)
        row[u] = table[cells[index]]
        position += step
    row[last:] = table[beyond]


@numba.njit(cache=True, inline="always")
def _look_up_pairs(line, scale, cells, start, stride, place, pair, beyond, far, row):  # type: ignore[no-untyped-def]
    """Fill a row with the values of pairs: of the colour indices under its line and of `far`."""
    first, last = np.uint64(line[4]), np.uint64(line[5])
    position, step = _fixed(line, scale, place)
    for u in range(first):
        row[u] = pair[_PAIR * far[u] + beyond]
    for u in range(first, last):
        index = start + (position >> _TO_Y) * stride + ((position >> _TO_X) & _LOW)
        row[u] = pair[_PAIR * far[u] + cells[index]]
        position += step
    for u in range(last, np.uint64(len(row))):
        row[u] = pair[_PAIR * far[u] + beyond]


@numba.njit(cache=True, inline="always")
def _averages(far, row):  # type: ignore[no-untyped-def]
    """Average a row's values with those of `far`."""
    for u in range(len(row)):
        row[u] = (np.uint32(far[u]) + np.uint32(row[u]) + np.uint32(1)) >> np.uint32(1)


@numba.njit(cache=True, nogil=True)
def draw_ground(poses, rows, maps, forward, look, ground, colours, same, ends, out):  # type: ignore[no-untyped-def]
    """Draw K frames without anything that stands on the ground.

    Args:
        poses: (K, 3) x, y [m] and yaw [rad] of base_link.
        rows: (K,) which sight lines and values each frame has.
        maps: (R,) the map of each of them.
        forward: [m] of the camera ahead of base_link.
        look: SightLines of R looks, as a plain tuple.
        ground: GroundTables, as a plain tuple.
        colours: what colour indices mean in the channel, `single` (R, 256) and `pair` (S, 65536)
            of Looks; without any pairs (0, 65536), the values of the two indices are averaged.
        same: (256,) a table that leaves colour indices as they are.
        ends: (K, height, 2), written to: the pixels of each row, from and up to, that are in the
            field; above the horizon those that are sky.
        out: (K, height, width) uint8, written to.
    """
    aheads, acrosses, levels, scales, kinds, _ = look
    cells, all_starts, all_columns, places, fill = ground
    singles, pairs = colours
    height, width = out.shape[1], out.shape[2]
    by_pair = len(pairs) > 0
    far = np.empty(width, np.uint8)
    for k in range(len(poses)):
        r = rows[k]
        m = maps[r]
        place, starts, columns = places[m], all_starts[m], all_columns[m]
        beyond, sky = fill[m, 0], fill[m, 1]
        single = singles[r]
        pair = pairs[m] if by_pair else same
        c, s = np.cos(poses[k, 2]), np.sin(poses[k, 2])
        pose = (poses[k, 0] + forward * c, poses[k, 1] + forward * s, c, s)
        for v in range(height):
            row = out[k, v]
            kind = kinds[r, v]
            if kind == SKY:
                row[:] = single[sky]
                ends[k, v, 0], ends[k, v, 1] = 0, width
                continue
            line = _posed(pose, aheads[r, v, 0], acrosses[r, v, 0], width, place)
            ends[k, v, 0], ends[k, v, 1] = line[4], line[5]
            if kind == ABOVE:
                row[:] = single[beyond]
                row[line[4] : line[5]] = single[sky]
                continue
            level, scale = levels[r, v, 0], scales[r, v, 0]
            start, stride = np.uint64(starts[level]), np.uint64(columns[level])
            if kind == GROUND:
                _look_up(line, scale, cells, start, stride, place, single, beyond, row)
                continue
            table = same if by_pair else single
            _look_up(line, scale, cells, start, stride, place, table, beyond, far)
            line = _posed(pose, aheads[r, v, 1], acrosses[r, v, 1], width, place)
            level, scale = levels[r, v, 1], scales[r, v, 1]
            start, stride = np.uint64(starts[level]), np.uint64(columns[level])
            if by_pair:
                _look_up_pairs(line, scale, cells, start, stride, place, pair, beyond, far, row)
            else:
                _look_up(line, scale, cells, start, stride, place, single, beyond, row)
                _averages(far, row)
