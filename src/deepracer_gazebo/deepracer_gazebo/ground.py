# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The painted ground as textured meshes: the very map that the embedded renderer looks up.

A tile is a rectangle of the field with a picture of its own: 250 pixels a metre, cut out of the
painted map with a margin on all sides, so that no filter mixes in what lies beyond an edge. Mesh
and picture are one file, which says which point shows which pixel; what a <plane> of Gazebo does
with a texture is not written down anywhere.

Gazebo's renderer chooses among coarser copies of a picture by the longer side of what a pixel
covers. On a road that is seen at a flat angle this blurs lines away that the embedded renderer,
which goes by the shorter side, still shows. It makes no copies of a picture that is inside its
mesh's file and shines by itself (gz-rendering 8), which these therefore do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from deepracer_gazebo.glb import encode_glb
from deepracer_gazebo.shapes import Vector
from deepracer_sim.appearance import Rectangle
from deepracer_sim.painter import CELL, LEVELS, GroundMap

# [px] side of a picture. In larger ones, software renderers miss the place by up to a pixel.
LARGEST = 1024

_MARGIN = 2 ** (LEVELS - 1)  # [px]; the painted map has as much around the field


class Tile(NamedTuple):
    """A part of the field.

    Attributes:
        file: its name; the file's origin belongs in the middle of the rectangle.
        rectangle: x low, y low, x high, y high [m] on the ground.
        cells: first row, first column, end row and end column in the painted map.
        uv: what of the picture the rectangle shows: u, v at the low and at the high corner, 0 to
            1; v is 0 at the picture's top.
    """

    file: str
    rectangle: Rectangle
    cells: tuple[int, int, int, int]
    uv: Rectangle

    def content(self, ground: GroundMap) -> bytes:
        """Return the tile's file."""
        top, left, bottom, right = self.cells
        indices = ground.levels[0][top:bottom, left:right][::-1]
        x_low, y_low, x_high, y_high = self.rectangle
        return encode_glb(ground.palette[indices], (x_high - x_low, y_high - y_low), self.uv)


def middle(rectangle: Rectangle) -> Vector:
    """Return the point [m] of the ground that is in the middle of a rectangle."""
    x_low, y_low, x_high, y_high = rectangle
    return (x_low + x_high) / 2.0, (y_low + y_high) / 2.0, 0.0


def tiles(ground: GroundMap) -> list[Tile]:
    """Cut the field of a painted track into as few tiles as `LARGEST` allows."""
    x_low, y_low, x_high, y_high = ground.rectangle
    rows, columns = ground.levels[0].shape
    found = []
    for row, (top, bottom) in enumerate(_spans(rows)):
        for column, (left, right) in enumerate(_spans(columns)):
            low_x = max(x_low, ground.origin[0] + (left + _MARGIN) * CELL)
            low_y = max(y_low, ground.origin[1] + (top + _MARGIN) * CELL)
            high_x = min(x_high, ground.origin[0] + (right - _MARGIN) * CELL)
            high_y = min(y_high, ground.origin[1] + (bottom - _MARGIN) * CELL)
            rectangle = (low_x, low_y, high_x, high_y)
            cells = (top, left, bottom, right)
            uv = _uv(ground, rectangle, cells)
            found.append(Tile(f"ground_{row}_{column}.glb", rectangle, cells, uv))
    return found


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """Yield first and end cell of pictures that overlap by a margin on each side."""
    inside = count - 2 * _MARGIN
    parts = math.ceil(inside / (LARGEST - 2 * _MARGIN))
    step = math.ceil(inside / parts / _MARGIN) * _MARGIN
    for begin in range(0, inside, step):
        yield begin, min(begin + step, inside) + 2 * _MARGIN


def _uv(ground: GroundMap, rectangle: Rectangle, cells: tuple[int, int, int, int]) -> Rectangle:
    top, left, bottom, right = cells
    x_low, y_low, x_high, y_high = rectangle

    def u(x: float) -> float:
        return ((x - ground.origin[0]) / CELL - left) / (right - left)

    def v(y: float) -> float:
        return (bottom - (y - ground.origin[1]) / CELL) / (bottom - top)

    return u(x_low), v(y_low), u(x_high), v(y_high)
