# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where the rows of a camera's picture look.

The camera is fixed to a car on flat ground, so each row of its picture looks at a straight line of
ground that never moves in the car's frame. Distant rows cover much ground each; they have two
lines, whose colours are averaged. A row above the horizon looks at the line in which it meets the
plane of the walls' upper edge: where that line is still above the field, no wall hides the sky.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec
from deepracer_sim.painter import CELL, LEVELS

Array = NDArray[np.float64]

GROUND, GROUND_TWICE, ABOVE, SKY = range(4)
ONE = 65536  # 1.0 in the 16.16 fixed-point numbers that step through the map
# From here on a row averages two lines [m].
_TWO_LINES_FROM = 1.0
# A cell of the map may be at most this many times as wide as a pixel on the ground.
_CELLS_A_PIXEL = 2.0


class SightLines(NamedTuple):
    """Where each row looks, two lines a row, in the frames of R cars.

    A line lies `ahead` [m] of the camera and crosses its axis at right angles; one pixel covers
    `across` [m] of it. `scale` turns metres into 16.16 fixed-point cells of the map's `level`.

    Attributes:
        ahead: (R, height, 2).
        across: (R, height, 2).
        level: (R, height, 2).
        scale: (R, height, 2).
        kind: (R, height) GROUND, GROUND_TWICE, ABOVE (the walls' upper edge) or SKY.
        camera: (R, 5) height [m], cosine and sine of the pitch, focal length [px], and the height
            of the walls around [m].
    """

    ahead: Array
    across: Array
    level: NDArray[np.int64]
    scale: Array
    kind: NDArray[np.int64]
    camera: Array


def camera_values(cameras: Sequence[CameraSpec]) -> Array:
    """Return what sight lines depend on, (R, 3): pitch [rad], height [m], focal length [px]."""
    return np.array([(camera.pitch, camera.height, camera.focal_length) for camera in cameras])


def sight_lines(cameras: Array, wall_height: Array, rows: int) -> SightLines:
    """Return the lines of R cameras.

    Args:
        cameras: (R, 3) from `camera_values`.
        wall_height: (R,) [m] of the walls around each, 0 for none.
        rows: in a picture.
    """
    pitch, height, f = (column[:, None, None] for column in cameras.T)
    top = wall_height[:, None, None]
    below = np.arange(rows)[:, None] - (rows - 1) / 2.0 + np.array([-0.25, 0.25])
    forward = np.cos(pitch) - np.sin(pitch) * below / f
    down = np.sin(pitch) + np.cos(pitch) * below / f
    ground = (down > 0.0).all(axis=-1)
    with np.errstate(divide="ignore"):
        ahead = np.where(ground[..., None], height * forward / down, 0.0)
        across = np.where(ground[..., None], height / down / f, 0.0)
    kind = np.where(ground, GROUND_TWICE, np.where(top > height, ABOVE, SKY)[..., 0])
    kind[ground & (ahead.min(axis=-1) < _TWO_LINES_FROM)] = GROUND
    once, above = kind == GROUND, kind == ABOVE
    forward, down = forward.mean(axis=-1), down.mean(axis=-1)
    # A row that looks level never meets the plane; a tiny slope sends it far beyond every wall.
    slope = np.where(once, down, np.maximum(-down, 1e-6))
    away = np.where(once, height[..., 0], (top - height)[..., 0])
    single = once | above
    ahead[..., 0] = np.where(single, away * forward / slope, ahead[..., 0])
    across[..., 0] = np.where(single, away / slope / f[..., 0], across[..., 0])
    with np.errstate(divide="ignore"):
        level = np.floor(np.log2(_CELLS_A_PIXEL * across / CELL))
    level = np.clip(level, 0, LEVELS - 1).astype(np.int64)
    pitch, height, f = cameras.T
    camera = np.stack((height, np.cos(pitch), np.sin(pitch), f, wall_height), axis=1)
    return SightLines(ahead, across, level, ONE / (CELL * 2.0**level), kind, camera)
