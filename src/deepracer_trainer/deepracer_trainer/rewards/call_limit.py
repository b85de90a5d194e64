# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Breaks off calls of a user's code that last too long, and tells that they did.

A timer's signal raises in the user's own line. Python runs handlers of signals in the main thread
only: in another one, nothing is broken off.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from deepracer_core.errors import RewardError

Result = TypeVar("Result")
LONGEST_CALL = 5.0  # [s], the hosted service's bound
_GLANCE = 0.5  # [s] between two looks at the clock


class CallLimit:
    """Watches over calls of one file's code while its `watching` lasts.

    Attributes:
        was_reached: whether a call was broken off.
    """

    def __init__(self, file: Path) -> None:
        """Take the file; nothing is watched over yet."""
        self.was_reached = False
        self._file = file
        self._began = math.inf
        self._text = f"broken off after {LONGEST_CALL:g} s"

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look at the clock now and then; the process's timer is taken for that."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, _GLANCE, _GLANCE)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, before)

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return what a function of the file returns.

        Raises:
            RewardError: it was broken off, but caught what was to end it.
        """
        self._began = time.perf_counter()
        try:
            result = function(*arguments)
        finally:
            self._began = math.inf
        if self.was_reached:
            raise RewardError(f"{self._file}: {self._text}", {})
        return result

    def _look(self, number: int, frame: FrameType | None) -> None:
        """Raise in the user's code, as a signal handler, if the call lasts too long."""
        if time.perf_counter() - self._began > LONGEST_CALL:
            self.was_reached = True
            raise TimeoutError(self._text)
