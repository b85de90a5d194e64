# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""When rectangles on the ground touch, by the rule of races: a corner of one is in the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Size = tuple[float, float]  # length, width [m]

_CORNERS = np.array([(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)]) / 2.0


def rectangles_touch(
    poses: Array, size: Size, others: Array, other_size: Size
) -> NDArray[np.bool_]:
    """Tell which pairs of rectangles touch.

    Args:
        poses: (..., 3) x, y [m] and heading [rad] of centres.
        size: of each of them.
        others: (..., 3) the other one of each pair.
        other_size: of each of those.

    Returns:
        (...) whether any of the four corners of either is in the other. Rectangles that cross
        without a corner in one another do not count.
    """
    return _has_corner(poses, size, others, other_size) | _has_corner(
        others, other_size, poses, size
    )


def _has_corner(poses: Array, size: Size, others: Array, other_size: Size) -> NDArray[np.bool_]:
    """Tell which rectangles have a corner of the other one inside."""
    corner_x, corner_y = (_CORNERS * other_size).T
    c, s = np.cos(others[..., 2, None]), np.sin(others[..., 2, None])
    x = others[..., 0, None] + c * corner_x - s * corner_y - poses[..., 0, None]
    y = others[..., 1, None] + s * corner_x + c * corner_y - poses[..., 1, None]
    c, s = np.cos(poses[..., 2, None]), np.sin(poses[..., 2, None])
    along, aside = np.abs(x * c + y * s), np.abs(y * c - x * s)
    inside: NDArray[np.bool_] = (along <= size[0] / 2.0) & (aside <= size[1] / 2.0)
    return inside.any(axis=-1)
