# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Gazebo's part around an actuator node, played by a test."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from nav_msgs.msg import Odometry
from node_graph import Observer, running_node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_gazebo.car import JOINTS, WHEEL_RADIUS, WHEELS
from deepracer_gazebo.topics import ros_command_topic
from deepracer_interfaces.msg import PwmPulses
from deepracer_ros.qos import COMMAND

# As the bridge: it asks for what is reliable, and a publisher that is not would not be heard.
RELIABLE = QoSProfile(depth=1000, reliability=ReliabilityPolicy.RELIABLE)
CALIBRATION = Calibration()
FORWARD = CALIBRATION.pulses(Action(0.0, 1.0))
NODE = "deepracer_gazebo.actuator_node"
TICK = 0.01


class World:
    """Gazebo's part: time that passes when it is told to, and a car where it is told to be."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        node = observer.node
        self._clock = node.create_publisher(Clock, "/clock", RELIABLE)
        self._pwm = node.create_publisher(PwmPulses, "pwm", COMMAND)
        self._odometry = node.create_publisher(Odometry, "odom", RELIABLE)
        self._info = node.create_publisher(CameraInfo, "camera_info", RELIABLE)
        self.heard = {
            joint: observer.listen(Float64, ros_command_topic(joint), RELIABLE) for joint in JOINTS
        }
        self.reset, self.recover = (
            observer.client(Trigger, f"actuator_node/{name}") for name in ("reset", "recover")
        )
        self.time = 10.0
        self.place = (0.0, 0.0, 0.0)
        observer.wait_until(self._is_connected, "the node")
        observer.wait_until(lambda: self.pass_time(TICK) or all(self.heard.values()), "commands")

    def _is_connected(self) -> bool:
        publishers = (self._clock, self._pwm, self._odometry, self._info)
        heard = all(publisher.get_subscription_count() for publisher in publishers)
        return heard and self.reset.service_is_ready() and self.recover.service_is_ready()

    def pass_time(self, seconds: float, pulses=None, shows_car: bool = True) -> None:
        """Let simulated time pass, with pulses at 50 Hz or without."""
        for tick in range(max(1, round(seconds / TICK))):
            if pulses and tick % 2 == 0:
                self.send(pulses)
            self.time += TICK
            self.show_clock()
            if shows_car:
                self.show_car()
            self.observer.spin_for(0.002)

    def show_clock(self) -> None:
        self._clock.publish(Clock(clock=self.stamp))

    def show_car(self) -> None:
        message = Odometry()
        message.header.stamp = self.stamp
        pose = message.pose.pose
        pose.position.x, pose.position.y, yaw = self.place
        pose.orientation.z, pose.orientation.w = math.sin(yaw / 2), math.cos(yaw / 2)
        self._odometry.publish(message)

    def show_frame(self) -> None:
        message = CameraInfo()
        message.header.stamp = self.stamp
        self._info.publish(message)

    @property
    def stamp(self):
        return Time(nanoseconds=round(self.time * 1e9)).to_msg()

    def send(self, pulses, source=None) -> None:
        message = PwmPulses(steering_ns=pulses.steering_ns, throttle_ns=pulses.throttle_ns)
        if source is not None:
            message.source_stamp = source
        self._pwm.publish(message)

    def drive_until(self, condition, what: str, pulses=None) -> None:
        self.observer.wait_until(lambda: self.pass_time(0.04, pulses) or condition(), what)

    def commands(self) -> dict[str, int]:
        """Return how many commands each joint has got, when all that were under way have come."""
        counts: dict[str, int] = {}
        while counts != (heard := {joint: len(got) for joint, got in self.heard.items()}):
            counts = heard
            self.observer.spin_for(0.3)
        return counts

    def last(self, joint: str) -> float:
        return self.heard[joint][-1].data

    @property
    def speed(self) -> float:
        return self.last(WHEELS[0]) * WHEEL_RADIUS

    @property
    def stands(self) -> bool:
        return all(abs(self.last(joint)) * WHEEL_RADIUS < 0.01 for joint in WHEELS)


@contextmanager
def world() -> Iterator[World]:
    observer = Observer()
    try:
        with running_node(NODE, use_sim_time=True):
            yield World(observer)
    finally:
        observer.close()
