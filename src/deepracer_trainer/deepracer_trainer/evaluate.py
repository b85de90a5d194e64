# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Driving a model from many starts, as races are judged, through the code that the car runs.

Needs no torch: a training run is evaluated by the model package that it wrote. Drives in the
embedded simulator; `./deepracer evaluate` adds others (`deepracer_bringup.evaluate_command`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, get_args

import numpy as np

from deepracer_core.action_space import ActionSpace
from deepracer_core.command_line import (
    EXIT_MISSED,
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.results import check_writable, write_json
from deepracer_inference.policy import LoadedPolicy, load_policy
from deepracer_sim.scenes import named_tracks
from deepracer_sim.starts import Direction
from deepracer_trainer.drive_media import Film, write_lines
from deepracer_trainer.judge import Judge
from deepracer_trainer.race_rules import RaceRules, Trial, World
from deepracer_trainer.races import Race
from deepracer_trainer.run_folder import (
    MODEL_FOLDER,
    SETTINGS_NAME,
    kept_tracks,
    load_settings,
)
from deepracer_trainer.run_logs import log_evaluation
from deepracer_trainer.world_options import FULL, NONE, OBJECTS, object_settings, randomization

MOST_TRIALS = 1000  # in each direction
EMBEDDED = "embedded"
EXAMPLES = """examples:
  ./deepracer evaluate models/reinvent_v1
  ./deepracer evaluate runs/first --trials 10 --direction cw --picture lines.png
  ./deepracer evaluate aws_model.tar.gz --track Oval_track --json result.json
  ./deepracer evaluate runs/first --duration 240 --resets 3 --penalty 2 --video race.mp4
  ./deepracer evaluate runs/first --track reinvent_base,Bowtie_track --randomize --objects boxes
"""


class DrivenRace(Protocol):
    """A race in some simulator.

    Attributes:
        judge: what has come of it.
    """

    judge: Judge

    def drive(self, film: Film | None = None) -> list[Trial]:
        """Drive all trials; the film takes every frame of the first one."""


# Makes a race of a model package, the model in it, where and by which rules, and how many trials.
RaceMaker = Callable[[Path, LoadedPolicy, World, RaceRules, int], DrivenRace]


def find_model(path: Path) -> Path:
    """Return the model package at `path`: itself, or the one inside a training run."""
    inside = path / MODEL_FOLDER
    try:
        return inside if (path / SETTINGS_NAME).is_file() and inside.is_dir() else path
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror}") from None


def report(trials: Sequence[Trial], tracks: Sequence[str], rules: RaceRules) -> str:
    """Return the trials as a table with a summary.

    Args:
        trials: what came of each start.
        tracks: their names.
        rules: of the trials.
    """
    lines = ["start   direction  completion      time  laps  resets  status"]
    lines += [
        f"{t.start:5.2f}   {t.direction:<9}  {t.completion:8.1f} %  {t.time_s:6.2f} s  "
        f"{len(t.lap_times):4d}  {t.resets:6d}  {t.status}"
        + (f", {tracks[t.track]}" if len(tracks) > 1 else "")
        for t in trials
    ]
    whole = [lap for trial in trials for lap in trial.lap_times]
    done = sum(bool(trial.lap_times) for trial in trials)
    if rules.duration:
        summary = f"{len(whole)} laps in {len(trials)} trials of {rules.duration:g} s"
    else:
        summary = f"{done} of {len(trials)} trials were whole laps"
    if whole:
        summary += (
            f"; lap times {min(whole):.2f} to {max(whole):.2f} s, mean {np.mean(whole):.2f} s"
        )
    return "\n".join([*lines, summary])


def main(arguments: list[str] | None = None, others: Mapping[str, RaceMaker] | None = None) -> int:
    """Run the command.

    Args:
        arguments: of the command line.
        others: simulators beside the embedded one, by name.

    Returns:
        0 if every trial had a whole lap, 1 if not, 2 for bad input.
    """
    makers: dict[str, RaceMaker] = {EMBEDDED: lambda _, *race: Race(*race), **(others or {})}
    return run_command("evaluate", lambda: _run(_parse(arguments, tuple(makers)), makers))


def _parse(arguments: list[str] | None, simulators: Sequence[str]) -> argparse.Namespace:
    parser = CommandParser(
        prog="./deepracer evaluate",
        description="Drive a model from starts spread over the lap.",
        epilog=EXAMPLES,
    )
    add, default = parser.add_argument, "(default: %(default)s)"
    add("model", type=user_path, help="training run or model package")
    add(
        "--track",
        type=name_or_path,
        help="name, .npy route or .yaml file; several with commas (default: that of the training "
        "run, of a model package reinvent_base)",
    )
    add(
        "--trials",
        type=int,
        default=3,
        help=f"starts in each direction, on each track {default}",
    )
    add("--direction", choices=get_args(Direction), default="both", help=f"which way {default}")
    rules = RaceRules()
    add("--duration", type=float, default=0.0, help="[s] for as many laps as fit, such as 240")
    add("--resets", type=int, default=0, help=f"how often a car is put back {default}")
    add("--penalty", type=float, help=f"[s] for each reset (default: {rules.penalty})")
    add("--objects", choices=OBJECTS, default=NONE, help=f"what is on the road {default}")
    add("--object-count", type=int, default=0, help="how many (default: 6 boxes or 3 bots)")
    add(
        "--randomize",
        nargs="?",
        const=FULL,
        default=NONE,
        help=f"how much the world varies: none, full, or as in full,latency=0 {default}",
    )
    add("--simulator", choices=simulators, default=EMBEDDED, help=f"where to drive {default}")
    add("--seed", type=int, default=0, help=f"of all that is random {default}")
    add("--json", type=user_path, help="write the results to this file")
    add("--picture", type=user_path, help="draw the driven lines, coloured by speed: a .png")
    add("--video", type=user_path, help="film the first trial: an .mp4")
    options = parser.parse_args(arguments)
    if not 1 <= options.trials <= MOST_TRIALS:
        parser.error(f"--trials is {options.trials}, allowed is 1 to {MOST_TRIALS}")
    if options.penalty is not None and not options.resets:
        parser.error("--penalty is for resets: give --resets, too")
    if options.seed < 0:
        parser.error(f"--seed is {options.seed}, allowed is 0 or more")
    for name, suffix in (("picture", ".png"), ("video", ".mp4")):
        path = getattr(options, name)
        if path and path.suffix != suffix:
            parser.error(f"--{name} {path}: it must end in {suffix}")
    return options


def _run(options: argparse.Namespace, makers: Mapping[str, RaceMaker]) -> int:
    for name in ("json", "picture", "video"):
        check_writable(getattr(options, name), f"--{name}")
    given = {} if options.penalty is None else {"penalty": options.penalty}
    rules = RaceRules(options.duration, options.resets, **given)
    package = find_model(options.model)
    options.track = options.track or _usual_track(options.model, package)
    world = World(
        track=options.track,
        direction=options.direction,
        randomization=randomization(options.randomize),
        objects=object_settings(options.objects, options.object_count),
        seed=options.seed,
    )
    model = load_policy(package)
    race = makers[options.simulator](package, model, world, rules, options.trials)
    film = Film() if options.video else None
    trials = race.drive(film)
    names = [str(name) for name in named_tracks(options.track)]
    print(report(trials, names, rules))
    _write_files(options, names, race, trials, film)
    if package != options.model:
        _keep_log(options.model, race, model.metadata.action_space)
    return EXIT_OK if all(trial.lap_times for trial in trials) else EXIT_MISSED


def _usual_track(path: Path, package: Path) -> str:
    """Return where a run has learned to drive, or where most models have."""
    if package == path:
        return "reinvent_base"
    return ",".join(map(str, kept_tracks(path, load_settings(path))))


def _write_files(
    options: argparse.Namespace,
    names: Sequence[str],
    race: DrivenRace,
    trials: Sequence[Trial],
    film: Film | None,
) -> None:
    """Write what the options name."""
    if options.json:
        facts = {"track": options.track, "model": str(options.model), **asdict(race.judge.rules)}
        rows = [{**asdict(trial), "track": names[trial.track]} for trial in trials]
        write_json(options.json, {**facts, "seed": options.seed, "trials": rows})
    if options.picture:
        tracks = list(zip(names, race.judge.simulation.tracks, strict=True))
        write_lines(options.picture, tracks, race.judge.episodes)
    if film:
        film.write(options.video)


def _keep_log(run: Path, race: DrivenRace, actions: ActionSpace) -> None:
    """Add the evaluation to its run; one that cannot be written to is no fault of the drive."""
    try:
        print(f"log: {log_evaluation(run, race.judge.episodes, race.judge.laps, actions)}")
    except ConfigError as error:
        print(f"./deepracer evaluate: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
