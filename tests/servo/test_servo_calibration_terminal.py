# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The terminal of the calibration guide, and the guide on a real servo node through it."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest
import rclpy
from node_graph import Observer, running_node
from waiting import PATIENCE_S

from deepracer_core.calibration import Calibration
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_interfaces.msg import DriveState, PwmPulses
from deepracer_ros.qos import COMMAND, LATCHED
from deepracer_servo.calibration import calibrate_node
from deepracer_servo.calibration.calibration_file import read_calibration_file
from deepracer_servo.calibration.terminal import Terminal, TerminalLostError
from deepracer_servo.drive_mode import Mode

STOCK = Calibration()
UP, ENTER = "\x1b[A", "\n"


class Console:
    """A terminal emulator around a process or a Terminal."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.text = ""

    def read_until(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.text:
            assert time.monotonic() < deadline, f"never seen: {text!r} in {self.text!r}"
            if select.select([self.master], [], [], 0.1)[0]:
                self.text += os.read(self.master, 4096).decode()

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def close(self) -> None:
        for descriptor in (self.master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)
        self.master = self.slave = -1


@pytest.fixture
def console():
    console = Console()
    yield console
    console.close()


def test_a_terminal_names_keys_and_is_left_as_it_was(console):
    before = termios.tcgetattr(console.slave)
    with Terminal(console.slave, console.slave) as terminal:
        assert terminal.keys(0.0) == []
        console.type("a\x1b[A\x1bOB \r+\x1b[1;5C")
        assert terminal.keys(1.0) == ["a", "up", "down", "space", "enter", "+", "\x1b[1;5C"]
        console.type("\x1b")
        threading.Timer(0.02, console.type, ("[C",)).start()
        assert terminal.keys(1.0)[:1] in (["right"], ["\x1b"])
    assert termios.tcgetattr(console.slave) == before


def test_a_terminal_asks_for_a_line(console):
    with Terminal(console.slave, console.slave) as terminal:

        def answer() -> None:
            console.read_until("drive: ")
            console.type("0.3 3 4\x7f5\n")

        person = threading.Thread(target=answer)
        person.start()
        assert terminal.line("drive: ") == "0.3 3 5"
        person.join()
        console.type("x")
        assert terminal.keys(1.0) == ["x"]


def test_a_terminal_that_is_closed_is_told(console):
    with Terminal(console.slave, console.slave) as terminal:
        os.close(console.master)
        console.master = -1
        with pytest.raises(TerminalLostError):
            terminal.keys(1.0)
        with pytest.raises(TerminalLostError):
            terminal.status("text")


def test_without_a_terminal_it_says_so():
    read_end, write_end = os.pipe()
    with pytest.raises(ConfigError, match="needs a terminal"):
        Terminal(read_end, write_end)
    os.close(read_end)
    os.close(write_end)


PROGRAM = [sys.executable, "-P", "-m", "deepracer_servo.calibration.calibrate_node"]


@pytest.fixture
def command(console):
    """Starts the command on the console."""
    processes = []

    def start(*options: str) -> subprocess.Popen[bytes]:
        slave = console.slave
        process = subprocess.Popen(
            [*PROGRAM, *options], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


class Servo:
    """A servo node in a process, and an eye on it."""

    def __init__(self, observer: Observer, file: Path) -> None:
        self.file = file
        self.observer = observer
        self.pulses = observer.listen(PwmPulses, "pwm", COMMAND)
        self.states = observer.listen(DriveState, "drive_state", LATCHED)

    def wait_for(self, what: str, condition) -> None:
        self.observer.wait_until(condition, what)

    def wait_for_mode(self, mode: Mode) -> None:
        self.wait_for(mode.name, lambda: self.states and self.states[-1].mode == mode)

    def wait_for_neutral(self) -> None:
        neutral = STOCK.neutral
        self.pulses.clear()
        self.wait_for(
            "neutral",
            lambda: (
                self.pulses
                and (self.pulses[-1].steering_ns, self.pulses[-1].throttle_ns) == neutral
            ),
        )


@pytest.fixture
def servo(tmp_path):
    observer = Observer()
    file = tmp_path / "calibration.yaml"
    with running_node("deepracer_servo.servo_node", calibration_file=file):
        yield Servo(observer, file)
    observer.close()


def test_a_person_calibrates_a_car(console, command, servo):
    process = command()
    console.read_until("[y/n]")
    console.type("y")
    servo.wait_for_mode(Mode.CALIBRATION)
    console.read_until("straight ahead")
    console.type(UP)
    servo.wait_for("the jog", lambda: servo.pulses and servo.pulses[-1].steering_ns == 1_470_000)
    for title in (
        "full left",
        "full right",
        "neutral",
        "which way",
        "speed forward",
        "in reverse",
    ):
        console.type(ENTER)
        console.read_until(title)
    console.type(ENTER)
    console.read_until("drive 1: ")
    console.type("\n")
    console.read_until("Save it?")
    console.type("y")
    console.read_until(f"saved as {servo.file}")
    assert process.wait(PATIENCE_S) == 0
    servo.wait_for_mode(Mode.DISABLED)
    found = read_calibration_file(servo.file, "deepracer")
    assert found is not None and found.calibration.steering.mid_ns == 1_470_000


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_with_the_car_disabled(console, command, servo, number, status):
    process = command()
    console.read_until("[y/n]")
    console.type("y")
    console.read_until("straight ahead")
    console.type(UP)
    servo.wait_for("the jog", lambda: servo.pulses and servo.pulses[-1].steering_ns == 1_470_000)
    process.send_signal(number)
    assert process.wait(PATIENCE_S) == status
    servo.wait_for_mode(Mode.DISABLED)
    servo.wait_for_neutral()
    assert not servo.file.exists()


def test_killed_or_without_its_terminal_the_pulse_ends(console, command, servo):
    process = command()
    console.read_until("[y/n]")
    console.type("y")
    console.read_until("straight ahead")
    console.type(UP)
    servo.wait_for("the jog", lambda: servo.pulses and servo.pulses[-1].steering_ns == 1_470_000)
    process.kill()
    servo.wait_for_neutral()
    process = command()
    console.text = ""
    console.read_until("[y/n]")
    console.type("y")
    console.read_until("straight ahead")
    console.close()
    assert process.wait(PATIENCE_S) != 0
    servo.wait_for_mode(Mode.DISABLED)
    servo.wait_for_neutral()


def test_it_says_where_no_servo_node_is(monkeypatch):
    monkeypatch.setattr(calibrate_node, "FIND_S", 0.2)
    rclpy.init(args=[])
    try:
        car = calibrate_node.RosCar(rclpy.create_node("seeker"), "nobody")
        domain = os.environ["ROS_DOMAIN_ID"]
        with pytest.raises(DeviceError, match=rf"car.launch.py.* ROS_DOMAIN_ID \(here {domain}\)"):
            car.find()
    finally:
        rclpy.shutdown()


def test_in_a_pipe_it_says_that_it_needs_a_terminal():
    result = subprocess.run(PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert result.returncode == 2
    assert b"needs a terminal" in result.stderr
