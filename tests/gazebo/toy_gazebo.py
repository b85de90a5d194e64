# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Stands in for Gazebo and its bridge: a car whose wheels never slip, seen by our own renderer.

Usage: `python toy_gazebo.py WORLD CALLS`. The car starts where the world says; `set_pose` is found
in the file in which the fake command `gz` writes down its calls.
"""

from __future__ import annotations

import math
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.time import Time
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Float64

from deepracer_core.vehicle import DEEPRACER
from deepracer_gazebo.car import JOINTS, WHEEL_RADIUS, WHEELS
from deepracer_gazebo.topics import MODEL, ros_command_topic
from deepracer_ros.image_messages import bgr_to_image
from deepracer_ros.spin import run_node
from deepracer_sim.simulation import Simulation

TICK = 0.01  # [s]
TICKS_A_FRAME, TICKS_A_POSE = 7, 2
_NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
POSE = re.compile(rf"set_pose.*x: {_NUMBER}, y: {_NUMBER}.*z: {_NUMBER}, w: {_NUMBER}")


class ToyGazebo(Node):
    """Moves the car as its joints say."""

    def __init__(self) -> None:
        super().__init__("toy_gazebo")
        world, self._calls = Path(sys.argv[1]), Path(sys.argv[2])
        description = ElementTree.parse(world)
        model = description.find(f".//model[@name='{MODEL}']")
        factor = float(description.findtext(".//real_time_factor"))
        place = [float(word) for word in model.findtext("pose").split()]
        self._pose = np.array([[place[0], place[1], place[5]]])
        self._moved, self._ticks, self._speed = 0, 0, 0.0
        self._joints = dict.fromkeys(JOINTS, 0.0)
        for joint in JOINTS:
            self.create_subscription(Float64, ros_command_topic(joint), self._obey(joint), 1)
        self._clock = self.create_publisher(ClockMessage, "/clock", 1)
        self._image = self.create_publisher(Image, "image_raw", 1)
        self._info = self.create_publisher(CameraInfo, "camera_info", 1)
        self._odometry = self.create_publisher(Odometry, "odom", 1)
        self._renderer = Simulation("reinvent_base", 1).renderer
        period = TICK / factor if factor else 0.0
        self.create_timer(period, self._tick, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _obey(self, joint: str):
        def take(message: Float64) -> None:
            self._joints[joint] = message.data

        return take

    def _tick(self) -> None:
        self._ticks += 1
        self._roll()
        stamp = Time(nanoseconds=round(self._ticks * TICK * 1e9)).to_msg()
        self._clock.publish(ClockMessage(clock=stamp))
        if self._ticks % TICKS_A_POSE == 0:
            self._teleport()
            self._odometry.publish(self._seen(stamp))
        if self._ticks % TICKS_A_FRAME == 0:
            (frame,) = self._renderer.bgr(self._pose)
            info = CameraInfo()
            info.header.stamp = stamp
            self._info.publish(info)
            self._image.publish(bgr_to_image(frame, stamp, "camera_optical"))

    def _roll(self) -> None:
        left, right = (WHEEL_RADIUS * self._joints[name] for name in WHEELS[2:])
        self._speed = (left + right) / 2.0
        turn = (right - left) / (DEEPRACER.wheels[2][1] - DEEPRACER.wheels[3][1]) * TICK
        x, y, yaw = self._pose[0]
        axle = DEEPRACER.rear_axle
        x += axle * math.cos(yaw) + self._speed * TICK * math.cos(yaw + turn / 2.0)
        y += axle * math.sin(yaw) + self._speed * TICK * math.sin(yaw + turn / 2.0)
        yaw += turn
        self._pose[0] = x - axle * math.cos(yaw), y - axle * math.sin(yaw), yaw

    def _teleport(self) -> None:
        asked = POSE.findall(self._calls.read_text())
        if len(asked) > self._moved:
            self._moved = len(asked)
            x, y, z, w = map(float, asked[-1])
            self._pose[0] = x, y, 2.0 * math.atan2(z, w)

    def _seen(self, stamp) -> Odometry:
        message = Odometry(child_frame_id="base_link")
        message.header.frame_id, message.header.stamp = "odom", stamp
        x, y, yaw = map(float, self._pose[0])
        pose = message.pose.pose
        pose.position.x, pose.position.y = x, y
        pose.orientation.z, pose.orientation.w = math.sin(yaw / 2.0), math.cos(yaw / 2.0)
        message.twist.twist.linear.x = self._speed
        return message


if __name__ == "__main__":
    sys.exit(run_node(ToyGazebo))
