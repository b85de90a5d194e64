# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What faults are made with: corrupted sources, the guard among processes, a clock to be set."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deepracer_bringup.faults.clock_shim import ClockShim
from deepracer_bringup.faults.processes import GUARD, Processes
from deepracer_bringup.faults.sources import Command, Output, Sources
from deepracer_core.errors import ConfigError, DeviceError


def test_a_source_is_right_until_it_is_corrupted() -> None:
    said: list[tuple[str, object]] = []
    sources = Sources(lambda topic, message: said.append((topic, message)))
    sources.answer(1)
    sources.tick(lets_go=False)
    assert said == []
    sources.play("policy_output")
    sources.answer(2)
    sources.tick(lets_go=False)
    assert said == [("policy_output", Output(2))]
    sources.corrupt(lambda right, last: right._replace(stamp_ns=last.stamp_ns))
    assert sources.broken_at is None
    sources.answer(3)
    assert said[-1][1] == Output(2) and sources.broken_at is not None
    sources.corrupt(lambda right, last: None)
    sources.answer(4)
    assert len(said) == 2 and sources.broken_at is not None
    sources.mend()
    sources.play("drive")
    sources.tick(lets_go=False)
    assert said[-1] == ("drive", Command())


WRITER = "import sys, time; open(sys.argv[2], 'w').write(sys.argv[3]); time.sleep(60)"


@pytest.fixture
def guards(tmp_path: Path) -> Iterator[list[int]]:
    """Two children of this process that call themselves guards; the second has written more."""
    line = [sys.executable, "-c", WRITER, "deepracer_servo.devices.guard"]
    files = tmp_path / "spare", tmp_path / "active"
    texts = "", "neutral"
    children = [
        subprocess.Popen([*line, str(file), text]) for file, text in zip(files, texts, strict=True)
    ]
    while not (files[0].exists() and files[1].exists() and files[1].read_text()):
        assert all(child.poll() is None for child in children)
    yield [child.pid for child in children]
    for child in children:
        child.kill()
        child.wait()


def test_the_guard_is_the_one_that_writes(guards: list[int]) -> None:
    processes = Processes(lambda name: os.getpid())
    assert processes.pid(GUARD) == guards[1]
    assert processes.pid("servo_node") == os.getpid()
    with pytest.raises(DeviceError, match="no guard"):
        Processes(lambda name: guards[0]).pid(GUARD)


# Prints how far its clocks are from those of the test, again after each line that it reads; the
# waits are those that the C libraries of a node make.
CLOCKS = """
import ctypes, datetime, sys, time

class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

def deadline(after):
    until = time.time() + after
    return ctypes.byref(Timespec(int(until), int(until % 1 * 1e9)))

def wait(call):
    began = time.monotonic()
    call(deadline(0.1))
    return time.monotonic() - began

libc = ctypes.CDLL(None)
semaphore, mutex, condition = (ctypes.create_string_buffer(64) for _ in range(3))
libc.sem_init(semaphore, 0, 0)
libc.pthread_mutex_lock(mutex)

def wait_on_condition(until):
    while libc.pthread_cond_timedwait(condition, mutex, until) == 0:
        pass

for line in sys.stdin:
    real, steady = map(float, line.split())
    waits = (
        wait(lambda until: libc.sem_timedwait(semaphore, until)),
        wait(lambda until: libc.pthread_mutex_timedlock(mutex, until)),
        wait(wait_on_condition),
    )
    now = time.time(), datetime.datetime.now().timestamp(), libc.time(None)
    print(*(clock - real for clock in now), time.monotonic() - steady, *waits, flush=True)
"""


def test_the_clock_of_a_process_can_be_set_and_its_waits_last_as_long_as_ever(
    tmp_path: Path,
) -> None:

    shim = ClockShim(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", CLOCKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **shim.environment},
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for offset in (0, 3600, -3600):
            shim.set(offset)
            print(time.time(), time.monotonic(), file=process.stdin, flush=True)
            *real, steady, semaphore, mutex, condition = map(
                float, process.stdout.readline().split()
            )
            # Three waits of 0.1 s have passed meanwhile, or more on a busy machine.
            assert real == pytest.approx([offset] * 3, abs=30.0)
            assert 0.2 < steady < 30.0
            assert all(0.09 < wait < 10.0 for wait in (semaphore, mutex, condition))
        process.stdin.close()


def test_without_a_compiler_the_clock_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "/no/such/compiler")
    with pytest.raises(ConfigError, match="/no/such/compiler"):
        ClockShim(tmp_path)
