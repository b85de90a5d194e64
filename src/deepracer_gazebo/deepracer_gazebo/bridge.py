# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The table of topics in the words of ros_gz_bridge.

`launch/config/gazebo_bridge.yaml` is what comes out here, checked in since it is the same for all
worlds, and people may want to see it; print it anew with `python -m deepracer_gazebo.bridge`.
"""

from __future__ import annotations

import yaml

from deepracer_gazebo.topics import BRIDGED

HEAD = """\
# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
# Which of Gazebo's topics is which of ours. Made of deepracer_gazebo/topics.py by
#   python -m deepracer_gazebo.bridge > launch/config/gazebo_bridge.yaml
"""
QUEUE = 1  # The newest frame and the newest command win, as everywhere between camera and car.


def bridge_yaml() -> str:
    """Return the configuration of the bridge."""
    entries = [
        {
            "ros_topic_name": topic.ros_topic,
            "gz_topic_name": topic.gz_topic,
            "ros_type_name": topic.ros_type,
            "gz_type_name": topic.gz_type,
            "direction": topic.direction,
            "publisher_queue": QUEUE,
            "subscriber_queue": QUEUE,
            "lazy": topic.lazy,
        }
        for topic in BRIDGED
    ]
    return HEAD + "\n" + yaml.safe_dump(entries, sort_keys=False)


if __name__ == "__main__":
    print(bridge_yaml(), end="")
