# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the embedded simulator with Gazebo: what is seen, how it moves and how it drives."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol

from tqdm import tqdm

from deepracer_bringup.demo import SHIPPED_MODEL
from deepracer_bringup.parity.closed_loop import Row, evaluate
from deepracer_bringup.parity.frames import FramePair, Glimpse, compare_frames, viewpoints
from deepracer_bringup.parity.open_loop import Divergence, compare_drive
from deepracer_bringup.parity.paths import Drive, Place, car_along
from deepracer_bringup.parity.pulse_profiles import Profile, profiles
from deepracer_bringup.parity.report import REPORT, Results, save_report
from deepracer_bringup.simulators import SIMULATORS, SimulatedCar, gazebo_car
from deepracer_core.command_line import (
    EXIT_MISSED,
    EXIT_OK,
    CommandParser,
    name_or_path,
    user_path,
)
from deepracer_core.errors import ConfigError
from deepracer_core.results import check_writable, make_folder, write_json
from deepracer_core.vehicle import DEEPRACER
from deepracer_inference.policy import load_policy
from deepracer_sim.renderer import Renderer
from deepracer_sim.scenes import Scene, load_scenes

EXAMPLES = """examples:
  ./deepracer parity
  ./deepracer parity --quick --json parity.json
  ./deepracer parity --only frames --track Oval_track --out out/oval
  ./deepracer parity --only closed_loop --model my_model.tar.gz
"""
PARTS = ("frames", "open_loop", "closed_loop")
LOGS = "logs"
# Simulated seconds per second. Messages take real time: the slower, the less does that move a car.
PACES = {"frames": 1.0, "open_loop": 0.25}


class Amount(NamedTuple):
    """How much is measured: places to look from, length of drives [s], starts each way."""

    places: int
    duration: float
    trials: int


WHOLE, QUICK = Amount(100, 10.0, 5), Amount(8, 3.2, 1)


class Rig(Protocol):
    """Gazebo's car, without a policy."""

    def look(self, place: Place) -> Glimpse:
        """Put the car at rest at a place, and return what its camera sees there."""

    def drive(self, profile: Profile) -> Drive:
        """Put the car where a profile begins, and send its pulses."""


Stage = Callable[[SimulatedCar, Scene, Path], AbstractContextManager[Rig]]


def run_parity(arguments: list[str] | None, stage: Stage) -> int:
    """Measure, report and judge; return the exit status. What is done is kept if the rest fails.

    Args:
        arguments: of the command line; None: those of this process.
        stage: runs Gazebo on a scene, with a folder for logs.

    Raises:
        DeepRacerError: an option cannot be followed, Gazebo is missing, or something ended.
    """
    options = _parse(arguments)
    scene = _scene(options.track)
    load_policy(options.model)
    cars = {
        part: gazebo_car(options.model, options.track, "ccw", pace) for part, pace in PACES.items()
    }
    for folder in (options.out, options.out / LOGS):
        make_folder(folder, "--out")
    check_writable(options.json)  # It may be in there.
    session = Session(options, scene)
    try:
        session.measure(cars, stage)
    finally:
        if session.results:
            _tell(session.results, options, scene)
    return EXIT_OK if all(each.is_met for each in session.results.verdicts()) else EXIT_MISSED


def _tell(results: Results, options: argparse.Namespace, scene: Scene) -> None:
    """Write the numbers first: what is drawn after them may fail."""
    if options.json:
        write_json(options.json, results.to_json())
    save_report(options.out, f"Embedded simulator and Gazebo on {scene.track.name}", results)
    print(results.summary(), flush=True)
    print(f"the report is {options.out / REPORT}")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = CommandParser("./deepracer parity", description=__doc__, epilog=EXAMPLES)
    add, default = parser.add_argument, "(default: %(default)s)"
    add(
        "--track",
        type=name_or_path,
        default="reinvent_base",
        help=f"name, .npy route or .yaml file {default}",
    )
    add("--model", type=user_path, default=SHIPPED_MODEL, help="model package: folder or tar.gz")
    add(
        "--out",
        type=user_path,
        default=Path("out/parity"),
        help=f"folder for the report, its pictures and logs {default}",
    )
    add("--only", choices=PARTS, help="measure nothing else")
    add(
        "--quick",
        dest="amount",
        action="store_const",
        const=QUICK,
        default=WHOLE,
        help=f"less of all: {QUICK.places} frames, {QUICK.duration:g} s, {2 * QUICK.trials} laps",
    )
    add("--json", type=user_path, metavar="FILE", help="write the results there")
    return parser.parse_args(arguments)


def _scene(track: str) -> Scene:
    scenes = load_scenes(track)
    if len(scenes) > 1:
        raise ConfigError(f"--track {track}: a world has one track, name a single one")
    return scenes[0]


class Session:
    """Measures one part after the other, and says how far it is.

    Attributes:
        results: of the parts that are done.
    """

    def __init__(self, options: argparse.Namespace, scene: Scene) -> None:
        """Prepare to measure what the options say; ConfigError where the track has no room."""
        self.results = Results()
        self._options, self._scene = options, scene
        self._amount: Amount = options.amount
        self._logs: Path = options.out / LOGS
        self._car = car_along(scene.track, options.track)
        drives = self._wants("open_loop")
        self._profiles = profiles(scene, self._car, self._amount.duration) if drives else []

    def measure(self, cars: Mapping[str, SimulatedCar], stage: Stage) -> None:
        """Measure all that is asked for.

        Args:
            cars: Gazebo's, for each part that needs one.
            stage: runs one without a policy.
        """
        if self._wants("frames"):
            with stage(cars["frames"], self._scene, self._logs) as rig:
                self.results.frames = self._look(rig)
        if self._wants("open_loop"):
            with stage(cars["open_loop"], self._scene, self._logs) as rig:
                self.results.open_loop = self._drive(rig)
        if self._wants("closed_loop"):
            self.results.closed_loop = self._race()

    def _wants(self, part: str) -> bool:
        return self._options.only in (None, part)

    def _look(self, rig: Rig) -> list[FramePair]:
        places = viewpoints(self._scene.track, self._amount.places)
        print(f"looking from {len(places)} places", flush=True)
        seen = [rig.look(place) for place in tqdm(places, unit="frame", leave=False, disable=None)]
        return compare_frames(seen, Renderer(self._scene.ground, DEEPRACER.camera))

    def _drive(self, rig: Rig) -> list[Divergence]:
        compared = []
        for profile in self._profiles:
            print(f"driving without feedback: {profile.name}", flush=True)
            compared.append(compare_drive(profile.name, rig.drive(profile), self._car))
        return compared

    def _race(self) -> dict[str, list[Row]]:
        model, track = self._options.model, self._options.track
        rows: dict[str, list[Row]] = {}
        for simulator in SIMULATORS:
            print(f"racing: {simulator}, {2 * self._amount.trials} starts", flush=True)
            rows[simulator] = evaluate(simulator, model, track, self._amount.trials, self._logs)
        return rows
