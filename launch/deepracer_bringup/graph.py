# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Which nodes make up the car and the simulated car; written once, free of ROS.

Both simulators and the car share the two nodes in the middle:

    camera_node | sim_node | Gazebo  ->  inference_node  ->  servo_node
                            servo_node  ->  the car | sim_node | actuator_node, Gazebo

Values of parameters may be anything that the user of the graph understands: the launch files pass
substitutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from deepracer_bringup.specs import Graph, NodeSpec, ProgramSpec

DRIVE_NODES = ("inference_node", "servo_node")


@dataclass(frozen=True)
class GazeboParts:
    """What a graph with Gazebo needs of this machine; `deepracer_bringup.gazebo` finds it.

    Attributes:
        programs: the simulator, and its window if there is one.
        bridge: the program that carries topics between Gazebo and ROS.
        topics: its configuration.
    """

    programs: tuple[ProgramSpec, ...]
    bridge: str
    topics: str


# The servo node has a dead zone of its own, and a stick that is held still must not fall silent.
JOY_NODE = NodeSpec("joy", "joy_node", parameters={"deadzone": 0.0, "autorepeat_rate": 20.0})


def car_graph(
    model: Any = "",
    device: Any = "CPU",
    camera: Any = "v4l2",
    video: Any = "",
    pwm_output: Any = "",
    calibration: Any = "",
    joy: bool = False,
) -> Graph:
    """Return the nodes on the car.

    Args:
        model: model package; empty: it is loaded later, by service.
        device: OpenVINO device.
        camera: back end of the camera node.
        video: for the camera's back end `video`.
        pwm_output: where pulses go; empty: where the configuration says.
        calibration: the car's calibration file; empty: what the configuration says.
        joy: whether a gamepad is read, which needs the package `joy` of ROS.
    """
    camera_node = NodeSpec(
        "deepracer_camera", "camera_node", parameters={"backend": camera, "video": video}
    )
    chosen = {"pwm_output": pwm_output, "calibration_file": calibration}
    servo = {name: value for name, value in chosen.items() if value != ""}
    drive = _drive(model, device, servo, use_sim_time=False)
    # First, since a launch that does not find the package leaves running what it has started.
    gamepad = (JOY_NODE,) if joy else ()
    return *gamepad, camera_node, *drive


def sim_graph(
    model: Any = "",
    device: Any = "CPU",
    track: Any = "reinvent_base",
    start: Any = 0.0,
    direction: Any = "ccw",
    fps: Any = 15.0,
    real_time_factor: Any = 1.0,
) -> Graph:
    """Return the car's nodes between both ends of the simulator.

    A simulator that is started again puts the car to the start and its clock to zero; the other
    nodes take a clock that goes back for a fault, and then for the new time.
    """
    world = {
        "track": track,
        "start": start,
        "direction": direction,
        "fps": fps,
        "real_time_factor": real_time_factor,
    }
    sim_node = NodeSpec("deepracer_sim", "sim_node", parameters=world)
    return sim_node, *_drive(model, device, {"pwm_output": "topic"}, use_sim_time=True)


def gazebo_graph(
    gazebo: GazeboParts,
    model: Any = "",
    device: Any = "CPU",
    track: Any = "reinvent_base",
    spawn: Any = 0.0,
    direction: Any = "ccw",
) -> Graph:
    """Return the car's nodes between both ends of Gazebo's car.

    Args:
        gazebo: the simulator and what connects it.
        model: model package; empty: it is loaded later, by service.
        device: OpenVINO device.
        track: that of the world.
        spawn: where on the lap the car starts.
        direction: which way round.
    """
    bridge = NodeSpec(
        "ros_gz_bridge",
        "parameter_bridge",
        parameters={"config_file": gazebo.topics},
        program=gazebo.bridge,
    )
    actuator = NodeSpec(
        "deepracer_gazebo",
        "actuator_node",
        parameters={"track": track, "start": spawn, "direction": direction, "use_sim_time": True},
    )
    drive = _drive(model, device, {"pwm_output": "topic"}, use_sim_time=True)
    return *gazebo.programs, bridge, actuator, *drive


def measured(simulated: Graph) -> Graph:
    """Return a graph in which nothing of the simulator is started again, only the car's nodes.

    What its simulator did not live through counts for nothing, be it a lap or a comparison.
    """
    return tuple(replace(spec, respawn=spec.name in DRIVE_NODES) for spec in simulated)


def race_graph(
    simulated: Graph, simulator: str, track: str, direction: str, laps: int, report: str
) -> Graph:
    """Return a simulated car and the node that lets it drive laps and writes to `report`.

    Args:
        simulated: what to race with.
        simulator: name of the node that puts the car back, and says how fast it was answered.
        track: on which.
        direction: which way round.
        laps: how many.
        report: a folder.
    """
    race = {"track": track, "direction": direction, "laps": laps, "report": report}
    names = tuple((name, f"{simulator}/{name}") for name in ("latency", "recover"))
    race_node = NodeSpec(
        "deepracer_bringup", "race_node", parameters=race, remappings=names, respawn=False
    )
    return *simulated, race_node


def _drive(model: Any, device: Any, servo: Mapping[str, Any], use_sim_time: bool) -> Graph:
    clock = {"use_sim_time": use_sim_time}
    return (
        NodeSpec(
            "deepracer_inference",
            "inference_node",
            parameters={"model": model, "device": device, **clock},
        ),
        NodeSpec("deepracer_servo", "servo_node", parameters={**servo, **clock}),
    )
