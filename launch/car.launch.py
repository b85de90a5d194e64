# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car: camera, inference, servo. It starts DISABLED; call ~/set_mode on the servo node."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, Shutdown
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from deepracer_bringup.graph import car_graph

CONFIG = PathJoinSubstitution([FindPackageShare("deepracer_bringup"), "config", "car.yaml"])
ARGUMENTS = [
    DeclareLaunchArgument(
        "model", default_value="", description="model package; empty: load it by service"
    ),
    DeclareLaunchArgument("device", default_value="CPU", description="OpenVINO device"),
    DeclareLaunchArgument(
        "camera",
        default_value="v4l2",
        choices=["v4l2", "video", "fake"],
        description="where frames come from",
    ),
    DeclareLaunchArgument(
        "video", default_value="", description="for camera:=video: a file or a folder of pictures"
    ),
    DeclareLaunchArgument(
        "pwm_output",
        default_value="topic",
        choices=["topic", "fake"],
        description="where pulses go",
    ),
    DeclareLaunchArgument("config", default_value=CONFIG, description="YAML with parameters"),
]


def generate_launch_description() -> LaunchDescription:
    """Return the arguments and one action a node."""
    names = ("model", "device", "camera", "video", "pwm_output")
    values = {name: ParameterValue(LaunchConfiguration(name), value_type=str) for name in names}
    config = ParameterFile(LaunchConfiguration("config"))
    graph = car_graph(**values)
    nodes = [Node(**spec.launch_arguments(config, Shutdown)) for spec in graph]
    return LaunchDescription([*ARGUMENTS, *nodes])
