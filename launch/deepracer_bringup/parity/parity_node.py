# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer parity`: plays the servo node to Gazebo's car, and sees where that leads."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import rclpy
from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.time import Time
from sensor_msgs.msg import Image

from deepracer_bringup.gazebo_race import pose_between
from deepracer_bringup.graph import DRIVE_NODES
from deepracer_bringup.graph_services import READY_WITHIN, GraphServices, ros_context
from deepracer_bringup.parity.frames import Glimpse
from deepracer_bringup.parity.paths import Drive, Place, Sent
from deepracer_bringup.parity.pulse_profiles import PERIOD, Profile
from deepracer_bringup.parity.session import run_parity
from deepracer_bringup.runner import Runner, own_domain
from deepracer_bringup.simulators import SimulatedCar
from deepracer_core.calibration import Calibration
from deepracer_core.command_line import run_command
from deepracer_core.errors import DeepRacerError, DeviceError
from deepracer_core.interrupts import exit_in_order
from deepracer_core.pose import Pose
from deepracer_core.pulses import Pulses
from deepracer_gazebo.race_control import RaceControl
from deepracer_interfaces.msg import DriveState, PwmPulses
from deepracer_ros.image_messages import image_to_bgr
from deepracer_ros.odometry import odometry_pose
from deepracer_ros.qos import COMMAND, SENSOR
from deepracer_sim.scenes import Scene
from deepracer_sim.starts import start_at

PUT_WITHIN = 60.0  # [s]
LONGEST_SILENCE = 10.0  # [s] without what simulated time brings
SETTLING = 0.5  # [s, simulated] after the car was put down


class ParityNode(Node):
    """The car in a running Gazebo; see `Rig`. Pulses go out all the time, neutral ones mostly."""

    def __init__(self, context: rclpy.Context, runner: Runner, scene: Scene) -> None:
        """Listen, and let the car stand."""
        simulated = Parameter("use_sim_time", value=True)
        super().__init__(
            "parity_node",
            context=context,
            start_parameter_services=False,
            parameter_overrides=[simulated],
        )
        self._control = RaceControl(scene.track, start_at(scene.track, 0.0, "ccw"))
        self._neutral = Calibration().neutral
        self._coming: deque[Pulses] = deque()
        self._sent: list[Sent] = []
        self._poses: list[Pose] = []
        self._image: Image | None = None
        self._pwm = self.create_publisher(PwmPulses, "pwm", COMMAND)
        self.create_subscription(Odometry, "odom", self._see, SENSOR)
        self.create_subscription(Image, "image_raw", self._on_image, SENSOR)
        self.create_timer(PERIOD, self._send)
        self._calls = GraphServices(self, runner, {})

    def get_ready(self) -> None:
        """Wait for Gazebo and the actuator; DeviceError where they do not come."""
        missing = {
            "Gazebo sends no odometry": lambda: self._poses,
            "Gazebo's camera sends no picture": lambda: self._image,
            "the actuator node does not listen": self._pwm.get_subscription_count,
        }
        for complaint, is_there in missing.items():
            if not self._calls.wait_until(is_there, READY_WITHIN):
                raise DeviceError(f"not ready after {READY_WITHIN:g} s: {complaint}")

    def look(self, place: Place) -> Glimpse:
        """Put the car at rest at a place, and return what its camera sees there."""
        self._put(place)
        settled = self._poses[-1].time + SETTLING
        self._await(lambda: self._image_time() >= settled, "picture")
        image, time = self._image, self._image_time()
        assert image is not None  # It was waited for.
        self._await(lambda: self._poses[-1].time >= time, "odometry")
        return Glimpse(pose_between(*self._poses[-2:], time), image_to_bgr(image))

    def drive(self, profile: Profile) -> Drive:
        """Put the car where a profile begins, and send its pulses."""
        self._put(profile.start)
        self._pass(SETTLING)
        self._poses, self._sent = self._poses[-1:], []
        self._coming.extend(profile.pulses)
        while self._coming:
            self._pass(1.0)
        sent, ended = tuple(self._sent), self._sent[-1].time
        return Drive(sent, tuple(pose for pose in self._poses if pose.time <= ended))

    def _put(self, place: Place) -> None:
        """Let the car be moved in a thread of its own, for which this one goes on to listen."""
        outcome: Future[None] = Future()

        def put() -> None:
            try:
                outcome.set_result(self._control.put(*place))
            except DeepRacerError as error:
                outcome.set_exception(error)

        threading.Thread(target=put, name="put", daemon=True).start()
        if not self._calls.wait_until(outcome.done, PUT_WITHIN):
            raise DeviceError(f"Gazebo did not move the car in {PUT_WITHIN:g} s")
        outcome.result()
        del self._poses[:-2]

    def _pass(self, duration: float) -> None:
        """Let simulated time [s] pass."""
        until = self._poses[-1].time + duration
        self._await(lambda: self._poses[-1].time >= until, "odometry")

    def _await(self, condition: Callable[[], object], what: str) -> None:
        if not self._calls.wait_until(condition, LONGEST_SILENCE):
            raise DeviceError(f"no {what} for {LONGEST_SILENCE:g} s: Gazebo hangs")

    def _send(self) -> None:
        now = self.get_clock().now()
        pulses = self._coming.popleft() if self._coming else None
        if pulses:
            self._sent.append(Sent(now.nanoseconds * 1e-9, pulses))
        message = PwmPulses(mode=DriveState.AUTONOMOUS if pulses else DriveState.DISABLED)
        message.header.stamp = now.to_msg()
        message.steering_ns, message.throttle_ns = pulses or self._neutral
        self._pwm.publish(message)

    def _see(self, message: Odometry) -> None:
        pose = odometry_pose(message)
        self._poses.append(pose)
        self._control.see(pose)

    def _on_image(self, message: Image) -> None:
        self._image = message

    def _image_time(self) -> float:
        assert self._image is not None  # `get_ready` has waited for it.
        return Time.from_msg(self._image.header.stamp).nanoseconds * 1e-9


@contextmanager
def in_gazebo(car: SimulatedCar, scene: Scene, logs: Path) -> Iterator[ParityNode]:
    """Run Gazebo and the actuator, and take the servo node's place.

    Raises:
        DeviceError: something does not start.
    """
    graph = tuple(spec for spec in car.graph if spec.name not in DRIVE_NODES)
    domain = own_domain()
    os.environ.update(car.environment)  # Gazebo is asked from here to move the car.
    with (
        Runner(graph, car.config, logs, domain, _say) as runner,
        ros_context(domain) as context,
    ):
        node = ParityNode(context, runner, scene)
        node.get_ready()
        yield node
        node.destroy_node()


def _say(text: str) -> None:
    sys.stderr.write(f"./deepracer parity: {text}\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return run_command("parity", lambda: run_parity(arguments, in_gazebo))


if __name__ == "__main__":
    exit_in_order()  # That stops the nodes.
    sys.exit(main())
