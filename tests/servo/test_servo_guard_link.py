# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Guards as processes over a Maestro without hardware: whatever dies, the motor stops."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices.fake_maestro import FakeMaestro
from deepracer_servo.devices.fake_maestro_board import BoardSettings
from deepracer_servo.devices.guard_link import GuardedPwmOutput
from deepracer_servo.devices.pwm_output import open_pwm_output
from deepracer_servo.devices.settings import MaestroSettings

NEUTRAL = Calibration().neutral
FORWARD = Pulses(1_500_000, 1_350_000)
THROTTLE = MaestroSettings().maestro_throttle_channel
# Neither the board's own time-out nor its homes help here: all that stops it is the guard.
BARE_BOARD = BoardSettings(listens=True)


def settings(maestro: FakeMaestro) -> MaestroSettings:
    return MaestroSettings(maestro_device=str(maestro.path), maestro_serial_timeout=0.0)


def guard_pids(servo_pid: int) -> list[int]:
    """Return the guards of a process, the one that holds the board first."""
    children = Path(f"/proc/{servo_pid}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in text_of(file).split()]
    return sorted(pids, key=holds_the_board, reverse=True)


def text_of(file: Path) -> str:
    """Return the text of a file of /proc, empty where its thread has just ended."""
    with contextlib.suppress(OSError):
        return file.read_text()
    return ""


def holds_the_board(pid: int) -> bool:
    """Return whether a process has a pseudo-terminal open; it may end while that is looked up."""
    with contextlib.suppress(OSError):
        folder = f"/proc/{pid}/fd"
        links = [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]
        return any(link.startswith("/dev/pts/") for link in links)
    return False


@pytest.fixture
def maestro() -> Iterator[FakeMaestro]:
    with FakeMaestro(BARE_BOARD) as maestro:
        yield maestro


@pytest.fixture
def guarded(maestro: FakeMaestro) -> Iterator[GuardedPwmOutput]:
    output = open_pwm_output("maestro", {"maestro": settings(maestro)}, NEUTRAL)
    yield output
    output.close()


def drive(output: GuardedPwmOutput, maestro: FakeMaestro) -> None:
    """Write as the driver does until the car drives: neutral while the output fails."""
    healthy = False

    def driving() -> bool:
        nonlocal healthy
        try:
            output.write(FORWARD if healthy else NEUTRAL, NEUTRAL)
            healthy = True
        except DeviceError:
            healthy = False
        return maestro.output(THROTTLE) == FORWARD.throttle_ns

    wait_until(driving, "the car drives")


def test_neutral_is_on_the_device_before_the_first_write(maestro, guarded):
    assert maestro.output(THROTTLE) == NEUTRAL.throttle_ns
    assert guarded.state() == "maestro: ready"


def test_pulses_reach_the_device_and_closing_ends_in_neutral(maestro, guarded):
    drive(guarded, maestro)
    guarded.close()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_guard_that_dies_or_hangs_is_replaced_at_neutral(maestro, guarded, number):
    drive(guarded, maestro)
    os.kill(guard_pids(os.getpid())[0], number)
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    wait_until(lambda: "guards replaced: 1" in guarded.state(), "the spare has the device")
    drive(guarded, maestro)
    wait_until(lambda: len(guard_pids(os.getpid())) == 2, "another spare")


def test_a_spare_that_dies_is_replaced_and_nobody_notices(maestro, guarded):
    drive(guarded, maestro)
    wait_until(lambda: len(guard_pids(os.getpid())) == 2, "a spare")
    spare = guard_pids(os.getpid())[1]
    os.kill(spare, signal.SIGKILL)
    wait_until(lambda: guard_pids(os.getpid())[1:] not in ([], [spare]), "another spare")
    guarded.write(NEUTRAL, NEUTRAL)
    assert guarded.state() == "maestro: ready"


def test_a_device_that_comes_back_needs_neutral_first(maestro, guarded):
    drive(guarded, maestro)
    maestro.unplug()

    def fails() -> bool:
        try:
            guarded.write(FORWARD, NEUTRAL)
        except DeviceError as error:
            return "check the USB cable" in str(error)
        return False

    wait_until(fails, "the error")
    maestro.replug()
    wait_until(lambda: not fails(), "the device is back")
    for _ in range(20):
        guarded.write(FORWARD, NEUTRAL)
        time.sleep(0.01)
    assert maestro.output(THROTTLE) == NEUTRAL.throttle_ns
    drive(guarded, maestro)


def test_a_device_that_is_missing_is_an_error_of_every_write_until_it_comes(maestro):
    maestro.unplug()
    output = open_pwm_output("maestro", {"maestro": settings(maestro)}, NEUTRAL)
    try:
        with pytest.raises(DeviceError, match="is not there"):
            output.write(NEUTRAL, NEUTRAL)
        assert "is not there" in output.state()
        maestro.replug()
        drive(output, maestro)
    finally:
        output.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_closing_stops_the_motor_also_where_the_guard_has_just_failed(maestro, guarded, number):
    drive(guarded, maestro)
    wait_until(lambda: len(guard_pids(os.getpid())) == 2, "a spare")
    os.kill(guard_pids(os.getpid())[0], number)
    guarded.close()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    assert guard_pids(os.getpid()) == []


def test_a_spare_that_hangs_is_replaced_before_it_is_needed(maestro, guarded):
    drive(guarded, maestro)
    wait_until(lambda: len(guard_pids(os.getpid())) == 2, "a spare")
    spare = guard_pids(os.getpid())[1]
    os.kill(spare, signal.SIGSTOP)
    wait_until(lambda: spare not in guard_pids(os.getpid()), "the end of it")


def test_a_spare_that_cannot_be_started_is_tried_again(maestro, guarded, monkeypatch):
    drive(guarded, maestro)
    wait_until(lambda: len(guard_pids(os.getpid())) == 2, "a spare")
    monkeypatch.setattr(guarded, "_command", ["/no/such/program"])
    os.kill(guard_pids(os.getpid())[1], signal.SIGKILL)
    wait_until(lambda: len(guard_pids(os.getpid())) == 1, "the end of it")
    monkeypatch.undo()
    wait_until(lambda: len(guard_pids(os.getpid())) == 2, "a spare again")
    guarded.write(NEUTRAL, NEUTRAL)


SERVO = """
import sys, time
from deepracer_core.calibration import Calibration
from deepracer_servo.devices.pwm_output import open_pwm_output
from deepracer_servo.devices.settings import MaestroSettings
settings = MaestroSettings(maestro_device=sys.argv[1], maestro_serial_timeout=0.0)
neutral = Calibration().neutral
output = open_pwm_output("maestro", {"maestro": settings}, neutral)
output.write(neutral, neutral)
time.sleep(0.1)
while True:
    output.write(neutral._replace(throttle_ns=1_350_000), neutral)
    time.sleep(0.02)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_servo_process_and_guard_that_fail_together_stop_the_motor(maestro, number):
    command = [sys.executable, "-c", SERVO, str(maestro.path)]
    servo = subprocess.Popen(command, start_new_session=True)
    try:
        wait_until(lambda: maestro.output(THROTTLE) == 1_350_000, "the car drives")
        wait_until(lambda: len(guard_pids(servo.pid)) == 2, "a spare")
        time.sleep(0.2)
        os.kill(guard_pids(servo.pid)[0], number)
    finally:
        servo.kill()
        servo.wait()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_servo_process_that_dies_or_hangs_stops_the_motor(maestro, number):
    command = [sys.executable, "-c", SERVO, str(maestro.path)]
    servo = subprocess.Popen(command, start_new_session=True)
    try:
        wait_until(lambda: maestro.output(THROTTLE) == 1_350_000, "the car drives")
        guards = guard_pids(servo.pid)
        assert len(guards) == 2
        os.killpg(servo.pid, number)  # As a launch kills: everything in the node's group.
        wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
        if number == signal.SIGSTOP:
            os.killpg(servo.pid, signal.SIGCONT)
            wait_until(lambda: maestro.output(THROTTLE) == 1_350_000, "it goes on")
    finally:
        servo.kill()
        servo.wait()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in guards), "no guards left")


def test_guards_that_cannot_start_do_not_keep_the_processor_busy(maestro, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    output = open_pwm_output("maestro", {"maestro": settings(maestro)}, NEUTRAL)
    try:
        with pytest.raises(DeviceError, match="the guard process died"):
            output.write(NEUTRAL, NEUTRAL)
        replaced = int(output.state().rsplit(" ", 1)[1])
        assert replaced <= 12
    finally:
        output.close()
