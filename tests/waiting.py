# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable

# Only a hanging test waits so long; nothing is judged by its speed.
PATIENCE_S = 30.0


def wait_until(condition: Callable[[], object], what: str = "it") -> None:
    """Return as soon as the condition holds; fail where it never does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.002)
