# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import subprocess
import sys

import pytest
from waiting import PATIENCE_S, is_running, wait_until

from deepracer_core import child_processes

# Starts a command in a shell, behind the prefix, and says by which number it runs.
PARENT = """
import subprocess, time
from deepracer_core.child_processes import prefix_dying_with_us
line = prefix_dying_with_us() + " sh -c 'echo $$; exec sleep 600'"
child = subprocess.Popen("exec " + line, shell=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_command_ends_with_the_process_that_started_it(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.send_signal(number)
        parent.wait(PATIENCE_S)
    wait_until(lambda: not is_running(child), "the end of the child")


def run(parent: int, *command: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-IS", child_processes.__file__, str(parent), *command]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S)


def test_a_command_whose_starter_has_ended_already_is_not_run() -> None:
    ended = run(os.getppid(), "echo", "here")
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


def test_a_command_that_is_none_is_told_in_one_line() -> None:
    ended = run(os.getpid(), "/no/such/command")
    assert ended.returncode == 1
    assert ended.stderr == "/no/such/command cannot be run: No such file or directory\n"
