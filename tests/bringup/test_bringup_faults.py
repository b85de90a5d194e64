# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The fault-injection suite: faults of each kind through the command, and its parts by value."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nav_msgs.msg import Odometry
from node_graph import Observer
from rclpy.qos import QoSProfile, ReliabilityPolicy

from deepracer_bringup.faults.catalogue import CATALOGUE
from deepracer_bringup.faults.clock_shim import ClockShim
from deepracer_bringup.faults.fault import Fault, State
from deepracer_bringup.faults.motion import Sample, distance_after, speed_at
from deepracer_bringup.faults.processes import GUARD, Processes
from deepracer_bringup.faults.report import Row, table, to_json
from deepracer_bringup.faults.session import Session, run_faults
from deepracer_bringup.faults.sources import Command, Output, Sources
from deepracer_bringup.faults.stage import STAGES
from deepracer_bringup.faults.suite import inject
from deepracer_bringup.faults.verdict import Verdict, judge, neutral_after
from deepracer_bringup.graph import sim_graph
from deepracer_bringup.runner import Runner, config_file
from deepracer_core.calibration import Calibration
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.vehicle import DEEPRACER
from deepracer_interfaces.msg import DriveState
from deepracer_interfaces.srv import SetMode
from deepracer_ros.qos import LATCHED
from deepracer_servo.drive_mode import Mode

PATIENCE = 300.0  # [s]; only a suite that hangs takes so long
THROTTLE = Calibration().throttle
NEUTRAL = THROTTLE.mid_ns
ONE = THROTTLE.pulse_ns(1.0)  # 1 m/s
COMMAND = (sys.executable, "-P", "-m", "deepracer_bringup.faults.faults_node")
INJECTED = (
    "kill-simulator",
    "kill-inference",
    "kill-servo",
    "hang-servo",
    "kill-guard",
    "calibration-damaged",
    "port-gone",
    "policy-nan",
    "policy-short",
    "policy-repeated",
    "policy-wrong-model",
    "drive-silent",
    "joy-released",
    "kill-camera",
    "camera-frozen",
    "clock-backwards",
    "sysfs-read-only",
)


def faults(*arguments: object, command: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess:
    line = [*command, *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)


def test_faults_of_every_kind_are_caught(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    result = faults("--count", 1, "--only", ",".join(INJECTED), "--json", path)
    assert result.returncode == 0, result.stdout + result.stderr
    rows = json.loads(path.read_text())["faults"]
    assert [row["name"] for row in rows] == list(INJECTED)
    for row in rows:
        assert (row["count"], row["caught"]) == (1, 1)
        assert 0.0 <= row["p50_ms"] == row["p99_ms"] == row["max_ms"] <= 250.0
        assert 0.0 < row["moved_m"] < 2.0
    assert f"{len(rows)} of {len(rows)} faults are caught, each time" in result.stdout


UNHARMED = """
import sys, time
from contextlib import contextmanager
from deepracer_bringup.faults import faults_node
from deepracer_bringup.faults.fault import Fault
from deepracer_bringup.faults.sources import POLICY

@contextmanager
def nothing(rig):
    yield time.monotonic()

unharmed = Fault("unharmed", "nothing at all", "commands", nothing, ("a reason",), POLICY)
sys.exit(faults_node.main(["--count", "2"], [unharmed]))
"""


def test_what_is_not_caught_fails_the_suite() -> None:
    result = faults(command=(sys.executable, "-c", UNHARMED))
    assert result.returncode == 1, result.stderr
    *_, problem, last = result.stdout.splitlines()
    assert problem == "unharmed: 2 x the throttle did not become neutral"
    assert last == "0 of 1 faults are caught, each time"


def test_a_simulator_without_a_servo_node_stops_its_car(tmp_path: Path) -> None:
    model = Path(__file__).resolve().parents[2] / "models" / "reinvent_v1"
    everything = QoSProfile(depth=1000, reliability=ReliabilityPolicy.BEST_EFFORT)
    observer = Observer()
    domain = int(os.environ["ROS_DOMAIN_ID"])
    logs = tmp_path / "logs"
    with Runner(sim_graph(str(model)), config_file("sim.yaml"), logs, domain, print) as runner:
        states = observer.listen(DriveState, "drive_state", LATCHED)
        odometry = observer.listen(Odometry, "odom", everything)
        observer.wait_until(lambda: states and states[-1].model_id, "a model")
        request = SetMode.Request(mode=DriveState.AUTONOMOUS)
        assert observer.call(SetMode, "servo_node/set_mode", request).success
        observer.wait_until(lambda: odometry and speed(odometry[-1]) > 0.5, "speed")
        os.kill(runner.pid("servo_node"), 9)
        observer.wait_until(lambda: abs(speed(odometry[-1])) < 0.01, "the car's stop")
    observer.close()


def speed(message: Odometry) -> float:
    return message.twist.twist.linear.x


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "kil-servo"], "kill-servo"),
        (["--only", "kill-servo,earthquake"], "'earthquake': --list"),
        (["--count", "0"], "--count is 0"),
        (["--json", "no/such/folder/f.json"], "no folder"),
        (["--keep-logs", "/dev/null/logs"], "--keep-logs"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(arguments: list[str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        run_faults(arguments, CATALOGUE, lambda *_: pytest.fail("the suite ran"))


def test_bad_input_is_one_line_and_status_2() -> None:
    result = faults("--only", "hang-gaurd")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "did you mean hang-guard" in result.stderr


def test_the_list_names_every_fault_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_faults(["--list"], CATALOGUE, lambda *_: pytest.fail("the suite ran")) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [fault.name for fault in CATALOGUE]
    assert len(set(names)) == len(names) >= 50
    assert {fault.stage for fault in CATALOGUE} == set(STAGES)


# The way of a car that asks its brakes for more than they have, then closes in by its lag.
def braking_distance(speed: float) -> float:
    gentle = min(speed, DEEPRACER.max_braking * DEEPRACER.speed_lag)
    hard = (speed**2 - gentle**2) / (2.0 * DEEPRACER.max_braking)
    return hard + gentle * DEEPRACER.speed_lag


def test_speed_and_way_follow_from_the_pulses() -> None:
    record = [Sample(10.0, ONE), Sample(15.0, NEUTRAL)]
    assert speed_at(record, 10.0) == 0.0
    assert speed_at(record, 15.0) == pytest.approx(1.0, abs=1e-3)
    assert distance_after(record, 15.0, 15.1) == pytest.approx(braking_distance(1.0), rel=0.03)
    # A fault 0.2 s before the brakes costs 0.2 m more.
    late = distance_after(record, 14.8, 15.1)
    assert late == pytest.approx(0.2 + braking_distance(1.0), rel=0.03)


def test_a_car_without_pulses_stands_and_one_that_is_not_stopped_counts_to_the_end() -> None:
    assert distance_after([], 15.0, 16.0) == 0.0
    driving = [Sample(10.0, ONE)]
    assert distance_after(driving, 15.0, 16.0) == pytest.approx(1.0, rel=0.01)
    off = [*driving, Sample(15.0, 0)]
    assert distance_after(off, 15.0, 15.1) == pytest.approx(braking_distance(1.0), rel=0.03)
    backwards = [Sample(10.0, THROTTLE.pulse_ns(-1.0))]
    assert distance_after(backwards, 15.0, 16.0) == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize(
    ("pulses", "passing", "expected"),
    [
        ([(0.0, ONE), (5.1, NEUTRAL)], False, 0.1),
        ([(0.0, ONE), (5.1, 0)], False, 0.1),
        ([(0.0, ONE), (5.1, NEUTRAL + 250), (5.2, NEUTRAL)], False, 0.1),
        ([(0.0, ONE), (5.1, NEUTRAL + 10_000), (5.2, NEUTRAL)], False, 0.2),
        ([(0.0, ONE), (4.0, NEUTRAL)], False, 0.0),
        ([(0.0, ONE), (4.0, NEUTRAL), (4.5, ONE), (5.2, NEUTRAL)], False, 0.2),
        ([(0.0, ONE), (5.1, NEUTRAL), (5.2, ONE), (5.5, NEUTRAL)], False, 0.5),
        ([(0.0, ONE), (5.1, NEUTRAL), (5.2, ONE), (5.5, NEUTRAL)], True, 0.1),
        ([(0.0, ONE), (5.1, NEUTRAL), (5.2, ONE)], False, math.inf),
        ([(0.0, ONE)], True, math.inf),
        ([(0.0, ONE), (6.5, NEUTRAL)], False, math.inf),
        ([], False, 0.0),
    ],
)
def test_neutral_counts_from_when_it_stays(
    pulses: list[tuple[float, int]], passing: bool, expected: float
) -> None:
    record = [Sample(*entry) for entry in pulses]
    after = neutral_after(record, 5.0, 6.0, NEUTRAL, passing)
    assert after == pytest.approx(expected)


def test_the_verdict_says_what_is_wrong() -> None:
    def verdict(stopped_at: float) -> Verdict:
        return judge([Sample(0.0, ONE), Sample(stopped_at, NEUTRAL)], 5.0, 6.0, NEUTRAL, False)

    assert verdict(5.2).problem == ""
    assert verdict(5.4).problem == "neutral only after 400 ms"
    assert verdict(9.0).problem == "the throttle did not become neutral"
    assert verdict(5.2).moved < verdict(5.4).moved < verdict(9.0).moved


def test_a_car_that_drives_again_by_itself_moves_until_then_only() -> None:
    record = [Sample(0.0, ONE), Sample(5.1, NEUTRAL), Sample(5.2, ONE)]
    verdict = judge(record, 5.0, 15.0, NEUTRAL, passing=True)
    assert verdict.problem == "" and verdict.moved < 0.4


def test_the_results_are_those_of_all_injections() -> None:
    times = [Verdict(0.001 * number, 0.01 * number) for number in range(1, 21)]
    late = Verdict(math.inf, 3.0, "the throttle did not become neutral", lost=True)
    rows = [Row("good", times), Row("bad", [*times, late])]
    good, bad = to_json(rows)["faults"]
    assert good == {
        "name": "good",
        "count": 20,
        "caught": 20,
        "p50_ms": 11.0,
        "p99_ms": 20.0,
        "max_ms": 20.0,
        "moved_m": 0.2,
    }
    assert (bad["count"], bad["caught"], bad["moved_m"]) == (21, 20, 3.0)
    assert (bad["p50_ms"], bad["p99_ms"], bad["max_ms"]) == (11.0, None, None)
    assert [(row.missed, row.lost) for row in rows] == [(False, False), (True, True)]
    *_, good_line, bad_line, problem, result = table(rows)
    assert good_line.split() == ["good", "20", "20", "11", "20", "20", "0.20"]
    assert bad_line.split() == ["bad", "21", "20", "11", "never", "never", "3.00"]
    assert problem == "bad: 1 x the throttle did not become neutral"
    assert result == "1 of 2 faults are caught, each time"


class FakeChip:
    """A chip whose record the test makes up."""

    def __init__(self) -> None:
        self.samples = [Sample(time.monotonic() - 10.0, ONE)]

    @property
    def throttle_ns(self) -> int:
        return self.samples[-1].throttle_ns

    def record(self, since: float) -> list[Sample]:
        return self.samples

    def drive(self) -> None:
        self.samples.append(Sample(time.monotonic(), ONE))

    def stop(self) -> None:
        self.samples.append(Sample(time.monotonic(), NEUTRAL))


class FakeGraph:
    """A graph without nodes: time passes, drive_state says what the test wants."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.state("")

    def state(self, reason: str) -> None:
        mode = int(Mode.AUTONOMOUS)
        self.states.append(State(time.monotonic(), mode, not reason, reason, ""))

    def spin(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait_until(self, condition: Callable[[], object], patience: float) -> bool:
        deadline = time.monotonic() + patience
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.005)
        return bool(condition())

    def play(self, source: str) -> None:
        pass


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("PATIENCE", "STOPPING", "HELD", "SPEAKING", "SETTLING", "PHASES"):
        monkeypatch.setattr(f"deepracer_bringup.faults.suite.{name}", 0.05)
    monkeypatch.setattr("deepracer_bringup.faults.suite.AT_SPEED", 0.0)  # Here it has no lag.
    graph = FakeGraph()
    return SimpleNamespace(
        watch=graph, topics=graph, services=graph, chip=FakeChip(), simulated=False
    )


def fault_that(*does: Callable[[Any], object], then: Callable[[Any], object]) -> Fault:
    @contextmanager
    def breaks(rig: Any) -> Iterator[float]:
        broken_at = time.monotonic()
        for step in does:
            step(rig)
        yield broken_at
        then(rig)

    return Fault("trouble", "", "simulator", breaks, ("a reason",))


def stops(rig: Any) -> None:
    rig.chip.stop()


def speaks(rig: Any) -> None:
    rig.watch.state("there is a reason")


def comes_back(rig: Any) -> None:
    rig.chip.drive()
    rig.watch.state("")


def breaks_down(rig: Any) -> None:
    raise DeviceError("the cable was out already")


def test_each_injection_begins_with_a_car_at_speed(rig: Any) -> None:
    verdicts = list(inject(rig, fault_that(stops, speaks, then=comes_back), 3))
    assert [(verdict.problem, verdict.lost) for verdict in verdicts] == [("", False)] * 3
    assert all(0.0 <= verdict.neutral_after < 10.0 for verdict in verdicts)


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        ((stops,), "drive_state says 'nothing'"),
        ((speaks,), "the throttle did not become neutral"),
        ((breaks_down,), "the cable was out already"),
    ],
)
def test_a_fault_is_not_caught(rig: Any, does: tuple[Any, ...], problem: str) -> None:
    verdicts = list(inject(rig, fault_that(*does, then=comes_back), 2))
    assert [(verdict.problem, verdict.lost) for verdict in verdicts] == [(problem, False)] * 2


def test_a_car_that_does_not_come_back_ends_the_injections(rig: Any) -> None:
    verdicts = list(inject(rig, fault_that(stops, speaks, then=lambda _: None), 3))
    assert [(verdict.problem, verdict.lost) for verdict in verdicts] == [
        ("the car does not drive again: there is a reason", True)
    ]
    assert [verdict.lost for verdict in inject(rig, fault_that(then=comes_back), 3)] == [True]


def test_a_lost_graph_is_replaced_and_the_suite_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    graphs = 0

    @contextmanager
    def running(*_: object) -> Iterator[None]:
        nonlocal graphs
        graphs += 1
        yield

    def injected(_: object, fault: Fault, count: int) -> list[Verdict]:
        return [Verdict(0.1, 0.1, lost=fault.name == "hang-simulator")] * count

    monkeypatch.setattr(Session, "_running", running)
    monkeypatch.setattr("deepracer_bringup.faults.session.inject", injected)
    session = Session(2, tmp_path, None, lambda *_: pytest.fail("there is nothing to observe"))
    rows = list(session.run("simulator", CATALOGUE[:4], tmp_path))
    assert [row.name for row in rows] == [fault.name for fault in CATALOGUE[:4]]
    assert graphs == 2


def test_a_source_is_right_until_it_is_corrupted() -> None:
    said: list[tuple[str, object]] = []
    sources = Sources(lambda topic, message: said.append((topic, message)))
    sources.answer(1)
    sources.tick(lets_go=False)
    assert said == []
    sources.play("policy_output")
    sources.answer(2)
    sources.tick(lets_go=False)
    assert said == [("policy_output", Output(2))]
    sources.corrupt(lambda right, last: right._replace(stamp_ns=last.stamp_ns))
    assert sources.broken_at is None
    sources.answer(3)
    assert said[-1][1] == Output(2) and sources.broken_at is not None
    sources.corrupt(lambda right, last: None)
    sources.answer(4)
    assert len(said) == 2 and sources.broken_at is not None
    sources.mend()
    sources.play("drive")
    sources.tick(lets_go=False)
    assert said[-1] == ("drive", Command())


WRITER = "import sys, time; open(sys.argv[2], 'w').write(sys.argv[3]); time.sleep(60)"


@pytest.fixture
def guards(tmp_path: Path) -> Iterator[list[int]]:
    """Two children of this process that call themselves guards; the second has written more."""
    line = [sys.executable, "-c", WRITER, "deepracer_servo.devices.guard"]
    files = tmp_path / "spare", tmp_path / "active"
    texts = "", "neutral"
    children = [
        subprocess.Popen([*line, str(file), text]) for file, text in zip(files, texts, strict=True)
    ]
    while not (files[0].exists() and files[1].exists() and files[1].read_text()):
        assert all(child.poll() is None for child in children)
    yield [child.pid for child in children]
    for child in children:
        child.kill()
        child.wait()


def test_the_guard_is_the_one_that_writes(guards: list[int]) -> None:
    processes = Processes(lambda name: os.getpid())
    assert processes.pid(GUARD) == guards[1]
    assert processes.pid("servo_node") == os.getpid()
    with pytest.raises(DeviceError, match="no guard"):
        Processes(lambda name: guards[0]).pid(GUARD)


# Prints how far its clocks are from those of the test, again after each line that it reads; the
# waits are those that the C libraries of a node make.
CLOCKS = """
import ctypes, datetime, sys, time

class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

def deadline(after):
    until = time.time() + after
    return ctypes.byref(Timespec(int(until), int(until % 1 * 1e9)))

def wait(call):
    began = time.monotonic()
    call(deadline(0.1))
    return time.monotonic() - began

libc = ctypes.CDLL(None)
semaphore, mutex, condition = (ctypes.create_string_buffer(64) for _ in range(3))
libc.sem_init(semaphore, 0, 0)
libc.pthread_mutex_lock(mutex)

def wait_on_condition(until):
    while libc.pthread_cond_timedwait(condition, mutex, until) == 0:
        pass

for line in sys.stdin:
    real, steady = map(float, line.split())
    waits = (
        wait(lambda until: libc.sem_timedwait(semaphore, until)),
        wait(lambda until: libc.pthread_mutex_timedlock(mutex, until)),
        wait(wait_on_condition),
    )
    now = time.time(), datetime.datetime.now().timestamp(), libc.time(None)
    print(*(clock - real for clock in now), time.monotonic() - steady, *waits, flush=True)
"""


def test_the_clock_of_a_process_can_be_set_and_its_waits_last_as_long_as_ever(
    tmp_path: Path,
) -> None:

    shim = ClockShim(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", CLOCKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **shim.environment},
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for offset in (0, 3600, -3600):
            shim.set(offset)
            print(time.time(), time.monotonic(), file=process.stdin, flush=True)
            *real, steady, semaphore, mutex, condition = map(
                float, process.stdout.readline().split()
            )
            # Three waits of 0.1 s have passed meanwhile, or more on a busy machine.
            assert real == pytest.approx([offset] * 3, abs=30.0)
            assert 0.2 < steady < 30.0
            assert all(0.09 < wait < 10.0 for wait in (semaphore, mutex, condition))
        process.stdin.close()


def test_without_a_compiler_the_clock_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "/no/such/compiler")
    with pytest.raises(ConfigError, match="/no/such/compiler"):
        ClockShim(tmp_path)
