# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The thread that stops the car when commands stop: no ROS callback can block it.

It calls the driver's `refresh` fifty times a second; the driver writes neutral as soon as
the last command's time to live has run out, and repeats the pulses often enough that one lost
message means nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

PERIOD_S = 0.02
# A device that hangs in a write must not keep the process from ending.
LONGEST_JOIN_S = 1.0


class Watchdog:
    """Calls `tick` every `period_s` until stopped.

    Args:
        tick: what to do; it must not block.
        died: called when `tick` raised, which ends the thread: a car without its watchdog must
            not go on.
        period_s: [s] of wall time.
    """

    def __init__(
        self, tick: Callable[[], None], died: Callable[[], None], period_s: float = PERIOD_S
    ) -> None:
        """Prepare the thread; `start` starts it."""
        self._tick = tick
        self._died = died
        self._period_s = period_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self.alive:
            self._thread.join(LONGEST_JOIN_S)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self._period_s):
                self._tick()
        finally:
            if not self._stopping.is_set():
                self._died()
