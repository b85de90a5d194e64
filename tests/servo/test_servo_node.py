# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The servo node as its own process, over real DDS: the safety rules one by one."""

import contextlib
import json
import math
import signal
import subprocess
import sys
import threading
import time

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from geometry_msgs.msg import TwistStamped
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from std_srvs.srv import Trigger

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.calibration import Calibration, calibration_to_aws_json
from deepracer_core.model_metadata import metadata_text
from deepracer_core.vehicle import DEEPRACER
from deepracer_interfaces.msg import DriveCommand, DriveState, Model, PolicyOutput, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.qos import COMMAND, LATCHED
from deepracer_servo.calibration_file import LARGEST_FILE_BYTES

MODEL = "a" * 64
SPACE = DiscreteActionSpace((Action(-0.3, 1.0), Action(0.0, 4.0), Action(0.3, 2.0)))
CALIBRATION = Calibration()
NEUTRAL = CALIBRATION.neutral
FULL_SPEED = CALIBRATION.pulses(Action(0.0, 4.0))
NEUTRAL_WITHIN_NS = 250_000_000
PATIENCE_S = 30.0
EVERYTHING = QoSProfile(depth=1000, reliability=ReliabilityPolicy.BEST_EFFORT)


def wait_until(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.005)


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
        assert self.set_mode(DriveState.AUTONOMOUS).success
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

    def wait_for_reason(self, text: str) -> None:
        wait_until(lambda: self.state and text in self.state.stop_reason, f"reason {text}")


@pytest.fixture(scope="module")
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def start(world, tmp_path):
    """Starts servo nodes, and ends those that a test leaves running."""
    processes = []
    world.state = world.health = world.make_output = None
    world.publish_model()

    def start_one(**parameters) -> ServoProcess:
        world.pulses.clear()
        world.state = None
        servo = ServoProcess(tmp_path / "servo.log", **parameters)
        processes.append(servo.process)
        wait_until(lambda: world.state is not None and world.pulses, "the servo node spoke")
        return servo

    yield start_one
    world.make_output = None
    for process in processes:
        process.terminate()
        process.wait(PATIENCE_S)
    log = (tmp_path / "servo.log").read_text()
    assert "Traceback" not in log, log


def altered(**fields):
    def make(stamp) -> PolicyOutput:
        output = good_output(stamp)
        for name, value in fields.items():
            setattr(output, name, value)
        return output

    return make


def shifted(seconds: int):
    def make(stamp) -> PolicyOutput:
        stamp.sec += seconds
        return good_output(stamp)

    return make


def frozen():
    kept = []

    def make(stamp) -> PolicyOutput:
        kept.append(stamp)
        return good_output(kept[0])

    return make


FAULTS = [
    ("silent", None, "no fresh command"),
    ("frozen stamp", frozen(), "the stamp is that of the one before"),
    ("NaN", altered(values=[math.nan, 0.8, 0.1]), "NaN or infinity"),
    ("infinity", altered(values=[0.1, math.inf, 0.1]), "NaN or infinity"),
    ("too short", altered(values=[0.2, 0.8]), "shape (2,)"),
    ("too long", altered(values=[0.1, 0.7, 0.1, 0.1]), "shape (4,)"),
    ("empty", altered(values=[]), "shape (0,)"),
    ("index beyond", altered(action=7), "action index 7"),
    ("index of another", altered(action=0), "action index 0"),
    ("wrong model", altered(model_id="b" * 64), "bbbbbbbbbbbb"),
    ("an hour old", shifted(-3600), "older than that of the one before"),
    ("an hour ahead", shifted(3600), "in the future"),
]


def test_every_fault_of_the_policy_is_neutral_in_time_with_a_reason_and_passes(world, start):
    start()
    world.start_driving()
    for name, make_output, reason in FAULTS:
        fault_ns = time.time_ns()
        world.make_output = make_output
        neutral = world.wait_for_pulses(NEUTRAL, after_ns=fault_ns)
        delay_ns = nanoseconds(neutral.header.stamp) - fault_ns
        assert delay_ns < NEUTRAL_WITHIN_NS, f"{name}: neutral after {delay_ns / 1e6:.0f} ms"
        assert nanoseconds(neutral.source_stamp) == 0
        world.wait_for_reason(reason)
        assert not world.state.enabled
        world.make_output = good_output
        driving = world.wait_for_pulses(FULL_SPEED)
        assert nanoseconds(driving.source_stamp) > fault_ns
        assert driving.mode == DriveState.AUTONOMOUS


def test_another_model_stops_the_car_until_its_output_comes(world, start):
    start()
    world.start_driving()
    world.publish_model("b" * 64)
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("policy_output is of model 'aaaaaaaaaaaa'")
    world.make_output = altered(model_id="b" * 64)
    world.wait_for_pulses(FULL_SPEED)
    wait_until(lambda: world.state.model_id == "b" * 64, "the new id on drive_state")


def test_the_emergency_stop_latches(world, start):
    start()
    world.start_driving()
    assert world.trigger("emergency_stop").success
    world.wait_for_reason("emergency stop is latched")
    count = len(world.pulses)
    refusal = world.set_mode(DriveState.AUTONOMOUS)
    assert not refusal.success and "emergency stop" in refusal.message
    wait_until(lambda: len(world.pulses) > count + 5, "pulses go on")
    assert {(p.steering_ns, p.throttle_ns) for p in world.pulses[count:]} == {NEUTRAL}
    assert world.trigger("clear_emergency_stop").success
    world.wait_for_reason("mode is DISABLED")
    assert not world.state.emergency_stop
    assert world.set_mode(DriveState.AUTONOMOUS).success
    world.wait_for_pulses(FULL_SPEED)


def test_modes_that_cannot_be_entered_are_refused_with_the_reason(world, start):
    start()
    refusal = world.set_mode(9)
    assert not refusal.success and "unknown mode 9" in refusal.message
    world.publish_model("c" * 64, SPACE)
    world.model.publish(Model(name="bad", id="d" * 64, metadata="{"))
    wait_until(lambda: world.state.model_id == "", "the bad model arrived")
    refusal = world.set_mode(DriveState.AUTONOMOUS)
    assert not refusal.success and "not valid JSON" in refusal.message
    assert world.state.mode == DriveState.DISABLED


def test_killed_and_started_again_it_is_disabled_while_commands_go_on(world, start):
    servo = start()
    world.start_driving()
    assert servo.end(signal.SIGKILL) == -signal.SIGKILL
    start()
    wait_until(lambda: len(world.pulses) > 20, "pulses of the new process")
    assert {(p.steering_ns, p.throttle_ns) for p in world.pulses} == {NEUTRAL}
    assert world.state.mode == DriveState.DISABLED
    assert world.state.stop_reason == "mode is DISABLED"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_neutral_as_the_last_word(world, start, number):
    servo = start()
    world.start_driving()
    assert servo.end(number) == 0
    world.make_output = None
    last = world.pulses[-1]
    wait_until(lambda: world.pulses[-1].throttle_ns == NEUTRAL.throttle_ns, f"neutral {last}")


def test_manual_commands_drive_in_manual_mode_only(world, start):
    start()
    command = DriveCommand(steering_angle=0.2, speed=1.5)
    expected = CALIBRATION.pulses(Action(float(command.steering_angle), 1.5))
    world.make_output = good_output
    world.drive.publish(command)
    assert world.set_mode(DriveState.MANUAL).success

    def keep_driving(stamped: bool):
        def make(stamp):
            if stamped:
                command.header.stamp = stamp
            world.drive.publish(command)
            return good_output(stamp)

        return make

    world.make_output = keep_driving(stamped=False)
    world.wait_for_pulses(expected)
    world.make_output = keep_driving(stamped=True)
    driving = world.wait_for_pulses(expected)
    assert driving.mode == DriveState.MANUAL
    world.make_output = good_output
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("no fresh command")


def test_a_twist_drives_the_circle_that_it_describes(world, start):
    start()
    twist = TwistStamped()
    twist.twist.linear.x, twist.twist.angular.z = 1.0, 1.0
    expected = CALIBRATION.pulses(Action(DEEPRACER.steering_for(curvature=1.0, speed=1.0), 1.0))

    def make(stamp):
        twist.header.stamp = stamp
        world.twist.publish(twist)
        return good_output(stamp)

    assert world.set_mode(DriveState.MANUAL).success
    world.make_output = make
    world.wait_for_pulses(expected)
    twist.twist.linear.x = math.nan
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("cmd_vel: the command is not finite")


def test_the_maximum_speed_is_set_while_driving(world, start):
    start(max_speed_scale=1.0)
    world.start_driving()
    refusal = world.set_parameter("max_speed_scale", 1.5)
    assert not refusal.successful and "max_speed_scale" in refusal.reason
    assert world.set_parameter("max_speed_scale", 0.5).successful
    world.wait_for_pulses(CALIBRATION.pulses(Action(0.0, 2.0)))
    wait_until(lambda: world.state.max_speed_scale == 0.5, "the factor on drive_state")


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"Calibration": {}}', "[" * 5000, " " * (LARGEST_FILE_BYTES + 1), None],
    ids=["empty", "cut", "no axes", "nested", "huge", "absent"],
)
def test_a_damaged_calibration_keeps_the_car_neutral(world, start, tmp_path, content):
    file = tmp_path / "calibration.json"
    if content is not None:
        file.write_text(content)
    servo = start(calibration_file=file)
    world.wait_for_reason(f"calibration file {file}")
    refusal = world.set_mode(DriveState.MANUAL)
    assert not refusal.success and str(file) in refusal.message
    wait_until(
        lambda: world.health is not None and world.health.level == DiagnosticStatus.ERROR,
        "an error on /diagnostics",
    )
    assert str(file) in world.health.message
    assert {(p.steering_ns, p.throttle_ns) for p in world.pulses} == {NEUTRAL}
    assert servo.process.poll() is None


def test_the_calibration_file_of_the_car_is_used(world, start, tmp_path):
    axes = json.loads(calibration_to_aws_json(CALIBRATION))
    axes["Calibration"]["Motor"]["min"] = 1_350_000
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(axes))
    start(calibration_file=file)
    wait_until(lambda: world.state.model_id == MODEL, "the model arrived")
    world.make_output = good_output
    assert world.set_mode(DriveState.AUTONOMOUS).success
    world.wait_for_pulses((NEUTRAL.steering_ns, 1_350_000))


def test_diagnostics_count_refusals_and_measure_latency(world, start):
    start(pwm_output="fake")
    world.start_driving()
    world.make_output = altered(action=7)
    world.wait_for_pulses(NEUTRAL)

    def values() -> dict[str, str]:
        return {entry.key: entry.value for entry in world.health.values} if world.health else {}

    wait_until(lambda: int(values().get("commands refused: bad index", 0)) > 0, "the count")
    assert world.health.level == DiagnosticStatus.WARN
    assert "action index 7" in world.health.message
    assert world.health.name == "servo_node: drive"
    assert {f"stamp to pulse {name} [ms]" for name in ("p50", "p95", "p99", "max")} <= set(
        values()
    )
    assert values()["pwm_output"] == "fake"


def test_a_simulated_clock_that_stops_stops_the_car(world, start):
    start(use_sim_time="true")
    wait_until(lambda: world.state.model_id == MODEL, "the model arrived")
    clock = Clock()
    clock.clock.sec = 100
    running = threading.Event()
    running.set()

    def make(_stamp) -> PolicyOutput:
        if running.is_set():
            clock.clock.nanosec += 20_000_000
            if clock.clock.nanosec >= 10**9:
                clock.clock.sec, clock.clock.nanosec = clock.clock.sec + 1, 0
            world.clock.publish(clock)
        return good_output(clock.clock)

    world.make_output = make
    assert world.set_mode(DriveState.AUTONOMOUS).success
    world.wait_for_pulses(FULL_SPEED)
    running.clear()
    world.wait_for_pulses(NEUTRAL)
    count = len(world.pulses)
    wait_until(lambda: len(world.pulses) > count + 10, "pulses go on")
    assert world.pulses[-1].throttle_ns == NEUTRAL.throttle_ns
    running.set()
    world.wait_for_pulses(FULL_SPEED)
    world.make_output = None  # The simulator dies: no clock, no frames.
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("the clock stands still")
    clock.clock.sec = 1  # It is started again.
    world.make_output = make
    world.wait_for_pulses(FULL_SPEED)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pwm_output": "magic"}, "pwm_output is 'magic', allowed are topic, fake"),
        ({"command_ttl": 5.0}, "command_ttl"),
        ({"command_ttl": 1}, "must be a float"),
        ({"max_speed_scale": -0.1}, "max_speed_scale"),
    ],
)
def test_bad_parameters_end_it_with_one_line_and_status_2(tmp_path, parameters, message):
    servo = ServoProcess(tmp_path / "log", **parameters)
    assert servo.process.wait(PATIENCE_S) == 2
    lines = [line for line in servo.log.read_text().splitlines() if "servo_node" in line]
    assert len(lines) == 1 and message in lines[0], servo.log.read_text()
    assert "Traceback" not in servo.log.read_text()
