# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""One injection after the other over a made-up graph: what counts as caught, and what goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deepracer_bringup.faults.catalogue import CATALOGUE
from deepracer_bringup.faults.fault import Fault, State
from deepracer_bringup.faults.motion import Sample
from deepracer_bringup.faults.session import Session
from deepracer_bringup.faults.suite import inject
from deepracer_bringup.faults.verdict import Verdict
from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_servo.drive_mode import Mode

THROTTLE = Calibration().throttle
NEUTRAL = THROTTLE.mid_ns
ONE = THROTTLE.pulse_ns(1.0)  # 1 m/s


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
