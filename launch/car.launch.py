# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car: camera, inference, servo. It starts DISABLED; call ~/set_mode on the servo node."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from deepracer_bringup.graph import car_graph

FOLDER = PathJoinSubstitution([FindPackageShare("deepracer_bringup"), "config"])
CONFIG = PathJoinSubstitution([FOLDER, "car.yaml"])
CALIBRATION = "~/.config/deepracer/calibration.yaml"
PROFILES = ["deepracer", "raspberry_pi", "maestro"]
CAMERAS = ["v4l2", "video", "fake"]
OUTPUTS = ["", "sysfs", "maestro", "topic", "fake"]
SWITCH = ["true", "false"]
ARGUMENTS = (
    ("model", "", "model package; empty: load it by service", None),
    ("device", "CPU", "OpenVINO device", None),
    ("camera", "v4l2", "where frames come from", CAMERAS),
    ("video", "", "for camera:=video: a file or a folder of pictures", None),
    ("pwm_output", "", "where pulses go; empty: where the profile says", OUTPUTS),
    ("calibration", CALIBRATION, "calibration of this car; need not exist yet", None),
    ("joy", "false", "whether to read a gamepad, by the ROS package joy", SWITCH),
    ("profile", "deepracer", "the car's hardware", PROFILES),
    ("config", CONFIG, "YAML with parameters, stronger than those of the profile", None),
)


def generate_launch_description() -> LaunchDescription:
    """Return the arguments, and what makes one action a node of them."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=_nodes)])


def _nodes(context: LaunchContext) -> list[Node]:
    given = {name: LaunchConfiguration(name).perform(context) for name, *_ in ARGUMENTS}
    profile = PathJoinSubstitution([FOLDER, "profiles", f"{given.pop('profile')}.yaml"])
    files = [ParameterFile(path) for path in (profile, given.pop("config"))]
    joy = given.pop("joy") == "true"
    # What is empty is left to the files. Without its type, a model named 1.0 would be a number.
    texts = {name: ParameterValue(text, value_type=str) for name, text in given.items() if text}
    graph = car_graph(**texts, joy=joy)
    return [Node(**spec.launch_arguments(files, Shutdown)) for spec in graph]
