# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The suite's node: sees the graph from outside, commands it, and puts nonsense on its topics."""

from __future__ import annotations

import sys
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rclpy
from geometry_msgs.msg import TwistStamped
from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from rclpy.time import Time
from sensor_msgs.msg import Image, Joy
from std_srvs.srv import Trigger

from deepracer_bringup.faults.catalogue import CATALOGUE
from deepracer_bringup.faults.fault import Fault, State
from deepracer_bringup.faults.session import run_faults
from deepracer_bringup.faults.sources import (
    METADATA,
    MODEL_ID,
    POLICY,
    Command,
    Output,
    Sources,
    Stick,
)
from deepracer_bringup.graph_services import GraphServices, ros_context
from deepracer_bringup.runner import Runner
from deepracer_core.command_line import run_command
from deepracer_core.interrupts import exit_in_order
from deepracer_interfaces.msg import DriveCommand, DriveState, Model, PolicyOutput
from deepracer_interfaces.srv import LoadModel, SetMode
from deepracer_ros.qos import COMMAND, LATCHED, SENSOR
from deepracer_servo.drive_mode import Mode

BY_HAND_EVERY = 1.0 / 30.0  # [s]
EVERY_STATE = QoSProfile(depth=100, reliability=LATCHED.reliability, durability=LATCHED.durability)
TOPICS: dict[str, type[Any]] = {
    "policy_output": PolicyOutput,
    "drive": DriveCommand,
    "cmd_vel": TwistStamped,
    "joy": Joy,
}
SERVICES: dict[str, type[Any]] = {
    "servo_node/set_mode": SetMode,
    "servo_node/emergency_stop": Trigger,
    "servo_node/clear_emergency_stop": Trigger,
    "servo_node/reset_calibration": Trigger,
    "servo_node/save_calibration": Trigger,
    "servo_node/revert_calibration": Trigger,
    "sim_node/recover": Trigger,
    "inference_node/load_model": LoadModel,
    "camera_node/set_parameters": SetParameters,
    "flood_node/set_parameters": SetParameters,
}


class FaultsNode(Node):
    """Watch, services, topics and sources of one running graph.

    Args:
        context: in the graph's domain.
        runner: of the graph; is called while time passes.
    """

    def __init__(self, context: rclpy.Context, runner: Runner) -> None:
        """Listen, and command nothing yet."""
        super().__init__("faults_node", context=context, start_parameter_services=False)
        self.states: deque[State] = deque(maxlen=1000)
        self.model_at = 0.0
        self.sources = Sources(self._send)
        self._senders = {
            topic: self.create_publisher(kind, topic, COMMAND) for topic, kind in TOPICS.items()
        }
        self._model: Publisher | None = None
        self._calls = GraphServices(self, runner, SERVICES)
        self.create_subscription(DriveState, "drive_state", self._on_state, EVERY_STATE)
        self.create_subscription(Model, "model", self._on_model, LATCHED)
        self.create_timer(BY_HAND_EVERY, lambda: self.sources.tick(self._lets_go()))

    def play(self, source: str) -> None:
        """Command the car by this topic from now on; by none where it is empty."""
        if source == POLICY and self._model is None:
            self._model = self.create_publisher(Model, "model", LATCHED)
            self._model.publish(Model(name="played", id=MODEL_ID, metadata=METADATA))
            self.create_subscription(Image, "image_raw", self._on_picture, SENSOR)
        self.sources.play(source)

    def spin(self, seconds: float) -> None:
        """Let time [s] pass."""
        self.wait_until(lambda: False, seconds)

    def wait_until(self, condition: Callable[[], object], patience: float) -> bool:
        """Let time pass until the condition holds, so long [s] at most; return whether it does.

        Raises:
            DeviceError: a node has ended and is not started again.
        """
        return self._calls.wait_until(condition, patience)

    def set_mode(self, mode: Mode) -> str:
        """Ask the servo node for a mode."""
        return self._calls.call("servo_node/set_mode", SetMode.Request(mode=int(mode)))

    def trigger(self, service: str) -> str:
        """Call a service without arguments."""
        return self._calls.call(service, Trigger.Request())

    def load_model(self, path: Path) -> str:
        """Ask the inference node for another model."""
        return self._calls.call("inference_node/load_model", LoadModel.Request(path=str(path)))

    def set_parameter(self, node: str, name: str, value: bool | float | str) -> str:
        """Set a parameter of a node."""
        return self._calls.set_parameters(node, {name: value})

    def _on_state(self, state: DriveState) -> None:
        heard = State(
            time.monotonic(), state.mode, state.enabled, state.stop_reason, state.model_id
        )
        self.states.append(heard)

    def _on_model(self, _: Model, info: dict[str, Any]) -> None:
        age_ns = time.time_ns() - info["source_timestamp"]
        self.model_at = time.monotonic() - age_ns / 1e9

    def _on_picture(self, picture: Image) -> None:
        self.sources.answer(Time.from_msg(picture.header.stamp).nanoseconds)

    def _lets_go(self) -> bool:
        """Say whether a driver lets go of the stick: once a second, until the car drives."""
        drives = bool(self.states) and self.states[-1].enabled
        return not drives and time.monotonic() % 1.0 < 0.3

    def _send(self, topic: str, message: object) -> None:
        is_ready = isinstance(message, bytes)
        self._senders[topic].publish(message if is_ready else MESSAGES[topic](message))


def _policy_output(output: Output) -> PolicyOutput:
    message = PolicyOutput(model_id=output.model_id, action=output.action)
    message.header.stamp = Time(nanoseconds=output.stamp_ns).to_msg()
    message.values = array("f", output.values)
    return message


def _drive(command: Command) -> DriveCommand:
    return DriveCommand(steering_angle=command.turn, speed=command.speed)


def _twist(command: Command) -> TwistStamped:
    message = TwistStamped()
    message.twist.linear.x, message.twist.angular.z = command.speed, command.turn
    return message


def _joy(stick: Stick) -> Joy:
    return Joy(axes=array("f", stick.axes), buttons=array("i", stick.buttons))


MESSAGES: dict[str, Callable[[Any], Any]] = {
    "policy_output": _policy_output,
    "drive": _drive,
    "cmd_vel": _twist,
    "joy": _joy,
}


@contextmanager
def observe(domain: int, runner: Runner) -> Iterator[FaultsNode]:
    """Observe the graph in a domain."""
    with ros_context(domain) as context:
        node = FaultsNode(context, runner)
        yield node
        node.destroy_node()


def main(arguments: list[str] | None = None, catalogue: Sequence[Fault] = CATALOGUE) -> int:
    """Run the command; returns the exit status."""
    return run_command("faults", lambda: run_faults(arguments, catalogue, observe))


if __name__ == "__main__":
    exit_in_order()  # That stops the nodes.
    sys.exit(main())
