# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Guards as processes over a Maestro without hardware: whatever dies, the motor stops."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import wait_until

from deepracer_bringup.faults.processes import guards
from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices import guard_link
from deepracer_servo.devices.fake_maestro import FakeMaestro
from deepracer_servo.devices.fake_maestro_board import BoardSettings
from deepracer_servo.devices.guard_link import GuardedPwmOutput
from deepracer_servo.devices.guard_messages import DeviceState
from deepracer_servo.devices.pwm_output import open_pwm_output
from deepracer_servo.devices.settings import MaestroSettings

NEUTRAL = Calibration().neutral
FORWARD = Pulses(1_500_000, 1_350_000)
THROTTLE = MaestroSettings().maestro_throttle_channel
# Neither the board's own time-out nor its homes help here: all that stops it is the guard.
BARE_BOARD = BoardSettings(listens=True)


def settings(maestro: FakeMaestro) -> MaestroSettings:
    return MaestroSettings(maestro_device=str(maestro.path), maestro_serial_timeout=0.0)


@pytest.fixture
def maestro() -> Iterator[FakeMaestro]:
    with FakeMaestro(BARE_BOARD) as maestro:
        yield maestro


@pytest.fixture
def guarded(maestro: FakeMaestro) -> Iterator[GuardedPwmOutput]:
    output = open_pwm_output("maestro", {"maestro": settings(maestro)}, NEUTRAL)
    yield output
    output.close()


def error(output: GuardedPwmOutput, pulses: Pulses = NEUTRAL) -> str:
    """Write, and return what the output says; nothing where it takes the pulses."""
    try:
        output.write(pulses, NEUTRAL)
    except DeviceError as reason:
        return str(reason)
    return ""


def replaced(output: GuardedPwmOutput) -> int:
    """Return how many guards were; a busy machine lets some look hung that nobody touched."""
    return int(output.state().partition("; guards replaced: ")[2] or 0)


def drive(output: GuardedPwmOutput, maestro: FakeMaestro) -> None:
    """Write as the driver does until the car drives: neutral while the output fails."""
    healthy = False

    def driving() -> bool:
        nonlocal healthy
        healthy = not error(output, FORWARD if healthy else NEUTRAL)
        return maestro.output(THROTTLE) == FORWARD.throttle_ns

    wait_until(driving, "the car drives")


def test_neutral_is_on_the_device_before_the_first_write(maestro, guarded):
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    wait_until(lambda: guarded.state().partition(";")[0] == "maestro: ready", "it is ready")


def test_pulses_reach_the_device_and_closing_ends_in_neutral(maestro, guarded):
    drive(guarded, maestro)
    guarded.close()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_a_guard_that_dies_or_hangs_is_replaced_at_neutral(maestro, guarded, number):
    drive(guarded, maestro)
    before = replaced(guarded)
    os.kill(guards(os.getpid())[0], number)
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    wait_until(lambda: replaced(guarded) > before, "the spare has the device")
    drive(guarded, maestro)
    wait_until(lambda: len(guards(os.getpid())) == 2, "another spare")


def test_a_spare_that_dies_is_replaced_and_nobody_notices(maestro, guarded, monkeypatch):
    for state in (DeviceState.READY, DeviceState.FAILED):  # Nobody shall look hung meanwhile.
        monkeypatch.setitem(guard_link.PATIENCE_S, state, 10.0)
    drive(guarded, maestro)
    wait_until(lambda: len(guards(os.getpid())) == 2, "a spare")
    before = replaced(guarded)
    spare = guards(os.getpid())[1]
    os.kill(spare, signal.SIGKILL)
    wait_until(lambda: guards(os.getpid())[1:] not in ([], [spare]), "another spare")
    drive(guarded, maestro)
    assert replaced(guarded) == before


def test_a_device_that_comes_back_needs_neutral_first(maestro, guarded):
    drive(guarded, maestro)
    maestro.unplug()
    wait_until(lambda: "check the USB cable" in error(guarded, FORWARD), "the error")
    maestro.replug()
    wait_until(lambda: not error(guarded, FORWARD), "the device is back")
    for _ in range(20):
        error(guarded, FORWARD)  # Should it fail once more, then neutral is needed all the more.
        time.sleep(0.01)
    assert maestro.output(THROTTLE) == NEUTRAL.throttle_ns
    drive(guarded, maestro)


def test_a_device_that_is_missing_is_an_error_of_every_write_until_it_comes(maestro):
    maestro.unplug()
    output = open_pwm_output("maestro", {"maestro": settings(maestro)}, NEUTRAL)
    try:
        wait_until(lambda: "is not there" in error(output), "the error")
        wait_until(lambda: "is not there" in output.state(), "the state")
        for _ in range(20):
            assert error(output)
            time.sleep(0.01)
        maestro.replug()
        drive(output, maestro)
    finally:
        output.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_closing_stops_the_motor_also_where_the_guard_has_just_failed(maestro, guarded, number):
    drive(guarded, maestro)
    wait_until(lambda: len(guards(os.getpid())) == 2, "a spare")
    os.kill(guards(os.getpid())[0], number)
    guarded.close()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    assert guards(os.getpid()) == []


def test_closing_stops_the_motor_by_a_spare_that_was_told_nothing_yet(
    maestro, guarded, monkeypatch
):
    drive(guarded, maestro)
    wait_until(lambda: len(guards(os.getpid())) == 2, "a spare")
    monkeypatch.setattr(guarded, "_look_after_spare", lambda passed_s: None)
    monkeypatch.setattr(guarded, "_look_after_guard", lambda passed_s: None)
    guard, spare = guards(os.getpid())
    os.kill(spare, signal.SIGKILL)
    monkeypatch.setattr(guarded, "_spare", guard_link._GuardProcess(guarded._command))
    os.kill(guard, signal.SIGKILL)
    guarded.close()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")


def test_a_spare_that_hangs_is_replaced_before_it_is_needed(maestro, guarded):
    drive(guarded, maestro)
    wait_until(lambda: len(guards(os.getpid())) == 2, "a spare")
    spare = guards(os.getpid())[1]
    os.kill(spare, signal.SIGSTOP)
    wait_until(lambda: spare not in guards(os.getpid()), "the end of it")


def test_a_spare_that_cannot_be_started_is_tried_again(maestro, guarded, monkeypatch):
    drive(guarded, maestro)
    wait_until(lambda: len(guards(os.getpid())) == 2, "a spare")
    monkeypatch.setattr(guarded, "_command", ["/no/such/program"])
    os.kill(guards(os.getpid())[1], signal.SIGKILL)
    wait_until(lambda: len(guards(os.getpid())) == 1, "the end of it")
    monkeypatch.undo()
    wait_until(lambda: len(guards(os.getpid())) == 2, "a spare again")
    wait_until(lambda: not error(guarded), "the guard is well")


SERVO = """
import sys, time
from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_servo.devices.pwm_output import open_pwm_output
from deepracer_servo.devices.settings import MaestroSettings
settings = MaestroSettings(maestro_device=sys.argv[1], maestro_serial_timeout=0.0)
neutral = Calibration().neutral
forward = neutral._replace(throttle_ns=1_350_000)
output = open_pwm_output("maestro", {"maestro": settings}, neutral)
healthy = False
while True:
    try:
        output.write(forward if healthy else neutral, neutral)
        healthy = True
    except DeviceError:
        healthy = False
    time.sleep(0.02)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_servo_process_and_guard_that_fail_together_stop_the_motor(maestro, number):
    command = [sys.executable, "-c", SERVO, str(maestro.path)]
    servo = subprocess.Popen(command, start_new_session=True)
    try:
        wait_until(lambda: maestro.output(THROTTLE) == 1_350_000, "the car drives")
        wait_until(lambda: len(guards(servo.pid)) == 2, "a spare")
        time.sleep(0.2)
        os.kill(guards(servo.pid)[0], number)
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
        wait_until(lambda: len(guards(servo.pid)) == 2, "a spare")
        pids = guards(servo.pid)
        os.killpg(servo.pid, number)  # As a launch kills: everything in the node's group.
        wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
        if number == signal.SIGSTOP:
            os.killpg(servo.pid, signal.SIGCONT)
            wait_until(lambda: maestro.output(THROTTLE) == 1_350_000, "it goes on")
    finally:
        servo.kill()
        servo.wait()
    wait_until(lambda: maestro.output(THROTTLE) == NEUTRAL.throttle_ns, "neutral")
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "no guards left")


def test_guards_that_cannot_start_do_not_keep_the_processor_busy(maestro, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    output = open_pwm_output("maestro", {"maestro": settings(maestro)}, NEUTRAL)
    try:
        wait_until(lambda: "the guard process died" in error(output), "the error")
        assert 0 < replaced(output) <= 12
    finally:
        output.close()
