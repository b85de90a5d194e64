# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The embedded simulator in place of camera and car; everything between is as on the car."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from deepracer_bringup.graph import sim_graph
from deepracer_sim.starts import DIRECTIONS

CONFIG = PathJoinSubstitution([FindPackageShare("deepracer_bringup"), "config", "sim.yaml"])
ARGUMENTS = (
    ("model", "", str, "model package; empty: load it by service", None),
    ("device", "CPU", str, "OpenVINO device", None),
    ("track", "reinvent_base", str, "name of a track, or path of a .npy or .yaml file", None),
    ("start", "0.0", float, "where on the lap the car starts, 0 to 1", None),
    ("direction", "ccw", str, "which way round", DIRECTIONS),
    ("fps", "15.0", float, "frames a second, 1 to 240", None),
    ("real_time_factor", "1.0", float, "simulated seconds per second", None),
)


def generate_launch_description() -> LaunchDescription:
    """Return the arguments and one action a node."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, _, text, choices in ARGUMENTS
    ]
    config = DeclareLaunchArgument(
        "config", default_value=CONFIG, description="YAML with parameters"
    )
    values = {
        name: ParameterValue(LaunchConfiguration(name), value_type=kind)
        for name, _, kind, *_ in ARGUMENTS
    }
    files = [ParameterFile(LaunchConfiguration("config"))]
    nodes = [Node(**spec.launch_arguments(files, Shutdown)) for spec in sim_graph(**values)]
    return LaunchDescription([*arguments, config, *nodes])
