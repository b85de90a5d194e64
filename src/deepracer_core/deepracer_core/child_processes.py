# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Child processes that do not outlive the one that started them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


def dying_with_parent() -> Callable[[], None]:
    """Return what `subprocess.Popen` takes as `preexec_fn`, for a child of the calling thread.

    The kernel kills the child when that thread, or the whole process, has ended, however that
    happened. What the child starts itself is not reached.
    """
    parent = os.getpid()

    def die_with_it() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It ended before the line above.
            os.kill(os.getpid(), signal.SIGKILL)

    return die_with_it
