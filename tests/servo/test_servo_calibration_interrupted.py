# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A signal while an answer is read: the servo node can still be told to disable."""

import subprocess
import sys

from node_graph import running_node
from waiting import PATIENCE_S

# In a process of its own, whose signals are its own. Of all moments, the signal takes the one in
# which rclpy's executor would be left waiting for a callback that never ends.
INTERRUPTED = """
import signal, sys
import rclpy
from rclpy.executors import Executor
from rclpy.signals import SignalHandlerOptions
from deepracer_servo.calibration.calibrate_node import RosCar
from deepracer_servo.drive_mode import Mode

def interrupted(executor, client):
    Executor._take_client = take
    signal.raise_signal(signal.SIGTERM)
    return take(executor, client)

rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
car = RosCar(rclpy.create_node("interrupted"), "servo_node")
car.find()
take, Executor._take_client = Executor._take_client, interrupted
try:
    car.get()
except SystemExit:
    car.set_mode(Mode.DISABLED)
    print("disabled")
"""


def test_a_signal_while_an_answer_is_read_leaves_the_car_within_reach():
    with running_node("deepracer_servo.servo_node"):
        command = [sys.executable, "-c", INTERRUPTED]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.stdout == "disabled\n", done.stderr
