# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Processes that die without a word, and processes that hang."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from deepracer_bringup.faults.fault import Break, Rig
from deepracer_core.errors import DeviceError

# Of so many hangs one does not end by itself. Those take long, since a node is given a while.
ENDLESS_ONE_OF = 10


def kill(*names: str) -> Break:
    """Return the fault of processes that are killed by SIGKILL, one right after the other."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        pids = [rig.processes.pid(name) for name in names]
        broken_at = time.monotonic()
        for pid in pids:
            _send(pid, signal.SIGKILL)
        yield broken_at

    return breaks


def hang(name: str) -> Break:
    """Return the fault of a process that is stopped by SIGSTOP, mostly for a moment only."""
    numbers = itertools.count(1)

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        endless = next(numbers) % ENDLESS_ONE_OF == 0
        pid = rig.processes.pid(name)
        broken_at = time.monotonic()
        _send(pid, signal.SIGSTOP)
        try:
            yield broken_at
        finally:
            if not endless:
                with contextlib.suppress(ProcessLookupError):  # It was replaced.
                    os.kill(pid, signal.SIGCONT)

    return breaks


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        raise DeviceError("the process had ended by itself before") from None
