# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer calibrate`: the guide to a calibrated car, through the servo node's services.

Needs a running servo node, such as that of `ros2 launch deepracer_bringup car.launch.py`, in the
same ROS_DOMAIN_ID. With --fit-speed it needs no car: it makes the speed curve from measured
drives.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from deepracer_core.calibration import VEHICLES, Calibration
from deepracer_core.command_line import EXIT_MISSED, EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import CalibrationError, DeviceError
from deepracer_interfaces.srv import GetCalibration, Jog, SetCalibration, SetMode
from deepracer_ros.spin import spin_whole
from deepracer_servo.calibration.calibrated_car import CarState
from deepracer_servo.calibration.calibration_command import add_file_options
from deepracer_servo.calibration.calibration_guide import CalibrationGuide
from deepracer_servo.calibration.calibration_messages import (
    calibration_from_message,
    fill_message,
)
from deepracer_servo.calibration.fit_command import run_fit
from deepracer_servo.calibration.speed_rows import battery_voltage
from deepracer_servo.calibration.terminal import Terminal
from deepracer_servo.drive_mode import Mode

FIND_S = 10.0  # Discovery takes a second or two.
ANSWER_S = 5.0  # Saving waits for a disk.
SERVICES: dict[str, type[Any]] = {
    "get_calibration": GetCalibration,
    "set_calibration": SetCalibration,
    "save_calibration": Trigger,
    "jog": Jog,
    "set_mode": SetMode,
}
_STEP_S = 0.05  # In which a signal is noticed.
_AXES = {"steering": Jog.Request.STEERING, "throttle": Jog.Request.THROTTLE}
_EXAMPLES = """examples:
  ./deepracer calibrate
  ./deepracer calibrate --fit-speed rows.csv --dry-run

rows.csv has a line for each drive; the battery may be left out:
  throttle,distance_m,time_s,battery_v
  0.3,3.00,4.12,7.9
"""


class RosCar:
    """A car behind the services of its servo node."""

    def __init__(self, node: Node, servo: str) -> None:
        """Take the name of the servo node, relative to that of `node`."""
        self._servo = servo
        # All of them now: the answer to a client that the servo node does not know yet is lost.
        self._clients = {
            name: node.create_client(kind, f"{servo}/{name}") for name, kind in SERVICES.items()
        }
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(node)

    def find(self) -> None:
        """Wait for the servo node; DeviceError says how to start one."""
        clients = self._clients.values()
        if not self._wait(lambda: all(each.service_is_ready() for each in clients), FIND_S):
            domain = os.environ.get("ROS_DOMAIN_ID", "0")
            raise DeviceError(
                f"no servo node {self._servo} was found: start the car, ros2 launch "
                f"deepracer_bringup car.launch.py, with the same ROS_DOMAIN_ID (here {domain})"
            )

    def get(self) -> CarState:
        """Return what the car drives by."""
        answer = self._call("get_calibration", GetCalibration.Request())
        vehicle = answer.calibration.vehicle
        if vehicle not in VEHICLES:
            raise CalibrationError(f"the servo node has a vehicle {vehicle!r} of another version")
        calibration = calibration_from_message(answer.calibration, vehicle)
        return CarState(vehicle, calibration, answer.source)

    def set(self, calibration: Calibration, wheels_up: bool) -> None:
        """Put a calibration in force."""
        request = SetCalibration.Request(wheels_up=wheels_up)
        fill_message(request.calibration, "", calibration)
        self._call("set_calibration", request)

    def save(self) -> str:
        """Save what is in force."""
        return str(self._call("save_calibration", Trigger.Request()).message)

    def jog(self, axis: str, pulse_ns: int, hold: float, wheels_up: bool) -> None:
        """Put a pulse on an axis for a moment."""
        request = Jog.Request(axis=_AXES[axis], pulse_ns=pulse_ns, hold=hold, wheels_up=wheels_up)
        self._call("jog", request)

    def set_mode(self, mode: Mode) -> None:
        """Set the drive mode."""
        self._call("set_mode", SetMode.Request(mode=int(mode)))

    def _call(self, name: str, request: Any) -> Any:
        """Return the answer.

        Raises:
            CalibrationError: the servo node refuses; the message is its reason.
            DeviceError: it does not answer.
        """
        client = self._clients[name]
        answer = None
        if self._wait(client.service_is_ready, ANSWER_S):
            answer = client.call_async(request)
        if answer is None or not self._wait(answer.done, ANSWER_S):
            raise DeviceError(
                f"{self._servo}/{name} does not answer any more: is the servo node still running? "
                "A pulse that it was told to hold ends within 0.5 s"
            )
        if not answer.result().success:
            raise CalibrationError(answer.result().message)
        return answer.result()

    def _wait(self, condition: Any, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            spin_whole(self._executor, _STEP_S)
        return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 saved, 1 nothing saved, 2 refused."""
    return run_command("calibrate", lambda: _run(_parser().parse_args(arguments)))


def _parser() -> CommandParser:
    parser = CommandParser(prog="./deepracer calibrate", description=__doc__, epilog=_EXAMPLES)
    parser.add_argument(
        "--servo", default="servo_node", metavar="NODE", help="the car's servo node (%(default)s)"
    )
    fit = parser.add_argument_group("speed curve from measured drives")
    fit.add_argument("--fit-speed", type=user_path, metavar="ROWS.csv", help="fit and save it")
    fit.add_argument("--dry-run", action="store_true", help="show the fit, but save nothing")
    fit.add_argument(
        "--reference-battery",
        type=battery_voltage,
        metavar="V",
        help="voltage at which the curve shall hold (default: the median of the readings)",
    )
    fit.add_argument(
        "--picture",
        type=user_path,
        metavar="FILE.png",
        help="where to draw the fit (default: beside the rows)",
    )
    add_file_options(fit)
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.fit_speed:
        run_fit(options)
        return EXIT_OK
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    terminal = Terminal()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = rclpy.create_node(f"calibrate_{os.getpid()}")
        car = RosCar(node, options.servo)
        terminal.say("looking for the servo node ...")
        car.find()
        with terminal:
            saved = CalibrationGuide(car, terminal).run()
        return EXIT_OK if saved else EXIT_MISSED
    finally:
        rclpy.try_shutdown()


def _end(number: int, _: FrameType | None) -> None:
    """End in order, by an exception; once, so that nothing interrupts the way to DISABLED."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


if __name__ == "__main__":
    raise SystemExit(main())
