# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What is called how in Gazebo, and which of its topics is which of ours: one table.

The world and the car name their topics by it, the nodes subscribe and publish by it, and
`launch/config/gazebo_bridge.yaml` is it in the words of ros_gz_bridge.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from deepracer_gazebo.car import JOINTS

WORLD = "deepracer_world"
MODEL = "deepracer"

CAMERA_TOPIC = "/image_raw"
CAMERA_INFO_TOPIC = "/camera_info"  # Gazebo's own choice: beside the picture's topic.
ODOMETRY_TOPIC = f"/model/{MODEL}/odometry"
CLOCK_TOPIC = "/clock"
FRAMES_TOPIC = f"/model/{MODEL}/pose"  # base_link in odom, beside odometry
JOINT_STATE_TOPIC = f"/model/{MODEL}/joint_state"

Direction = Literal["GZ_TO_ROS", "ROS_TO_GZ"]


class Bridged(NamedTuple):
    """A topic on both sides of the bridge; ROS names are relative where ours are.

    A lazy one is bridged while somebody subscribes, and is not for the nodes that drive.
    """

    ros_topic: str
    ros_type: str
    gz_topic: str
    gz_type: str
    direction: Direction
    lazy: bool = False


def gz_command_topic(joint: str) -> str:
    """Return Gazebo's topic for the command of a joint: wheels [rad/s], hinges [rad]."""
    return f"/model/{MODEL}/cmd/{joint}"


def ros_command_topic(joint: str) -> str:
    """Return our topic for the command of a joint."""
    return f"joint_commands/{joint}"


BRIDGED = (
    Bridged("/clock", "rosgraph_msgs/msg/Clock", CLOCK_TOPIC, "gz.msgs.Clock", "GZ_TO_ROS"),
    Bridged("image_raw", "sensor_msgs/msg/Image", CAMERA_TOPIC, "gz.msgs.Image", "GZ_TO_ROS"),
    Bridged(
        "camera_info",
        "sensor_msgs/msg/CameraInfo",
        CAMERA_INFO_TOPIC,
        "gz.msgs.CameraInfo",
        "GZ_TO_ROS",
    ),
    Bridged("odom", "nav_msgs/msg/Odometry", ODOMETRY_TOPIC, "gz.msgs.Odometry", "GZ_TO_ROS"),
    Bridged(
        "/tf", "tf2_msgs/msg/TFMessage", FRAMES_TOPIC, "gz.msgs.Pose_V", "GZ_TO_ROS", lazy=True
    ),
    Bridged(
        "joint_states",
        "sensor_msgs/msg/JointState",
        JOINT_STATE_TOPIC,
        "gz.msgs.Model",
        "GZ_TO_ROS",
        lazy=True,
    ),
    *(
        Bridged(
            ros_command_topic(joint),
            "std_msgs/msg/Float64",
            gz_command_topic(joint),
            "gz.msgs.Double",
            "ROS_TO_GZ",
        )
        for joint in JOINTS
    ),
)
