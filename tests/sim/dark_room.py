# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A painted ground that is no track, on which anything that is drawn stands out."""

import numpy as np

from deepracer_sim.painter import GroundMap


def spotted_ground(spots: np.ndarray, radius: float = 0.03) -> GroundMap:
    """A dark room, 8 by 6 m, with light spots on its floor."""
    rows, columns, cell = 1536, 2048, 0.004
    levels = []
    for level in range(5):
        size = cell * 2**level
        y, x = np.mgrid[: rows >> level, : columns >> level] * size + size / 2
        levels.append(np.zeros(x.shape, dtype=np.uint8))
        for spot in spots:
            levels[-1][(x - spot[0]) ** 2 + (y - spot[1]) ** 2 <= radius**2] = 1
    palette = np.array([[0, 0, 0], [255, 255, 255], [90, 90, 90], [180, 180, 180]], np.uint8)
    rectangle = (0.064, 0.064, 8.128, 6.08)
    return GroundMap(tuple(levels), palette, (0.0, 0.0), rectangle, wall_height=1.0)
