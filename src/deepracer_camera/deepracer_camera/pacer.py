# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A steady beat for cameras that have no sensor to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pacer:
    """Waits for the beats of a fixed rate; one who is late for several of them skips those."""

    def __init__(
        self,
        rate: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start: the first wait returns immediately. `rate` in [Hz], `now` and `sleep` in [s]."""
        self._period = 1.0 / rate
        self._now = now
        self._sleep = sleep
        self._next = now()

    def wait(self) -> None:
        """Wait for the next beat."""
        early = self._next - self._now()
        if early > 0.0:
            self._sleep(early)
        elif early < -self._period:
            self._next = self._now()
        self._next += self._period
