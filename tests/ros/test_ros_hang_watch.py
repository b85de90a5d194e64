# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A process that hangs is killed; one that ends, beats or is stopped with its watcher is not."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from waiting import PATIENCE_S, wait_until

from deepracer_ros.hang_watch import HangWatch, watch

WAIT_S = 0.02


@pytest.fixture
def victim() -> Iterator[subprocess.Popen]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):  # The test may have closed it.
            os.close(end)


def test_silence_after_a_beat_is_death(victim, pipe):
    os.write(pipe[1], b".")
    assert watch(pipe[0], victim.pid, WAIT_S)
    assert victim.wait(10) == -signal.SIGKILL


def test_nothing_happens_before_the_first_beat_and_after_the_end(victim, pipe):
    threading.Timer(20 * WAIT_S, os.close, [pipe[1]]).start()
    assert not watch(pipe[0], victim.pid, WAIT_S)
    assert victim.poll() is None


def test_beats_keep_it_alive(victim, pipe):
    def beat() -> None:
        for _ in range(40):
            os.write(pipe[1], b".")
            time.sleep(WAIT_S)
        os.close(pipe[1])

    thread = threading.Thread(target=beat)
    thread.start()
    assert not watch(pipe[0], victim.pid, wait_s=1.0)
    thread.join()
    assert victim.poll() is None


def test_a_process_that_is_gone_already_is_no_error(victim, pipe):
    os.write(pipe[1], b".")
    victim.kill()
    victim.wait()
    assert watch(pipe[0], victim.pid, WAIT_S)


def ignored_signals(pid: int) -> int:
    """Return the mask of signals that a process ignores; bit 0 is signal 1."""
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("SigIgn"))
    return int(line.split()[1], 16)


def test_the_watcher_is_a_process_that_ignores_signals_and_ends_with_the_watch(monkeypatch):
    monkeypatch.setattr("deepracer_ros.hang_watch.ENDS_WITHIN_S", PATIENCE_S)
    hang_watch = HangWatch()
    hang_watch.beat()
    process = hang_watch._process
    wait_until(lambda: ignored_signals(process.pid) & 1 << signal.SIGTERM - 1, "it ignores them")
    os.kill(process.pid, signal.SIGINT)
    os.kill(process.pid, signal.SIGTERM)
    time.sleep(0.1)
    assert process.poll() is None
    hang_watch.close()
    assert process.returncode == 0
