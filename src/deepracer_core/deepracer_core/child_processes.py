# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Child processes that do not outlive the one that started them.

As a program, `child_processes.py PID COMMAND...`, it becomes a command that ends with the process
PID, its parent: for those who start processes by other means than ours.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def dying_with_parent() -> Callable[[], None]:
    """Return what `subprocess.Popen` takes as `preexec_fn`, for a child of the calling thread.

    The kernel kills the child when that thread, or the whole process, has ended, however that
    happened. What the child starts itself is not reached.
    """
    parent = os.getpid()
    return lambda: _die_with(parent)


def prefix_dying_with_us() -> str:
    """Return what to put before a shell command, so that it ends with this process."""
    return shlex.join((sys.executable, "-IS", os.path.abspath(__file__), str(os.getpid())))


def _die_with(parent: int) -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It ended before the line above.
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    _die_with(int(sys.argv[1]))
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        sys.exit(f"{sys.argv[2]} cannot be run: {error.strerror}")
