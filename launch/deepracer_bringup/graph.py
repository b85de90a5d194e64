# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Which nodes make up the car and the simulated car; written once, free of ROS.

The launch files turn it into `ros2 launch` actions, and `deepracer_bringup.runner` into processes
where that is not installed. Both simulators and the car share the two nodes in the middle:

    camera_node | sim_node  ->  inference_node  ->  servo_node  ->  the car | sim_node

Values of parameters may be anything that the user of the graph understands: the launch files pass
substitutions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

RESPAWN_DELAY = 1.0  # [s]
# A node that does not end by SIGINT gets SIGTERM, then SIGKILL, so that all are down in 2 s.
SIGTERM_AFTER, SIGKILL_AFTER = 1.5, 0.4  # [s]
BAD_INPUT = 2  # The exit status of a node that cannot work with its parameters.


@dataclass(frozen=True)
class NodeSpec:
    """One node and how it is run.

    Attributes:
        package: ROS package, and the Python package of the same name.
        name: the node's name; its executable and its Python module are called the same.
        parameters: values by name, on top of those of the configuration file.
        remappings: pairs of names, from and to.
        respawn: whether it is started again after it died. That is safe for nodes that cannot
            move the car, and for the servo node because it always starts in DISABLED. What a
            wrong parameter ended (exit status 2) stays down.
    """

    package: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    remappings: tuple[tuple[str, str], ...] = ()
    respawn: bool = True

    @property
    def module(self) -> str:
        """The Python module that `python -m` runs."""
        return f"{self.package}.{self.name}"

    def launch_arguments(
        self, files: Sequence[object], shutdown: Callable[..., Any]
    ) -> dict[str, Any]:
        """Return the keyword arguments of `launch_ros.actions.Node`.

        Args:
            files: YAML files with parameters, the strongest one last; `parameters` are stronger.
            shutdown: makes the action that ends the launch; a node that refuses its parameters
                does not get better by being started again.
        """

        def refused(event: Any, _: object) -> Any:
            reason = f"{self.name} refuses its parameters"
            return shutdown(reason=reason) if event.returncode == BAD_INPUT else None

        return {
            "package": self.package,
            "executable": self.name,
            "name": self.name,
            "parameters": [*files, dict(self.parameters)],
            "remappings": list(self.remappings),
            "respawn": self.respawn,
            "respawn_delay": RESPAWN_DELAY,
            "sigterm_timeout": str(SIGTERM_AFTER),
            "sigkill_timeout": str(SIGKILL_AFTER),
            "on_exit": refused,
            "output": "screen",
        }


Graph = tuple[NodeSpec, ...]

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


def race_graph(
    model: str, track: str, direction: str, laps: int, real_time_factor: float, report: str
) -> Graph:
    """Return the simulated car and the node that lets it drive laps and writes to `report`.

    A lap through which its simulator did not live is none, so that one stays down here.
    """
    race = {"track": track, "direction": direction, "laps": laps, "report": report}
    race_node = NodeSpec(
        "deepracer_bringup",
        "race_node",
        parameters=race,
        remappings=(("latency", "sim_node/latency"),),
        respawn=False,
    )
    sim_node, *drive = sim_graph(
        model, track=track, direction=direction, real_time_factor=real_time_factor
    )
    return replace(sim_node, respawn=False), *drive, race_node


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
