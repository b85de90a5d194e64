# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car drives at speed, something breaks, the motor is neutral within 250 ms.

Times are those at which the servo node handed its pulses to the middleware, on the system clock;
the simulated clock stands still in some of these faults.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driver_model import write_driver
from nav_msgs.msg import Odometry
from node_graph import Observer
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from deepracer_bringup.graph import Graph, car_graph, sim_graph
from deepracer_bringup.runner import Runner, config_file
from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.calibration import Calibration
from deepracer_core.model_metadata import metadata_text
from deepracer_interfaces.msg import DriveState, Model, PolicyOutput, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.qos import COMMAND, LATCHED

NEUTRAL_NS = Calibration().neutral.throttle_ns
WITHIN_NS = 250_000_000
CHECKED_FOR = 0.6  # [s]: the motor stays neutral at least so long
EVERYTHING = QoSProfile(depth=1000, reliability=ReliabilityPolicy.BEST_EFFORT)
FPS = 30.0


class Car:
    """The running nodes, seen from outside."""

    def __init__(self, observer: Observer, runner: Runner) -> None:
        self.observer = observer
        self.runner = runner
        self.pulses: list[tuple[int, int]] = []  # When written [ns], throttle [ns].
        node = observer.node
        node.create_subscription(PwmPulses, "pwm", self._on_pulses, EVERYTHING)
        self.states = observer.listen(DriveState, "drive_state", LATCHED)

    def _on_pulses(self, message: PwmPulses, info: dict[str, Any]) -> None:
        self.pulses.append((info["source_timestamp"], message.throttle_ns))

    @property
    def drives(self) -> bool:
        recent = [throttle for _, throttle in self.pulses[-20:]]
        return len(recent) == 20 and NEUTRAL_NS not in recent

    def drive_off(self) -> None:
        """Enable AUTONOMOUS and wait until the car is under way."""
        wait = self.observer.wait_until
        wait(lambda: self.states and self.states[-1].model_id, "a model")
        request = SetMode.Request(mode=DriveState.AUTONOMOUS)
        answer = self.observer.call(SetMode, "servo_node/set_mode", request)
        assert answer.success, answer.message
        wait(lambda: self.drives, "the car to drive")

    def expect_stop(self, broken_ns: int, *reasons: str) -> None:
        """The motor became neutral in time, stayed so, and drive_state says why."""

        def neutral_since() -> int | None:
            after = [(at, throttle) for at, throttle in self.pulses if at > broken_ns]
            return next((at for at, throttle in after if throttle == NEUTRAL_NS), None)

        self.observer.wait_until(neutral_since, "neutral pulses")
        stopped_ns = neutral_since()
        self.observer.spin_for(CHECKED_FOR)
        assert (stopped_ns - broken_ns) <= WITHIN_NS
        later = [throttle for at, throttle in self.pulses if at >= stopped_ns]
        assert set(later) == {NEUTRAL_NS}
        self.observer.wait_until(lambda: not self.states[-1].enabled, "drive_state")
        said = self.states[-1].stop_reason
        assert any(reason in said for reason in reasons), said

    def kill(self, name: str) -> int:
        os.kill(self.runner.pid(name), signal.SIGKILL)
        return time.time_ns()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_driver(tmp_path_factory.mktemp("models") / "driver")


@pytest.fixture
def observer() -> Iterator[Observer]:
    observer = Observer()
    yield observer
    observer.close()


def running(graph: Graph, folder: Path) -> Runner:
    domain = int(os.environ["ROS_DOMAIN_ID"])
    return Runner(graph, config_file("sim.yaml"), folder / "logs", domain, print)


@pytest.mark.parametrize(
    ("victim", "reasons"),
    [
        ("sim_node", ("clock stands still", "no fresh command")),
        ("inference_node", ("no fresh command",)),
    ],
)
def test_kill_9_in_the_simulator(
    victim: str, reasons: tuple[str, ...], driver: Path, observer: Observer, tmp_path: Path
) -> None:
    with running(sim_graph(str(driver), fps=FPS), tmp_path) as runner:
        car = Car(observer, runner)
        car.drive_off()
        car.expect_stop(car.kill(victim), *reasons)


@pytest.mark.parametrize("victim", ["camera_node", "inference_node"])
def test_kill_9_on_the_car(victim: str, driver: Path, observer: Observer, tmp_path: Path) -> None:
    graph = car_graph(str(driver), camera="fake")
    with running(graph, tmp_path) as runner:
        car = Car(observer, runner)
        car.drive_off()
        car.expect_stop(car.kill(victim), "no fresh command")


def test_a_servo_node_that_was_killed_comes_back_disabled(
    driver: Path, observer: Observer, tmp_path: Path
) -> None:
    with running(sim_graph(str(driver), fps=FPS), tmp_path) as runner:
        car = Car(observer, runner)
        car.drive_off()
        first = runner.pid("servo_node")
        car.kill("servo_node")
        observer.wait_until(
            lambda: runner.supervise() == [] and runner.pid("servo_node") != first, "a new one"
        )
        car.states.clear()
        car.pulses.clear()
        observer.wait_until(lambda: len(car.pulses) > 40, "its pulses")
        assert {throttle for _, throttle in car.pulses} == {NEUTRAL_NS}
        assert {state.mode for state in car.states} == {DriveState.DISABLED}


SPACE = DiscreteActionSpace((Action(-0.3, 1.0), Action(0.0, 1.0), Action(0.3, 1.0)))
MODEL = Model(name="impostor", id="a" * 64, metadata=metadata_text(SPACE))
Fault = Callable[[PolicyOutput, PolicyOutput], None]


class Impostor:
    """Plays the inference node: answers each frame, rightly at first."""

    def __init__(self, observer: Observer) -> None:
        node = observer.node
        self._publisher = node.create_publisher(PolicyOutput, "policy_output", COMMAND)
        self._model = node.create_publisher(Model, "model", LATCHED)
        self._model.publish(MODEL)
        self._last_good = PolicyOutput()
        self.fault: Fault | None = None
        self.broken_ns = 0
        node.create_subscription(Image, "image_raw", self._answer, COMMAND)

    def _answer(self, image: Image) -> None:
        output = PolicyOutput(model_id=MODEL.id, values=[0.1, 0.8, 0.1], action=1)
        output.header = image.header
        if self.fault is None:
            self._last_good = output
        else:
            self.fault(output, self._last_good)
            self.broken_ns = self.broken_ns or time.time_ns()
        self._publisher.publish(output)


def freeze_stamp(output: PolicyOutput, last_good: PolicyOutput) -> None:
    output.header.stamp = last_good.header.stamp


def put_out_nan(output: PolicyOutput, _: PolicyOutput) -> None:
    output.values = [0.1, float("nan"), 0.1]


def put_out_infinity(output: PolicyOutput, _: PolicyOutput) -> None:
    output.values = [0.1, float("inf"), 0.1]


def put_out_too_few(output: PolicyOutput, _: PolicyOutput) -> None:
    output.values = [0.1, 0.8]


def point_beyond(output: PolicyOutput, _: PolicyOutput) -> None:
    output.action = 3


def be_another_model(output: PolicyOutput, _: PolicyOutput) -> None:
    output.model_id = "b" * 64


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (freeze_stamp, "stamp"),
        (put_out_nan, "NaN"),
        (put_out_infinity, "infinity"),
        (put_out_too_few, "shape"),
        (point_beyond, "index 3"),
        (be_another_model, "model"),
    ],
)
def test_faulty_output_of_the_policy(
    fault: Fault, reason: str, observer: Observer, tmp_path: Path
) -> None:
    graph = tuple(spec for spec in sim_graph(fps=FPS) if spec.name != "inference_node")
    with running(graph, tmp_path) as runner:
        impostor = Impostor(observer)
        car = Car(observer, runner)
        car.drive_off()
        impostor.fault = fault
        observer.wait_until(lambda: impostor.broken_ns, "the fault")
        car.expect_stop(impostor.broken_ns, reason)


def test_a_simulator_without_a_servo_node_stops_its_car(
    driver: Path, observer: Observer, tmp_path: Path
) -> None:
    with running(sim_graph(str(driver), fps=FPS), tmp_path) as runner:
        car = Car(observer, runner)
        odometry = observer.listen(Odometry, "odom", EVERYTHING)
        car.drive_off()
        observer.wait_until(lambda: odometry and odometry[-1].twist.twist.linear.x > 0.5, "speed")
        car.kill("servo_node")
        observer.wait_until(
            lambda: abs(odometry[-1].twist.twist.linear.x) < 0.01, "the car's stop"
        )
