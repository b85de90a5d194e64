# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a fault is, and what it can get hold of in the running graph; free of ROS.

A fault is a context manager: entering it breaks something and yields the moment [s, monotonic] at
which that happened, leaving it undoes what can be undone. It restarts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from deepracer_bringup.faults.chip import Chip
from deepracer_bringup.faults.clock_shim import ClockShim
from deepracer_bringup.faults.processes import Processes
from deepracer_bringup.faults.sources import POLICY, Sources
from deepracer_bringup.faults.stage import Files
from deepracer_core.errors import DeviceError
from deepracer_servo.drive_mode import Mode


class State(NamedTuple):
    """A message of drive_state, and when it was heard [s, monotonic]."""

    at: float
    mode: int
    enabled: bool
    stop_reason: str
    model_id: str


class Watch(Protocol):
    """The running graph, seen from outside. Time passes, and nodes are supervised, only here."""

    states: Sequence[State]

    def spin(self, seconds: float) -> None:
        """Let time [s] pass."""
        ...

    def wait_until(self, condition: Callable[[], object], patience: float) -> bool:
        """Let time pass until the condition holds; return whether it did so in time [s]."""
        ...


class Services(Protocol):
    """The services of the graph; each returns the reason of its refusal, empty for success."""

    def set_mode(self, mode: Mode) -> str:
        """Ask the servo node for a mode."""
        ...

    def trigger(self, service: str) -> str:
        """Call a service without arguments."""
        ...

    def load_model(self, path: Path) -> str:
        """Ask the inference node for another model."""
        ...

    def set_parameter(self, node: str, name: str, value: bool | float | str) -> str:
        """Set a parameter of a node."""
        ...


class Topics(Protocol):
    """The topics of the graph.

    Attributes:
        model_at: when the model in force was published [s, monotonic].
    """

    model_at: float

    def play(self, source: str) -> None:
        """Command the car by this topic from now on; by none where it is empty."""
        ...


@dataclass(frozen=True)
class Rig:
    """Everything that a fault can break.

    Attributes:
        watch: lets time pass.
        services: of the nodes.
        topics: of the nodes.
        sources: of commands that this suite plays.
        processes: of the nodes and the guards.
        chip: where the pulses arrive.
        clock: the nodes' system clock; to be set in the stage that has one of its own.
        files: that the nodes read and write.
        simulated: whether a simulator is among the nodes.
    """

    watch: Watch
    services: Services
    topics: Topics
    sources: Sources
    processes: Processes
    chip: Chip
    clock: ClockShim | None
    files: Files
    simulated: bool

    def set_up(self, node: str, parameter: str, value: bool | float | str) -> None:
        """Set a parameter; DeviceError where the node does not take it."""
        if refusal := self.services.set_parameter(node, parameter, value):
            raise DeviceError(f"{node} cannot be set up: {refusal}")


Break = Callable[[Rig], AbstractContextManager[float]]


@dataclass(frozen=True)
class Fault:
    """One way to break the car.

    Attributes:
        name: as the command line and the results have it.
        what: one line for people.
        stage: name of the graph that it is injected into.
        breaks: breaks it.
        reasons: drive_state has to give a reason with one of these words; empty: it cannot speak.
        source: topic on which the suite commands the car; empty: the graph's own policy drives.
        passing: whether the car may drive again by itself while the fault lasts.
        check: what else has to hold while it lasts; returns what does not.
    """

    name: str
    what: str
    stage: str
    breaks: Break
    reasons: tuple[str, ...]
    source: str = ""
    passing: bool = False
    check: Callable[[Rig], str] = lambda _: ""

    @property
    def mode(self) -> Mode:
        """The mode in which the car drives."""
        return Mode.AUTONOMOUS if self.source in ("", POLICY) else Mode.MANUAL
