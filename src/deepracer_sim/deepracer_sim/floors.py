# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Floors that are not of one colour: carpet, concrete and wood.

A floor is a map of how light each cell is, 0 to 1 and 0.5 in the mean: 0 is the darker of its two
shades, 1 the lighter one. It is made of random numbers that are the same each time.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Shape = tuple[int, int]  # rows and columns; x runs along the columns

_TILE = 0.5  # [m], of carpet
_SLAB, _JOINT = 2.0, 0.012  # [m] of concrete, and what is between two slabs
_PLANK = (1.2, 0.12)  # [m] length and width
_SEAM = 0.008  # [m] between two planks
# [m], no detail is finer: three cells, so that a renderer that takes the nearest cell and one that
# interpolates show the same floor.
_FINEST = 0.012


def _carpet(shape: Shape, cell: float, generator: np.random.Generator) -> Map:
    """Tufts, wear, and tiles laid with the pile this way and that."""
    rows, columns = ((np.arange(count) * cell / _TILE).astype(int) for count in shape)
    tufts = _clouds(shape, cell, (_FINEST, _FINEST), generator)
    wear = _clouds(shape, cell, (0.15, 0.15), generator)
    pile = ((rows[:, None] + columns) % 2).astype(np.float32)
    return 0.05 * tufts + 0.06 * wear + 0.12 * pile


def _concrete(shape: Shape, cell: float, generator: np.random.Generator) -> Map:
    """Stains of all sizes, grit, and joints between slabs."""
    light = np.zeros(shape, dtype=np.float32)
    for size, contrast in ((1.2, 0.16), (0.3, 0.1), (0.07, 0.07), (_FINEST, 0.02)):
        light += contrast * _clouds(shape, cell, (size, size), generator)
    rows, columns = np.arange(shape[0])[:, None] * cell, np.arange(shape[1]) * cell
    light[(rows % _SLAB < _JOINT) | (columns % _SLAB < _JOINT)] -= 0.4
    return light


def _wood(shape: Shape, cell: float, generator: np.random.Generator) -> Map:
    """Planks along x, each of its own tone and grain, with seams between them."""
    length, width = _PLANK
    y, x = np.arange(shape[0]) * cell, np.arange(shape[1]) * cell
    row = (y / width).astype(int)
    begins = generator.random(row[-1] + 1)[row, None] * length
    along = x + begins
    column = (along / length).astype(int)
    tones = generator.uniform(-0.25, 0.25, (row[-1] + 1, column.max() + 1)).astype(np.float32)
    light = tones[row[:, None], column] + 0.09 * _clouds(shape, cell, (0.4, 0.016), generator)
    light[(y[:, None] % width < _SEAM) | (along % length < _SEAM)] -= 0.28
    return light


FLOORS: dict[str, Callable[[Shape, float, np.random.Generator], Map]] = {
    "carpet": _carpet,
    "concrete": _concrete,
    "wood": _wood,
}


def floor_map(floor: str, shape: Shape, cell: float) -> Map:
    """Return how light the cells of one of `FLOORS` are; `cell` [m] is the side of one."""
    light = FLOORS[floor](shape, cell, np.random.default_rng(0))
    clipped: Map = np.clip(light - light.mean() + 0.5, 0.0, 1.0)
    return clipped


def _clouds(
    shape: Shape, cell: float, size: tuple[float, float], generator: np.random.Generator
) -> Map:
    """Return smooth normal noise with features of a size [m] along x and y."""
    columns, rows = (max(2, round(n * cell / s)) for n, s in zip(shape[::-1], size, strict=True))
    coarse = generator.standard_normal((rows, columns), dtype=np.float32)
    noise: Map = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return noise
