# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Poses from nav_msgs/Odometry."""

from __future__ import annotations

import math

from nav_msgs.msg import Odometry
from rclpy.time import Time

from deepracer_core.pose import Pose


def odometry_pose(message: Odometry) -> Pose:
    """Return the pose of a car on level ground."""
    pose = message.pose.pose
    yaw = 2.0 * math.atan2(pose.orientation.z, pose.orientation.w)
    time = Time.from_msg(message.header.stamp).nanoseconds * 1e-9
    speed = message.twist.twist.linear.x
    return Pose(time, pose.position.x, pose.position.y, math.remainder(yaw, math.tau), speed)
