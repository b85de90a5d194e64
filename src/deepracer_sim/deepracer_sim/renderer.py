# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From poses to camera frames, many at a time.

The camera is fixed to a car on flat ground, so each row of its picture looks at a straight line of
ground that never moves in the car's frame. A frame is those lines, posed by the car and looked up
in the painted map: an addition, two shifts and two loads a pixel. Walls need no ray casting: a
line of ground leaves the field where the wall hides it, and above the horizon the same holds for
the line in which a row meets the plane of the walls' upper edge.

Distant rows cover much ground each; they average two lines. Averages are taken between palette
colours, from tables that OpenCV itself computed, so a grey frame is to the bit what `to_grey`
makes of the colour frame.

Batches are split among plain threads, as the compiled code holds no interpreter lock. Numba's own
parallel loops spin while they wait, and crawl as soon as another process wants a core.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec
from deepracer_sim.painter import CELL, GroundMap

# Below so many frames a thread, handing them out costs more than it saves.
_FRAMES_A_THREAD = 8
# From here on a row averages two lines [m].
_TWO_LINES_FROM = 1.0
# A cell of the map may be at most this many times as wide as a pixel on the ground.
_CELLS_A_PIXEL = 2.0
_ONE = 65536  # 1.0 in the 16.16 fixed-point numbers that step through the map


class _Lines(NamedTuple):
    """Where each row looks, two lines a row, in the car's frame; arrays (height, 2) or (height,).

    A line lies `ahead` [m] of the camera and crosses its axis at right angles; one pixel covers
    `across` [m] of it. Rows above the horizon look at the plane of the walls' upper edge instead.
    `scale` turns metres into 16.16 fixed-point cells of the map's `level`.
    """

    ahead: NDArray[np.float64]
    across: NDArray[np.float64]
    level: NDArray[np.int64]
    scale: NDArray[np.float64]
    kind: NDArray[np.int64]


_GROUND, _GROUND_TWICE, _ABOVE, _SKY = 0, 1, 2, 3


def _look(camera: CameraSpec, wall_height: float, levels: int) -> _Lines:
    rows = np.arange(camera.height_px)[:, None] - (camera.height_px - 1) / 2.0
    rows = rows + np.array([-0.25, 0.25])
    f = camera.focal_length
    forward = np.cos(camera.pitch) - np.sin(camera.pitch) * rows / f
    down = np.sin(camera.pitch) + np.cos(camera.pitch) * rows / f
    middle = down.mean(axis=1)
    ground = (down > 0.0).all(axis=1)
    ahead, across = np.zeros_like(down), np.zeros_like(down)
    ahead[ground] = camera.height * forward[ground] / down[ground]
    across[ground] = camera.height / down[ground] / f
    kind = np.where(ground, _GROUND_TWICE, _ABOVE if wall_height > camera.height else _SKY)
    once = ground & (ahead.min(axis=1) < _TWO_LINES_FROM)
    kind[once] = _GROUND
    centre = camera.height * forward.mean(axis=1) / np.where(once, middle, 1.0)
    ahead[once, 0] = centre[once]
    across[once, 0] = camera.height / middle[once] / f
    above = kind == _ABOVE
    # A row that looks level never meets the plane; a tiny slope sends it far beyond every wall.
    rise = np.maximum(-middle[above], 1e-6)
    ahead[above, 0] = (wall_height - camera.height) * forward.mean(axis=1)[above] / rise
    across[above, 0] = (wall_height - camera.height) / rise / f
    with np.errstate(divide="ignore"):
        level = np.floor(np.log2(_CELLS_A_PIXEL * across / CELL))
    level = np.clip(level, 0, levels - 1).astype(np.int64)
    return _Lines(ahead, across, level, _ONE / (CELL * 2.0**level), kind)


class Renderer:
    """Renders what the cameras of any number of cars see on one painted track."""

    def __init__(self, ground: GroundMap, camera: CameraSpec, threads: int | None = None) -> None:
        """Prepare the lookup tables for a map and a camera.

        Args:
            ground: the painted track.
            camera: where on the car it is and what it sees.
            threads: among how many to split a batch; by default one a core.
        """
        self._threads = threads or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(max(1, self._threads - 1), "renderer")
        self._camera = camera
        self._look = _look(camera, ground.wall_height, len(ground.levels))
        self._cells = np.concatenate([cells.ravel() for cells in ground.levels])
        sizes = [cells.size for cells in ground.levels]
        self._starts = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
        self._columns = np.array([cells.shape[1] for cells in ground.levels], dtype=np.int64)
        self._place = np.array([*ground.origin, *ground.rectangle])
        self._fill = (ground.beyond, ground.sky)
        self._tables = _tables(ground.palette)

    def grey(self, poses: NDArray[np.float64], out: NDArray[np.uint8]) -> None:
        """Render grey frames.

        Args:
            poses: (B, 3) x, y [m] and yaw [rad] of base_link.
            out: (B, 120, 160) uint8, written to.
        """
        self._render(poses, out, 3)

    def bgr(self, poses: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Render colour frames (B, 120, 160, 3), BGR, of poses (B, 3)."""
        shape = (len(poses), self._camera.height_px, self._camera.width)
        channels = np.empty((3, *shape), dtype=np.uint8)
        for channel in range(3):
            self._render(poses, channels[channel], channel)
        return np.ascontiguousarray(np.moveaxis(channels, 0, -1))

    def _render(self, poses: NDArray[np.float64], out: NDArray[np.uint8], channel: int) -> None:
        count = len(poses)
        parts = max(1, min(self._threads, count // _FRAMES_A_THREAD))
        ends = [count * part // parts for part in range(parts + 1)]
        tables = (*self._tables[channel], _SAME)

        def draw(part: int) -> None:
            mine = slice(ends[part], ends[part + 1])
            _render(
                poses[mine],
                self._camera.forward,
                self._look,
                (self._cells, self._starts, self._columns, self._place),
                self._fill,
                tables,
                out[mine],
            )

        others = [self._pool.submit(draw, part) for part in range(1, parts)]
        draw(0)
        for other in others:
            other.result()


_SAME = np.arange(256, dtype=np.uint8)  # A table that leaves colour indices as they are.


def _tables(palette: NDArray[np.uint8]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Return, for blue, green, red and grey, the values of one index and of two averaged.

    The pair table is indexed by 256 times the one index plus the other.
    """
    single = np.zeros((256, 1, 3), dtype=np.uint8)
    single[: len(palette), 0] = palette
    wide = single.astype(np.uint16)
    pair = ((wide + wide.reshape(1, 256, 3) + 1) // 2).astype(np.uint8)
    tables = [(single[:, 0, c].copy(), pair[:, :, c].ravel()) for c in range(3)]
    grey_single = cv2.cvtColor(single, cv2.COLOR_BGR2GRAY).ravel()
    grey_pair = cv2.cvtColor(pair, cv2.COLOR_BGR2GRAY).ravel()
    return [*tables, (grey_single, grey_pair)]


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
def _look_up(line, level, scale, ground, table, beyond, row):  # type: ignore[no-untyped-def]
    """Fill a row with the table's values of the colour indices under its line."""
    cells, starts, columns, place = ground
    first, last = np.uint64(line[4]), np.uint64(line[5])
    start, stride = np.uint64(starts[level]), np.uint64(columns[level])
    position, step = _fixed(line, scale, place)
    row[:first] = table[beyond]
    for u in range(first, last):
        index = start + (position >> _TO_Y) * stride + ((position >> _TO_X) & _LOW)
        row[u] = table[cells[index]]
        position += step
    row[last:] = table[beyond]


@numba.njit(cache=True, inline="always")
def _average(line, level, scale, ground, pair, beyond, far, row):  # type: ignore[no-untyped-def]
    """Fill a row with the averages of the colour indices under its line and those of `far`."""
    cells, starts, columns, place = ground
    first, last = np.uint64(line[4]), np.uint64(line[5])
    start, stride = np.uint64(starts[level]), np.uint64(columns[level])
    position, step = _fixed(line, scale, place)
    for u in range(first):
        row[u] = pair[_PAIR * far[u] + beyond]
    for u in range(first, last):
        index = start + (position >> _TO_Y) * stride + ((position >> _TO_X) & _LOW)
        row[u] = pair[_PAIR * far[u] + cells[index]]
        position += step
    for u in range(last, np.uint64(len(row))):
        row[u] = pair[_PAIR * far[u] + beyond]


@numba.njit(cache=True, nogil=True)
def _render(poses, forward, look, ground, fill, tables, out):  # type: ignore[no-untyped-def]
    place = ground[3]
    beyond, sky = np.uint64(fill[0]), np.uint64(fill[1])
    single, pair, same = tables
    height, width = out.shape[1], out.shape[2]
    far = np.empty(width, np.uint8)
    for car in range(len(poses)):
        c, s = np.cos(poses[car, 2]), np.sin(poses[car, 2])
        pose = (poses[car, 0] + forward * c, poses[car, 1] + forward * s, c, s)
        for v in range(height):
            row = out[car, v]
            kind = look.kind[v]
            if kind == _SKY:
                row[:] = single[sky]
                continue
            line = _posed(pose, look.ahead[v, 0], look.across[v, 0], width, place)
            level, scale = look.level[v, 0], look.scale[v, 0]
            if kind == _ABOVE:
                row[:] = single[beyond]
                row[line[4] : line[5]] = single[sky]
            elif kind == _GROUND:
                _look_up(line, level, scale, ground, single, beyond, row)
            else:
                _look_up(line, level, scale, ground, same, beyond, far)
                line = _posed(pose, look.ahead[v, 1], look.across[v, 1], width, place)
                level, scale = look.level[v, 1], look.scale[v, 1]
                _average(line, level, scale, ground, pair, beyond, far, row)
