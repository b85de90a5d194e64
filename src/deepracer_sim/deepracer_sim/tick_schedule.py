# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""When simulated time moves on: ticks that divide the time between two frames evenly.

Simulated time follows a steady wall clock without drift. Where the machine stalls, up to
`LONGEST_BACKLOG` is caught up and the rest is lost: simulated time then runs late instead of
jumping, so nobody who waits in simulated time sees a gap.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

LONGEST_WALL_TICK = 0.01  # [s], well below the 150 ms after which a clock counts as dead
LONGEST_TICK = 0.02  # [s, simulated], the period of the pulses themselves
LONGEST_BACKLOG = 0.05  # [s]


class TickSchedule:
    """Counts ticks.

    Attributes:
        duration: of a tick [s, simulated].
        wall_period: time between ticks [s].
    """

    def __init__(
        self, fps: float, real_time_factor: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Divide the time between frames; the first tick is due a `wall_period` from now."""
        longest = min(LONGEST_TICK, LONGEST_WALL_TICK * real_time_factor)
        self._fps = fps
        self._ticks_a_frame = max(1, math.ceil(1.0 / fps / longest - 1e-9))
        self.duration = 1.0 / fps / self._ticks_a_frame
        self.wall_period = self.duration / real_time_factor
        self._now = now
        self._origin = now()  # When tick 0 was due.
        self._done = 0

    @property
    def time_ns(self) -> int:
        """Simulated time [ns] after the ticks so far."""
        return round(self._done * 1e9 / (self._fps * self._ticks_a_frame))

    @property
    def is_frame(self) -> bool:
        """Whether the last tick ended on a frame."""
        return self._done % self._ticks_a_frame == 0

    def due(self) -> int:
        """Return how many ticks are due now; half a period early counts as due."""
        late = self._now() - self._origin - self._done * self.wall_period
        lost = late - LONGEST_BACKLOG
        if lost > 0.0:
            self._origin += lost
            late -= lost
        return max(0, round(late / self.wall_period))

    def tick(self) -> None:
        """Note that one tick is done."""
        self._done += 1
