# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer evaluate --simulator gazebo`: runs Gazebo and the car's nodes, and joins them."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import rclpy
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from deepracer_bringup.gazebo_race import GazeboRace, View, pose_between
from deepracer_bringup.graph_services import READY_WITHIN, GraphServices, ros_context
from deepracer_bringup.runner import Runner, own_domain
from deepracer_bringup.simulators import gazebo_car
from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_core.interrupts import exit_in_order
from deepracer_core.pose import Pose
from deepracer_core.pulses import Pulses
from deepracer_inference.policy import LoadedPolicy
from deepracer_interfaces.msg import DriveState, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.image_messages import image_to_bgr
from deepracer_ros.odometry import odometry_pose
from deepracer_ros.qos import COMMAND, LATCHED, SENSOR
from deepracer_trainer import evaluate
from deepracer_trainer.race_rules import RaceRules, World

PLACED_WITHIN = 30.0  # [s]
LONGEST_SILENCE = 5.0  # [s] without odometry


class EvaluateNode(Node):
    """The car in a running graph, as trials need it; see `RemoteCar`."""

    def __init__(self, context: rclpy.Context, runner: Runner, simulator: str) -> None:
        """Listen, and command nothing yet."""
        super().__init__("evaluate_node", context=context, start_parameter_services=False)
        self._simulator = simulator
        self._drive = DriveState()
        self._poses: deque[Pose] = deque(maxlen=2)
        self._response = Calibration()
        self._action = self._response.action(self._response.neutral)
        self._image: Image | None = None
        self.create_subscription(DriveState, "drive_state", self._on_drive_state, LATCHED)
        self.create_subscription(Odometry, "odom", self._on_odometry, SENSOR)
        self.create_subscription(PwmPulses, "pwm", self._on_pulses, COMMAND)
        self.create_subscription(Image, "image_raw", self._on_image, SENSOR)
        services = {
            "servo_node/set_mode": SetMode,
            f"{simulator}/set_parameters": SetParameters,
            f"{simulator}/reset": Trigger,
        }
        self._calls = GraphServices(self, runner, services)

    def get_ready(self) -> None:
        """Wait for all nodes, and let the policy drive; DeviceError where that does not come."""

        def is_complete() -> bool:
            return bool(self._drive.model_id and len(self._poses) == 2 and self._image)

        if not self._calls.wait_until(is_complete, READY_WITHIN):
            raise DeviceError(f"not ready after {READY_WITHIN:g} s: {self._missing()}")
        self._demand(
            self._calls.call("servo_node/set_mode", SetMode.Request(mode=DriveState.AUTONOMOUS))
        )
        if not self._calls.wait_until(self._is_autonomous, LONGEST_SILENCE):
            raise DeviceError(f"the servo node does not drive: {self._drive.stop_reason}")

    def place(self, share: float, direction: str) -> float:
        """Put the car at rest at a start and let it go; return when that was [s, simulated]."""
        start = {"start": share, "direction": direction}
        self._demand(self._calls.set_parameters(self._simulator, start))
        reset = f"{self._simulator}/reset"
        self._demand(self._calls.call(reset, Trigger.Request(), PLACED_WITHIN, attempts=1))
        return self._poses[-1].time

    def view(self, time: float) -> View:
        """Wait for a time [s, simulated] and return what is known of the car then."""
        while (last := self._poses[-1]).time < time:
            self._wait_for_odometry()
            if self._poses[-1].time < last.time:
                raise DeviceError("simulated time has gone back: the world was reset")
            if not self._is_autonomous():
                raise DeviceError(f"the servo node left AUTONOMOUS: {self._drive.stop_reason}")
        return View(pose_between(*self._poses, time), self._action)

    def frame(self) -> NDArray[np.uint8]:
        """Return what the car saw last: (120, 160, 3), BGR."""
        assert self._image is not None  # `get_ready` has waited for it.
        return image_to_bgr(self._image)

    def _wait_for_odometry(self) -> None:
        last = self._poses[-1]
        if not self._calls.wait_until(lambda: self._poses[-1] is not last, LONGEST_SILENCE):
            raise DeviceError(f"no odometry for {LONGEST_SILENCE:g} s: Gazebo hangs")

    def _missing(self) -> str:
        if not self._poses:
            return "Gazebo sends no odometry"
        if self._image is None:
            return "Gazebo's camera sends no picture"
        return self._drive.stop_reason or "the servo node does not answer"

    def _is_autonomous(self) -> bool:
        return self._drive.mode == DriveState.AUTONOMOUS

    @staticmethod
    def _demand(fault: str) -> None:
        if fault:
            raise DeviceError(fault)

    def _on_drive_state(self, state: DriveState) -> None:
        self._drive = state

    def _on_odometry(self, message: Odometry) -> None:
        self._poses.append(odometry_pose(message))

    def _on_pulses(self, message: PwmPulses) -> None:
        pulses = Pulses(message.steering_ns, message.throttle_ns)
        self._action = self._response.action(pulses)

    def _on_image(self, message: Image) -> None:
        self._image = message


@contextmanager
def running(package: Path, track: str, seed: int) -> Iterator[EvaluateNode]:
    """Run Gazebo and the car's nodes, and take part.

    Raises:
        DeviceError: Gazebo is not installed, or something does not start.
        ConfigError: Gazebo takes no such seed.
    """
    car = gazebo_car(package, track, "ccw", 1.0, seed)
    domain = own_domain()
    with (
        tempfile.TemporaryDirectory(prefix="deepracer-evaluate-") as logs,
        Runner(car.graph, car.config, Path(logs), domain, _say, car.environment) as runner,
        ros_context(domain) as context,
    ):
        node = EvaluateNode(context, runner, car.simulator)
        node.get_ready()
        yield node
        node.destroy_node()


def _say(text: str) -> None:
    sys.stderr.write(f"./deepracer evaluate: {text}\n")


def _race(
    package: Path, _: LoadedPolicy, world: World, rules: RaceRules, trials: int
) -> GazeboRace:
    # From here on Ctrl-C is told in one line; until now it was kept waiting (evaluate_command).
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    track = str(world.track).strip(", ")
    return GazeboRace(world, rules, trials, partial(running, package.resolve(), track, world.seed))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return evaluate.main(arguments, {"gazebo": _race})


if __name__ == "__main__":
    exit_in_order()  # That stops the nodes.
    sys.exit(main())
