# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How long it takes until a frame is answered by its first pulse, in wall time.

Stamps cannot tell, because simulated time moves in ticks.
"""

from __future__ import annotations

import time

MOST_UNDER_WAY = 16  # frames; those that are never answered are forgotten


class AnswerTimes:
    """Remembers when frames left, by their stamps."""

    def __init__(self) -> None:
        """Know of no frame."""
        self._left: dict[int, float] = {}

    def frame(self, stamp_ns: int) -> None:
        """Note that the frame with this stamp [ns] leaves now."""
        self._left[stamp_ns] = time.monotonic()
        if len(self._left) > MOST_UNDER_WAY:
            del self._left[next(iter(self._left))]

    def answer(self, stamp_ns: int) -> float | None:
        """Return how long [s] the first answer to a frame took; None for all others."""
        left = self._left.pop(stamp_ns, None)
        return None if left is None else time.monotonic() - left
