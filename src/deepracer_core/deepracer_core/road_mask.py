# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Which points are on the road: an exact polygon test behind a coarse raster.

Most points lie in raster cells that no border crosses, where the answer is known beforehand; only
the others are tested against every edge. The answers are those of the exact test alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_CELL = 0.02  # [m]
_OUTSIDE, _ROAD, _BORDER = 0, 1, 2


class RoadMask:
    """The region inside an odd number of rings: the ring between the borders of a track."""

    def __init__(self, rings: Sequence[Array]) -> None:
        """Take closed rings, each (N, 2) [m] with its first point repeated at the end."""
        self._start = np.concatenate([ring[:-1] for ring in rings])
        self._end = np.concatenate([ring[1:] for ring in rings])
        corners = np.concatenate((self._start, self._end))
        self._origin = corners.min(axis=0) - 3 * _CELL
        size = np.ceil((corners.max(axis=0) + 3 * _CELL - self._origin) / _CELL).astype(int)
        self._cells = self._classify(rings, int(size[0]), int(size[1]))

    def contains(self, points: Array) -> NDArray[np.bool_]:
        """Tell which of the points (B, 2) [m] are on the road."""
        column, row = np.floor((points - self._origin) / _CELL).T
        rows, columns = self._cells.shape
        near = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        cell = np.full(len(points), _OUTSIDE, dtype=np.uint8)
        cell[near] = self._cells[row[near].astype(np.intp), column[near].astype(np.intp)]
        inside: NDArray[np.bool_] = cell == _ROAD
        doubtful = cell == _BORDER
        inside[doubtful] = self._exactly(points[doubtful])
        return inside

    def _exactly(self, points: Array) -> NDArray[np.bool_]:
        """Count the edges that a ray to the right of each point crosses; odd is inside."""
        x, y = points[:, 0, None], points[:, 1, None]
        below_start, below_end = y < self._start[:, 1], y < self._end[:, 1]
        rise = self._end[:, 1] - self._start[:, 1]
        safe_rise = np.where(rise == 0.0, 1.0, rise)
        run = self._end[:, 0] - self._start[:, 0]
        crossing = self._start[:, 0] + (y - self._start[:, 1]) * run / safe_rise
        crossed = (below_start != below_end) & (x < crossing)
        odd: NDArray[np.bool_] = np.count_nonzero(crossed, axis=1) % 2 == 1
        return odd

    def _classify(self, rings: Sequence[Array], columns: int, rows: int) -> NDArray[np.uint8]:
        cells = np.zeros((rows, columns), dtype=np.uint8)
        for ring in rings:
            line = np.floor((ring - self._origin) / _CELL).astype(np.int32)
            # Three cells wide: rounding must never leave a cell unmarked that the edge crosses.
            cv2.polylines(cells, [line], isClosed=True, color=_BORDER, thickness=3)
        # Cells that hang together without crossing a border are all road or all not.
        free = (cells != _BORDER).astype(np.uint8)
        _, regions = cv2.connectedComponents(free, connectivity=4)
        _, first = np.unique(regions, return_index=True)
        columns_first, rows_first = first % columns, first // columns
        centres = self._origin + (np.stack((columns_first, rows_first), axis=1) + 0.5) * _CELL
        kinds = np.where(self._exactly(centres), _ROAD, _OUTSIDE).astype(np.uint8)
        kinds[0] = _BORDER  # Region 0 is what was drawn.
        classified: NDArray[np.uint8] = kinds[regions]
        return classified
