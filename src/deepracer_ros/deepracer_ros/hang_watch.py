# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Kills a node that hangs, so that the launch starts it again: nobody walks up to a car for that.

A node that died is started again by its launch; one that hangs would stay down for ever. So each
node has a small process beside it that hears its heart beat, from the thread that runs the
callbacks. It starts to listen with the first beat, since building a node may take long.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys

BEAT_S = 0.5
# Counted in its own waits: a watcher that was stopped along with its node (Ctrl-Z) kills nobody.
WAIT_S = 1.0
WAITS = 10
ENDS_WITHIN_S = 0.5


class HangWatch:
    """The node's end: a process that watches this one, until closed."""

    def __init__(self) -> None:
        """Start watching with the first beat."""
        read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        command = [sys.executable, "-P", "-m", "deepracer_ros.hang_watch", str(os.getpid())]
        self._process = subprocess.Popen(command, stdin=read_end, stdout=subprocess.DEVNULL)
        os.close(read_end)

    def beat(self) -> None:
        """Say that the node is alive."""
        with contextlib.suppress(OSError):  # A watcher that died is no reason to die too.
            os.write(self._write_end, b".")

    def close(self) -> None:
        """End the watch."""
        os.close(self._write_end)
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def watch(read_end: int, pid: int, wait_s: float = WAIT_S) -> bool:
    """Kill process `pid` when beats stop coming; return whether that was necessary.

    Args:
        read_end: of the pipe that beats come through; its closing ends the watch.
        pid: of the process that beats.
        wait_s: a tenth of the longest silence allowed [s].
    """
    poll = select.poll()
    poll.register(read_end, select.POLLIN)
    poll.poll()
    silent = 0
    while silent < WAITS:
        if not poll.poll(wait_s * 1e3):
            silent += 1
        elif os.read(read_end, 4096):
            silent = 0
        else:
            return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):  # What hung may have been the reader of this.
        os.write(2, f"process {pid} hung for {WAITS * wait_s:g} s and was killed\n".encode())
    return True


def main(arguments: list[str]) -> int:
    """Watch the process with the id `arguments[0]`, whose beats come from stdin."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # They are for the node; its end closes the pipe.
    watch(sys.stdin.fileno(), int(arguments[0]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
