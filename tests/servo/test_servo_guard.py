# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The guard over a fake device: what it writes when commands come, stop, or come too late."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from waiting import PATIENCE_S, wait_until

from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices.guard import SILENCE_NS, Guard
from deepracer_servo.devices.guard_messages import DISMISSED, Command, DeviceState, Report

NEUTRAL = Pulses(1_450_000, 1_446_000)
FORWARD = Pulses(1_500_000, 1_350_000)


class Device:
    """Remembers what was written; fails while told to."""

    def __init__(self, bench: "Bench", neutral: Pulses) -> None:
        if bench.failure:
            raise DeviceError(bench.failure)
        if bench.busy:
            bench.busy -= 1
            raise DeviceError("busy")
        self.bench = bench
        self.neutral = neutral
        bench.device = self
        bench.opened += 1
        bench.written.append(neutral)

    def write(self, pulses: Pulses) -> None:
        if self.bench.failure:
            raise DeviceError(self.bench.failure)
        self.bench.written.append(pulses)

    def remarks(self) -> str:
        return self.bench.remarks

    def close(self) -> None:
        self.bench.closed += 1


class Bench:
    """A guard in a thread, and the servo node's end of its channel."""

    def __init__(self) -> None:
        self.written: list[Pulses] = []
        self.device: Device | None = None
        self.opened = self.closed = 0
        self.busy = 0  # How many more times the device cannot be opened.
        self.failure = self.remarks = ""
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.guard = Guard(theirs, lambda neutral: Device(self, neutral))
        self.thread = threading.Thread(target=self.guard.run)
        self.thread.start()

    def send(
        self, pulses: Pulses, age_ns: int = 0, neutral: Pulses = NEUTRAL, owner: int = 0
    ) -> None:
        self.channel.send(Command(time.monotonic_ns() - age_ns, owner, pulses, neutral).encode())

    def feed(self, pulses: Pulses, condition: Callable[[], object]) -> None:
        """Send pulses as a servo node does until the condition holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            self.send(pulses)
            time.sleep(0.01)

    def report(self, state: DeviceState) -> Report:
        """Wait for a report of this state."""
        self.channel.settimeout(10.0)
        while (report := Report.decode(self.channel.recv(4096))).state is not state:
            pass
        return report

    def drive(self) -> None:
        count = len(self.written)
        self.feed(NEUTRAL, lambda: len(self.written) > count + 3)
        self.feed(FORWARD, lambda: self.written[-1] == FORWARD)

    def close(self) -> None:
        self.channel.close()
        self.thread.join(10.0)
        assert not self.thread.is_alive()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def owner() -> Iterator[subprocess.Popen]:
    """Stands for the guard that owns the device."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def stand_by(bench: Bench, owner: subprocess.Popen) -> None:
    bench.send(NEUTRAL, owner=owner.pid)
    bench.report(DeviceState.STANDING_BY)


def test_a_spare_reports_and_leaves_the_device_alone(bench, owner):
    stand_by(bench, owner)
    bench.report(DeviceState.STANDING_BY)
    bench.channel.send(DISMISSED)
    bench.close()
    assert bench.opened == 0 and owner.poll() is None


def test_a_guard_that_was_told_nothing_does_nothing(bench):
    bench.close()
    assert bench.opened == 0


def test_a_spare_that_is_terminated_leaves_owner_and_device_alone(bench, owner):
    stand_by(bench, owner)
    bench.guard.end()
    bench.thread.join(10.0)
    assert bench.opened == 0 and owner.poll() is None


def test_a_deserted_spare_sees_the_owner_off_and_writes_neutral(bench, owner):
    stand_by(bench, owner)
    bench.close()
    assert owner.wait(10.0) == -signal.SIGKILL
    assert bench.written[-1] == NEUTRAL
    assert bench.closed == 1


def test_a_deserted_spare_tries_a_device_that_fails_several_times(bench, owner):
    stand_by(bench, owner)
    bench.busy = 2
    bench.close()
    assert bench.busy == 0 and bench.written[-1] == NEUTRAL


def test_a_command_and_the_end_together_still_mean_neutral(bench):
    bench.send(FORWARD)
    bench.close()
    assert bench.written[-1] == NEUTRAL
    assert FORWARD not in bench.written


def test_neutral_comes_first_and_is_needed_before_anything_else(bench):
    bench.feed(FORWARD, lambda: len(bench.written) > 5)
    assert set(bench.written) == {NEUTRAL}
    bench.drive()


def test_silence_is_neutral_and_the_next_command_is_obeyed(bench):
    bench.drive()
    wait_until(lambda: bench.written[-1] == NEUTRAL)
    assert bench.opened == 1
    bench.feed(FORWARD, lambda: bench.written[-1] == FORWARD)


def test_a_command_that_waited_in_the_queue_is_not_obeyed(bench):
    bench.drive()
    wait_until(lambda: bench.written[-1] == NEUTRAL)
    count = len(bench.written)
    bench.send(FORWARD, age_ns=SILENCE_NS + 1)
    wait_until(lambda: len(bench.written) > count + 2)
    assert set(bench.written[count:]) == {NEUTRAL}


def test_the_device_learns_of_a_new_neutral(bench):
    bench.drive()
    other = Pulses(1_460_000, 1_440_000)
    bench.send(FORWARD, neutral=other)
    wait_until(lambda: bench.device.neutral == other)


def test_only_the_newest_of_many_commands_counts(bench):
    bench.drive()
    left = Pulses(1_600_000, 1_446_000)
    for _ in range(50):
        bench.send(FORWARD)
    bench.feed(left, lambda: bench.written[-1] == left)


def test_a_closed_channel_is_neutral_and_the_end(bench):
    bench.drive()
    bench.close()
    assert bench.written[-1] == NEUTRAL
    assert bench.closed == 1


def test_being_told_to_end_is_neutral_and_the_end(bench):
    bench.drive()
    bench.guard.end()
    bench.thread.join(10.0)
    assert bench.written[-1] == NEUTRAL
    assert bench.closed == 1


def test_a_failed_device_is_reported_closed_and_opened_again_at_neutral(bench):
    bench.drive()
    bench.failure = "the port is gone"
    bench.feed(FORWARD, lambda: bench.closed)
    assert bench.report(DeviceState.FAILED).text == "the port is gone"
    count, bench.failure = len(bench.written), ""
    bench.feed(FORWARD, lambda: bench.opened == 2)
    bench.feed(FORWARD, lambda: len(bench.written) > count + 3)
    assert set(bench.written[count:]) == {NEUTRAL}
    bench.drive()


def test_a_missing_device_is_tried_again_with_growing_pauses(bench):
    bench.failure = "no such device"
    bench.feed(NEUTRAL, lambda: bench.guard._delay_ns > 300_000_000)
    assert bench.report(DeviceState.FAILED).text == "no such device"
    bench.failure = ""
    bench.feed(NEUTRAL, lambda: bench.opened)


def test_remarks_are_passed_on(bench):
    bench.remarks = "the board's serial time-out is off"
    bench.feed(NEUTRAL, lambda: bench.written)
    assert bench.report(DeviceState.READY).text == bench.remarks


def test_a_servo_node_that_does_not_listen_does_not_block_the_guard(bench):
    bench.remarks = "x" * 4000
    bench.drive()
    bench.feed(FORWARD, lambda: len(bench.written) > 100)


def test_messages_survive_the_way():
    command = Command(123_456_789_012_345, 4711, FORWARD, NEUTRAL)
    assert Command.decode(command.encode()) == command
    report = Report(DeviceState.FAILED, "µs: gone")
    assert Report.decode(report.encode()) == report
    assert len(Report(DeviceState.READY, "x" * 10_000).encode()) == 4096
