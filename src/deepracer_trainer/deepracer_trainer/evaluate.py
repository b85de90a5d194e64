# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Driving a model from many starts, as races are judged, through the code that the car runs.

Run it as `./deepracer evaluate`. Needs no torch: a training run is evaluated by the model package
that it wrote.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from tqdm import tqdm

from deepracer_core.command_line import (
    EXIT_MISSED,
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.errors import ActionError, ModelError
from deepracer_core.results import check_writable, write_json
from deepracer_inference.policy import LoadedPolicy, load_policy
from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_sim.starts import Direction, spread_starts
from deepracer_trainer.run_folder import MODEL_FOLDER, SETTINGS_NAME

LONGEST_LAP = 120.0  # [s]
MOST_TRIALS = 1000  # in each direction
EXAMPLES = """examples:
  ./deepracer evaluate models/reinvent_v1
  ./deepracer evaluate runs/first --trials 20 --direction cw
  ./deepracer evaluate aws_model.tar.gz --track Oval_track --json result.json
"""


@dataclass(frozen=True)
class Trial:
    """One start and what came of it.

    Attributes:
        start: share of the lap from the track's first point, 0 to 1.
        direction: "ccw" or "cw".
        completion: [%] of the lap.
        time_s: [s] of simulated time until the trial ended.
        status: lap_complete, off_track, immobilized, reversed or time_up.
    """

    start: float
    direction: str
    completion: float
    time_s: float
    status: str


def evaluate(
    model: LoadedPolicy, track: str, trials: int = 10, direction: Direction = "both"
) -> list[Trial]:
    """Drive `trials` laps in each direction, deterministically, from starts spread over the lap.

    Raises:
        TrackError: the track is unknown or malformed.
        ModelError: the model puts out something that is no action.
    """
    ways: list[Literal["ccw", "cw"]] = [w for w in ("ccw", "cw") if direction in (w, "both")]
    simulation = Simulation(track, trials * len(ways), max_steps=round(LONGEST_LAP / STEP_TIME))
    starts = [start for way in ways for start in spread_starts(simulation.track, trials, way)]
    simulation.reset(np.arange(simulation.count), starts)
    ended = _drive(simulation, model)
    return [Trial(start.share, ways[i // trials], *ended[i]) for i, start in enumerate(starts)]


def _drive(simulation: Simulation, model: LoadedPolicy) -> dict[int, tuple[float, float, str]]:
    """Step until every car has ended; return completion, time and status of each."""
    commands = np.zeros((simulation.count, 2))
    running = np.arange(simulation.count)
    ended: dict[int, tuple[float, float, str]] = {}
    with tqdm(total=simulation.count, unit="trial", leave=False) as bar:
        while len(running):
            for car, frame in zip(running, simulation.frames(running), strict=True):
                commands[car] = _act(model, frame.astype(np.float32))
            simulation.step(commands)
            for car in running[simulation.status[running] != Status.IN_PROGRESS]:
                status = Status(simulation.status[car])
                time_s = float(simulation.steps[car] * STEP_TIME)
                ended[int(car)] = (float(simulation.progress[car]), time_s, status.label)
            bar.update(len(ended) - bar.n)
            running = np.array([car for car in running if int(car) not in ended], dtype=np.intp)
    return ended


def _act(model: LoadedPolicy, tensor: np.ndarray) -> tuple[float, float]:
    try:
        return model.metadata.action_space.decode(model.policy.infer(tensor)).action
    except ActionError as error:
        raise ModelError(f"{model.name}: {error}") from None


def find_model(path: Path) -> Path:
    """Return the model package at `path`: itself, or the one inside a training run."""
    inside = path / MODEL_FOLDER
    try:
        return inside if (path / SETTINGS_NAME).is_file() and inside.is_dir() else path
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror}") from None


def report(trials: list[Trial]) -> str:
    """Return the trials as a table with a summary."""
    lines = ["start   direction  completion     time  status"]
    lines += [
        f"{t.start:5.2f}   {t.direction:<9}  {t.completion:8.1f} %  {t.time_s:5.2f} s  {t.status}"
        for t in trials
    ]
    whole = [t.time_s for t in trials if t.status == Status.LAP_COMPLETE.label]
    summary = f"{len(whole)} of {len(trials)} trials were whole laps"
    if whole:
        summary += (
            f"; lap times {min(whole):.2f} to {max(whole):.2f} s, mean {np.mean(whole):.2f} s"
        )
    return "\n".join([*lines, summary])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns 0 if every trial was a whole lap, 1 if not, 2 for bad input."""
    return run_command("evaluate", lambda: _run(_parse(arguments)))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = CommandParser(
        prog="./deepracer evaluate",
        description="Drive a model from starts spread over the lap.",
        epilog=EXAMPLES,
    )
    parser.add_argument("model", type=user_path, help="training run or model package")
    parser.add_argument(
        "--track",
        type=name_or_path,
        default="reinvent_base",
        help="name, .npy route or .yaml file (default: %(default)s)",
    )
    parser.add_argument(
        "--trials", type=int, default=10, help="starts in each direction (default: %(default)s)"
    )
    parser.add_argument(
        "--direction",
        choices=get_args(Direction),
        default="both",
        help="which way round (default: %(default)s)",
    )
    parser.add_argument("--json", type=user_path, help="write the results to this file")
    options = parser.parse_args(arguments)
    if not 1 <= options.trials <= MOST_TRIALS:
        parser.error(f"--trials is {options.trials}, allowed is 1 to {MOST_TRIALS}")
    return options


def _run(options: argparse.Namespace) -> int:
    check_writable(options.json)
    model = load_policy(find_model(options.model))
    trials = evaluate(model, options.track, options.trials, options.direction)
    print(report(trials))
    if options.json:
        rows = [asdict(trial) for trial in trials]
        facts = {"track": options.track, "model": str(options.model), "trials": rows}
        write_json(options.json, facts)
    whole = all(trial.status == Status.LAP_COMPLETE.label for trial in trials)
    return EXIT_OK if whole else EXIT_MISSED


if __name__ == "__main__":
    sys.exit(main())
