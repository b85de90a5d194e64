# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from pathlib import Path

# Only a hanging test waits so long; nothing is judged by its speed.
PATIENCE_S = 120.0


def wait_until(condition: Callable[[], object], what: str = "it") -> None:
    """Return as soon as the condition holds; fail where it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.002)


def is_running(pid: int) -> bool:
    """Return whether a process has not ended; one that nobody has waited for yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
