# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A servo node as its own process, and the world around it, over real DDS."""

import contextlib
import subprocess
import sys
import threading
import time

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from node_graph import EVERYTHING
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rosgraph_msgs.msg import Clock
from std_srvs.srv import Trigger
from waiting import PATIENCE_S, wait_until

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.calibration import Calibration
from deepracer_core.model_metadata import metadata_text
from deepracer_interfaces.msg import DriveCommand, DriveState, Model, PolicyOutput, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.qos import COMMAND, LATCHED

MODEL = "a" * 64
SPACE = DiscreteActionSpace((Action(-0.3, 1.0), Action(0.0, 4.0), Action(0.3, 2.0)))
CALIBRATION = Calibration()
NEUTRAL = CALIBRATION.neutral
FULL_SPEED = CALIBRATION.pulses(Action(0.0, 4.0))
NEUTRAL_WITHIN_MS = 250.0


def nanoseconds(stamp) -> int:
    return stamp.sec * 10**9 + stamp.nanosec


def good_output(stamp) -> PolicyOutput:
    output = PolicyOutput(model_id=MODEL, values=[0.1, 0.8, 0.1], action=1)
    output.header.stamp = stamp
    return output


class ServoProcess:
    """A servo node in a process of its own."""

    def __init__(self, log, **parameters) -> None:
        settings = [f"-p {name}:={value}".split(" ") for name, value in parameters.items()]
        command = [sys.executable, "-m", "deepracer_servo.servo_node", "--ros-args"]
        self.log = log
        with log.open("a") as stream:
            self.process = subprocess.Popen(
                [*command, *(word for pair in settings for word in pair)],
                stdout=stream,
                stderr=stream,
            )

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


class World:
    """What surrounds the servo node: a policy at 50 outputs/s, services, and a recorder."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = rclpy.create_node("world", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.pulses: list[PwmPulses] = []
        self.state: DriveState | None = None
        self.health: DiagnosticStatus | None = None
        self.make_output = None
        self.simulated_time = False
        node = self.node
        node.create_subscription(PwmPulses, "pwm", self.pulses.append, EVERYTHING)
        node.create_subscription(DriveState, "drive_state", self._on_state, LATCHED)
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_health, 10)
        self.model = node.create_publisher(Model, "model", LATCHED)
        self.policy = node.create_publisher(PolicyOutput, "policy_output", COMMAND)
        self.drive = node.create_publisher(DriveCommand, "drive", COMMAND)
        self.twist = node.create_publisher(TwistStamped, "cmd_vel", COMMAND)
        self.clock = node.create_publisher(Clock, "/clock", 10)
        names = {"set_mode": SetMode, "emergency_stop": Trigger, "clear_emergency_stop": Trigger}
        self.services = {
            name: node.create_client(kind, f"servo_node/{name}") for name, kind in names.items()
        }
        self.parameters = node.create_client(SetParameters, "servo_node/set_parameters")
        self.publish_model()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._spin), threading.Thread(target=self._act)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ending.set()
        self._threads[1].join()
        self.context.try_shutdown()
        self._threads[0].join()
        self.node.destroy_node()  # Or its latched model is told to the nodes of other tests.

    def _spin(self) -> None:
        with contextlib.suppress(ExternalShutdownException):
            self.executor.spin()

    def _act(self) -> None:
        while not self._ending.wait(0.02):
            if self.make_output is not None:
                self.policy.publish(self.make_output(self.now()))

    def _on_state(self, state: DriveState) -> None:
        self.state = state

    def _on_health(self, array: DiagnosticArray) -> None:
        self.health = array.status[0]

    def now(self):
        return self.node.get_clock().now().to_msg()

    def publish_model(self, model_id: str = MODEL, space: DiscreteActionSpace = SPACE) -> None:
        self.model.publish(Model(name="test", id=model_id, metadata=metadata_text(space)))

    def call(self, client, request):
        """Ask until there is an answer: DDS may still know a server that was killed before."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            assert client.wait_for_service(PATIENCE_S)
            answered = threading.Event()
            future = client.call_async(request)
            future.add_done_callback(lambda _, answered=answered: answered.set())
            if answered.wait(2.0):
                return future.result()
            client.remove_pending_request(future)
        raise AssertionError(f"no answer of {client.srv_name}")

    def trigger(self, name: str):
        return self.call(self.services[name], Trigger.Request())

    def set_mode(self, mode: int):
        return self.call(self.services["set_mode"], SetMode.Request(mode=mode))

    def set_parameter(self, name: str, value: float):
        parameter = Parameter(name=name, value=ParameterValue(type=3, double_value=value))
        return self.call(self.parameters, SetParameters.Request(parameters=[parameter])).results[0]

    def start_driving(self) -> None:
        wait_until(lambda: self.state and self.state.model_id == MODEL, "the model arrived")
        self.make_output = good_output
        # A device that answers late is refused once.
        wait_until(lambda: self.set_mode(DriveState.AUTONOMOUS).success, "autonomous mode")
        self.wait_for_pulses(FULL_SPEED)

    def wait_for_pulses(self, expected, after_ns: int = 0) -> PwmPulses:
        """Return the first message with these pulses that comes from now on."""
        start = len(self.pulses)
        found: list[PwmPulses] = []

        def search() -> bool:
            found.extend(
                message
                for message in self.pulses[start:]
                if (message.steering_ns, message.throttle_ns) == expected
                and nanoseconds(message.header.stamp) >= after_ns
            )
            return bool(found)

        wait_until(search, f"pulses {expected}")
        return found[0]

    def pulses_since(self, since_ns: int) -> list[tuple[int, int]]:
        """Return the pulses that were written after a time, also those that come late."""
        return [
            (message.steering_ns, message.throttle_ns)
            for message in list(self.pulses)
            if nanoseconds(message.header.stamp) > since_ns
        ]

    def wait_for_reason(self, text: str) -> None:
        wait_until(lambda: self.state and text in self.state.stop_reason, f"reason {text}")


def altered(**fields):
    def make(stamp) -> PolicyOutput:
        output = good_output(stamp)
        for name, value in fields.items():
            setattr(output, name, value)
        return output

    return make
