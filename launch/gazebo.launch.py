# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Gazebo in place of camera and car; everything between is as on the car.

It ends with Gazebo, and Gazebo with it.
"""

from collections.abc import Callable
from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.action import Action
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    OpaqueFunction,
    Shutdown,
    TimerAction,
)
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterFile, ParameterValue
from launch_ros.substitutions import FindPackageShare

from deepracer_bringup.gazebo import BRIDGE_CONFIG, GazeboSettings, prepare_gazebo
from deepracer_bringup.graph import gazebo_graph
from deepracer_bringup.specs import ProgramSpec
from deepracer_core.child_processes import prefix_dying_with_us
from deepracer_core.errors import ConfigError
from deepracer_core.model_package import open_model_package
from deepracer_gazebo.car_urdf import robot_description
from deepracer_gazebo.installation import check_partition
from deepracer_gazebo.world import WorldSettings
from deepracer_sim.starts import DIRECTIONS

FOLDER = PathJoinSubstitution([FindPackageShare("deepracer_bringup"), "config"])
CONFIG = PathJoinSubstitution([FOLDER, "sim.yaml"])
# [s]. A world that does not load ends Gazebo by then: nodes that were just starting would drown
# its reason in what they say when they are stopped. One that loads takes longer to be there.
HEAD_START = 2.0
SWITCH = ["true", "false"]
ARGUMENTS = (
    ("model", "", "model package; empty: load it by service", None),
    ("device", "CPU", "OpenVINO device", None),
    ("track", "reinvent_base", "name of a track, or path of a .npy or .yaml file", None),
    ("spawn", "0.0", "where on the lap the car starts, 0 to 1", None),
    ("direction", "ccw", "which way round", DIRECTIONS),
    ("fps", "15.0", "frames a second, 1 to 240", None),
    ("rtf", "1.0", "simulated seconds per second, 0.05 to 20; 0: as fast as it goes", None),
    ("headless", "true", "whether the camera renders without a screen", SWITCH),
    ("gui", "false", "whether Gazebo's window is opened", SWITCH),
    ("seed", "0", "of Gazebo's random numbers; 0 leaves it to Gazebo", None),
    ("frames", "false", "whether robot_state_publisher tells the car's frames", SWITCH),
    ("config", CONFIG, "YAML with parameters", None),
)


def generate_launch_description() -> LaunchDescription:
    """Return the arguments, and what makes actions of them once Gazebo is found to be there."""
    arguments = [
        DeclareLaunchArgument(name, default_value=default, description=text, choices=choices)
        for name, default, text, choices in ARGUMENTS
    ]
    return LaunchDescription([*arguments, OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list[Action]:
    given = {name: LaunchConfiguration(name).perform(context) for name, *_ in ARGUMENTS}
    spawn, fps, rtf = (_number(float, given, name) for name in ("spawn", "fps", "rtf"))
    settings = GazeboSettings(
        headless=given["headless"] == "true",
        gui=given["gui"] == "true",
        seed=_number(int, given, "seed"),
    )
    track, direction = given["track"], given["direction"]
    world = WorldSettings(
        track=track, start=spawn, direction=direction, fps=fps, real_time_factor=rtf
    )
    if given["model"]:
        with open_model_package(given["model"]):
            pass  # It is one: what is none is refused here, before anything runs.
    parts = prepare_gazebo(settings, world, Path(FOLDER.perform(context), BRIDGE_CONFIG))
    check_partition()
    texts = {name: _text(given[name]) for name in ("model", "device", "track", "direction")}
    files = [ParameterFile(given["config"])]
    # First, since a launch that does not find the package leaves running what it has started.
    actions: list[Action] = [_frames_node()] if given["frames"] == "true" else []
    nodes: list[Action] = []
    for spec in gazebo_graph(parts, spawn=spawn, **texts):
        if isinstance(spec, ProgramSpec):
            actions.append(ExecuteProcess(**spec.launch_arguments(Shutdown)))
        else:
            nodes.append(Node(**spec.launch_arguments(files, Shutdown)))
    return [*actions, TimerAction(period=HEAD_START, actions=nodes)]


def _frames_node() -> Node:
    parameters = {"robot_description": _text(robot_description()), "use_sim_time": True}
    return Node(
        package="robot_state_publisher",
        executable="robot_state_publisher",
        parameters=[parameters],
        prefix=prefix_dying_with_us(),
        output="screen",
    )


def _number(kind: Callable[[str], float], given: dict[str, str], name: str) -> float:
    try:
        return kind(given[name])
    except ValueError:
        raise ConfigError(f"{name}:={given[name]} is no number that it can be") from None


def _text(value: str) -> ParameterValue:
    return ParameterValue(value, value_type=str)  # Without it, a model named 1.0 is a number.
