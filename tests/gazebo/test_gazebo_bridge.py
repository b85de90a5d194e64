# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The bridge's file is the table, and its types fit; the nodes' side is tested with the nodes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from deepracer_gazebo.bridge import bridge_yaml
from deepracer_gazebo.car import JOINTS
from deepracer_gazebo.topics import BRIDGED, MODEL, Bridged

# What ros_gz_bridge of Jazzy converts into each other, of what is used here.
PAIRS = {
    ("rosgraph_msgs/msg/Clock", "gz.msgs.Clock"),
    ("sensor_msgs/msg/Image", "gz.msgs.Image"),
    ("sensor_msgs/msg/CameraInfo", "gz.msgs.CameraInfo"),
    ("nav_msgs/msg/Odometry", "gz.msgs.Odometry"),
    ("std_msgs/msg/Float64", "gz.msgs.Double"),
    ("tf2_msgs/msg/TFMessage", "gz.msgs.Pose_V"),
    ("sensor_msgs/msg/JointState", "gz.msgs.Model"),
}


def test_the_file_is_the_table(repository: Path) -> None:
    file = repository / "launch" / "config" / "gazebo_bridge.yaml"
    assert file.read_text() == bridge_yaml()


def test_every_entry_says_all_that_the_bridge_knows_and_nothing_else() -> None:
    entries = yaml.safe_load(bridge_yaml())
    assert [entry["gz_topic_name"] for entry in entries] == [topic.gz_topic for topic in BRIDGED]
    for entry, topic in zip(entries, BRIDGED, strict=True):
        assert entry == {
            "ros_topic_name": topic.ros_topic,
            "gz_topic_name": topic.gz_topic,
            "ros_type_name": topic.ros_type,
            "gz_type_name": topic.gz_type,
            "direction": topic.direction,
            "publisher_queue": 1,
            "subscriber_queue": 1,
            "lazy": topic.lazy,
        }


@pytest.mark.parametrize("topic", BRIDGED, ids=lambda topic: topic.ros_topic)
def test_types_fit_each_other_and_commands_go_the_other_way(topic: Bridged) -> None:
    assert (topic.ros_type, topic.gz_type) in PAIRS
    is_command = topic.ros_topic.startswith("joint_commands/")
    assert topic.direction == ("ROS_TO_GZ" if is_command else "GZ_TO_ROS")
    assert topic.gz_topic.startswith("/")


def test_each_topic_is_bridged_once_and_each_joint_has_one() -> None:
    assert len({topic.ros_topic for topic in BRIDGED}) == len(BRIDGED)
    assert len({topic.gz_topic for topic in BRIDGED}) == len(BRIDGED)
    commands = {topic.ros_topic: topic.gz_topic for topic in BRIDGED if "cmd" in topic.gz_topic}
    assert commands == {f"joint_commands/{j}": f"/model/{MODEL}/cmd/{j}" for j in JOINTS}
