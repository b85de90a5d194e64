# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the race graph to its end, and shows on the terminal how it goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepracer_bringup.graph import race_graph
from deepracer_bringup.recording import EventReader
from deepracer_bringup.runner import Runner, own_domain
from deepracer_bringup.simulators import SimulatedCar
from deepracer_sim.laps import Lap

POLL = 0.1  # [s]


@dataclass(frozen=True)
class LapDrive:
    """What is to be driven.

    Attributes:
        car: simulator and nodes, with the model.
        track: name of the track, or path of its file.
        direction: "ccw" or "cw".
        laps: how many.
        logs: folder for the nodes' logs.
    """

    car: SimulatedCar
    track: str
    direction: str
    laps: int
    logs: Path


@dataclass
class LapResults:
    """What came of it.

    Attributes:
        laps: those that ended, whole or given up.
        latency_ms: p50, p95, p99 from frame to pulse; None each where nothing was measured.
        error: why the drive ended early; empty where it did not.
    """

    laps: list[Lap] = field(default_factory=list)
    latency_ms: dict[str, float | None] = field(
        default_factory=lambda: {"p50": None, "p95": None, "p99": None}
    )
    error: str = ""


def drive_laps(drive: LapDrive, report: Path) -> LapResults:
    """Start the nodes, let them drive and stop them.

    Args:
        drive: what is to be driven; checked by the caller.
        report: a folder in which the recording is found afterwards, unless there was an error.
    """
    car = drive.car
    graph = race_graph(
        car.graph, car.simulator, drive.track, drive.direction, drive.laps, str(report)
    )
    events, display = EventReader(report), _Display()
    with Runner(
        graph, car.config, drive.logs, own_domain(), display.say, car.environment
    ) as runner:
        while not display.over:
            time.sleep(POLL)
            ended = runner.supervise()
            for event in events.new():
                display.show(event)
            down = [end for end in ended if not end.restarts]
            if down and not display.over:
                display.results.error = runner.epitaph(down[0])
                break
    return display.results


class _Display:
    """Collects the events of the race node and prints them."""

    def __init__(self) -> None:
        self.over = False
        self.results = LapResults()
        self._live = sys.stdout.isatty()
        self.say("starting simulator, inference and servo nodes")

    def say(self, text: str) -> None:
        print(text, flush=True)

    def show(self, event: dict[str, Any]) -> None:
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "waiting": self._waiting,
            "started": self._started,
            "progress": self._progress,
            "lap": self._lap,
            "end": self._end,
        }
        handlers[event["event"]](event)

    def _waiting(self, _: dict[str, Any]) -> None:
        self.say("still starting: the first time takes longest")

    def _started(self, _: dict[str, Any]) -> None:
        self.say(" lap      time  complete  off track")

    def _progress(self, event: dict[str, Any]) -> None:
        if self._live:
            print(f"{self._row(event)}", end="\r", flush=True)

    def _lap(self, event: dict[str, Any]) -> None:
        reason = f"   given up: {event['reason']}" if event["reason"] else ""
        self.say(f"{self._row(event)}{event['off_track']:11d}{reason}")
        self.results.laps.append(Lap(event["time_s"], event["completion"], event["off_track"]))

    def _end(self, event: dict[str, Any]) -> None:
        self.over = True
        self.results.error = event["error"]
        self.results.latency_ms = event["latency_ms"]

    def _row(self, event: dict[str, Any]) -> str:
        number = len(self.results.laps) + 1
        return f"{number:4d} {event['time_s']:7.2f} s {event['completion']:7.1f} %"
