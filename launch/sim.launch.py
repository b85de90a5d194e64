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

CONFIG = PathJoinSubstitution([FindPackageShare("deepracer_bringup"), "config", "sim.yaml"])
ARGUMENTS = [
    DeclareLaunchArgument(
        "model", default_value="", description="model package; empty: load it by service"
    ),
    DeclareLaunchArgument("device", default_value="CPU", description="OpenVINO device"),
    DeclareLaunchArgument(
        "track",
        default_value="reinvent_base",
        description="name of a track, or path of a .npy or .yaml file",
    ),
    DeclareLaunchArgument(
        "start", default_value="0.0", description="where on the lap the car starts, 0 to 1"
    ),
    DeclareLaunchArgument(
        "direction", default_value="ccw", choices=["ccw", "cw"], description="which way round"
    ),
    DeclareLaunchArgument("fps", default_value="15.0", description="frames a second, 1 to 240"),
    DeclareLaunchArgument(
        "real_time_factor", default_value="1.0", description="simulated seconds per second"
    ),
    DeclareLaunchArgument("config", default_value=CONFIG, description="YAML with parameters"),
]
TYPES = {
    "model": str,
    "device": str,
    "track": str,
    "start": float,
    "direction": str,
    "fps": float,
    "real_time_factor": float,
}


def generate_launch_description() -> LaunchDescription:
    """Return the arguments and one action a node."""
    values = {
        name: ParameterValue(LaunchConfiguration(name), value_type=kind)
        for name, kind in TYPES.items()
    }
    config = ParameterFile(LaunchConfiguration("config"))
    graph = sim_graph(**values)
    nodes = [Node(**spec.launch_arguments(config, Shutdown)) for spec in graph]
    return LaunchDescription([*ARGUMENTS, *nodes])
