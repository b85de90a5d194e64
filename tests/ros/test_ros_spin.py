# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How a node's process ends: by signal, by bad input, by a bug, always through destroy_node."""

import signal
import subprocess
import sys

import pytest

PATIENCE_S = 60
PROGRAM = """
import os, sys, time
import rclpy
from rclpy.node import Node
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_ros.spin import run_node

class Probe(Node):
    def __init__(self):
        super().__init__("probe")
        if how == "bad input":
            raise ConfigError("speed is 9,\\n allowed is 1 to 4")
        self.create_timer(0.01, self.tick)
        print("up", flush=True)

    def tick(self):
        if how == "device":
            raise DeviceError("the camera is gone: plug it in")
        if how == "bug":
            raise ZeroDivisionError("a bug")
        if how == "shutdown":
            rclpy.shutdown()
        if how == "busy":
            print("busy", flush=True)
            time.sleep(1.0)

    def destroy_node(self):
        print("destroyed", self.context.ok(), flush=True)
        super().destroy_node()

how = sys.argv[1]
raise SystemExit(run_node(Probe))
"""


def start(how: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["idle", "busy"])
def test_a_signal_ends_it_with_status_0_while_it_can_still_speak(how, number):
    process = start(how)
    assert process.stdout.readline() == "up\n"
    if how == "busy":
        assert process.stdout.readline() == "busy\n"
    process.send_signal(number)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert output.endswith("destroyed True\n")
    assert "Traceback" not in errors


def test_shutdown_from_inside_ends_it_too():
    process = start("shutdown")
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert output == "up\ndestroyed False\n"
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("how", "status", "message", "output"),
    [
        ("bad input", 2, "speed is 9, allowed is 1 to 4", ""),
        ("device", 1, "the camera is gone: plug it in", "up\ndestroyed True\n"),
    ],
)
def test_an_error_for_the_user_is_one_line_and_only_bad_input_is_final(
    how, status, message, output
):
    process = start(how)
    printed, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == status
    assert [line for line in errors.splitlines() if line.endswith(message)]
    assert "Traceback" not in errors
    assert printed == output


def test_a_bug_is_not_hidden_but_the_node_is_destroyed():
    process = start("bug")
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "ZeroDivisionError" in errors
    assert output == "up\ndestroyed True\n"


def test_arguments_that_ros_cannot_read_are_bad_input():
    process = start("idle", "--ros-args", "-p", "broken")
    _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "Traceback" not in errors
