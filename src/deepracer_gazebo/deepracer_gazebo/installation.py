# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Whether Gazebo and its bridge to ROS are there, as they are needed; and what to do if not."""

from __future__ import annotations

import os
from pathlib import Path

from deepracer_core.errors import DeviceError
from deepracer_gazebo.gz import GzMissingError, gz

RELEASE, MAJOR = "Harmonic", "8"
HOW_TO_INSTALL = (
    "on Ubuntu 24.04 with ROS 2 Jazzy: sudo apt install ros-jazzy-ros-gz && "
    "source /opt/ros/jazzy/setup.bash"
)
PATIENCE = 20.0  # [s]; what asks for topics waits some seconds for answers


def check_gazebo() -> None:
    """Raise DeviceError where there is no Gazebo, or none of the release that is needed."""
    try:
        versions = gz("sim", "--versions", patience=PATIENCE).split()
    except GzMissingError:
        raise DeviceError(f"Gazebo is not installed; {HOW_TO_INSTALL}") from None
    except DeviceError as error:
        raise DeviceError(
            f"Gazebo's simulator is not usable ({error}); {HOW_TO_INSTALL}"
        ) from None
    if not any(version.partition(".")[0] == MAJOR for version in versions):
        found = f"Gazebo {' and '.join(versions)}" if versions else "no simulator of Gazebo"
        raise DeviceError(
            f"{found} is installed, {RELEASE} ({MAJOR}.x) is needed; {HOW_TO_INSTALL}"
        )


def find_bridge() -> Path:
    """Return the program that carries topics between Gazebo and ROS.

    Raises:
        DeviceError: it is not installed, or not on the paths.
    """
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        program = Path(prefix, "lib", "ros_gz_bridge", "parameter_bridge")
        if os.access(program, os.X_OK):
            return program
    raise DeviceError(f"the bridge between Gazebo and ROS is not installed; {HOW_TO_INSTALL}")


def check_partition() -> None:
    """Raise DeviceError where another simulator would hear what this one is told.

    Simulators of one machine and user share their topics, unless GZ_PARTITION keeps them apart.
    """
    topics = gz("topic", "-l", patience=PATIENCE).splitlines()
    if any(topic.strip().startswith("/world/") for topic in topics):
        partition = os.environ.get("GZ_PARTITION")
        where = f"on partition {partition!r}" if partition else "here"
        raise DeviceError(
            f"another Gazebo runs {where}: end it, or keep them apart by another GZ_PARTITION "
            "for this one"
        )
