# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Training on the command line, with a bar that tells how it goes.

Run it as `./deepracer train`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from deepracer_core.command_line import (
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.errors import ConfigError, RewardError, collected
from deepracer_trainer.learner import read_inputs
from deepracer_trainer.progress_watch import EPISODES, Progress
from deepracer_trainer.rewards.check_report import failure_text
from deepracer_trainer.run_folder import MODEL_FOLDER, POLICY_NAME, TrainSettings, load_settings
from deepracer_trainer.run_inputs import REWARD_NAME
from deepracer_trainer.train import resume, train
from deepracer_trainer.world_options import FULL

# An option that may stand without a value: what it then means.
_ALONE = {"randomize": FULL}
# What says which files there are, whatever else is wrong.
_OF_FILES = (
    "track",
    "reward",
    "hyperparameters",
    "metadata",
    "network",
    "algorithm",
    "pretrained",
)
_ALSO_RESUMED = ("steps", "stop_at", "evaluate_every", "threads", "device")
EXAMPLES = """examples:
  ./deepracer train --out runs/first
  ./deepracer train --reward reward_function.py --hyperparameters hyperparameters.json \\
      --metadata model_metadata.json
  ./deepracer train --track reinvent_base,Oval_track --randomize --objects boxes
  ./deepracer train --network DEEP_CONVOLUTIONAL_NETWORK_SHALLOW --stop-at 0.95
  ./deepracer train --resume runs/first --steps 500000
  ./deepracer train --pretrained runs/first --track Oval_track
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return run_command("train", lambda: _run(_parse(arguments)))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    """Return the options: one for each setting, those alone that were given."""
    parser = CommandParser(
        prog="./deepracer train",
        description="Train a driving policy in the embedded simulator.",
        epilog=EXAMPLES,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "--out", type=user_path, help="folder of the run (default: runs/<date, time>)"
    )
    parser.add_argument(
        "--resume",
        type=user_path,
        metavar="RUN",
        help="go on with a run, with its own settings; of the others, only "
        f"{', '.join(map(_option, _ALSO_RESUMED))} may be given",
    )
    for entry in fields(TrainSettings):
        text = isinstance(entry.default, str)
        alone = {"nargs": "?", "const": _ALONE[entry.name]} if entry.name in _ALONE else {}
        parser.add_argument(
            _option(entry.name),
            type=name_or_path if text else type(entry.default),
            choices=entry.metadata.get("choices"),
            help=entry.metadata["description"]
            + (f" (default: {entry.default})" if entry.default != "" else ""),
            **alone,
        )
    options = parser.parse_args(arguments)
    if "resume" in options:
        others = sorted(vars(options).keys() - {"resume", *_ALSO_RESUMED})
        if others:
            parser.error(f"--resume keeps the run's own {', '.join(map(_option, others))}")
    return options


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _run(options: argparse.Namespace) -> int:
    given = dict(vars(options))
    run = given.pop("resume", None)
    folder = run or given.pop("out", None) or _default_folder()
    steps = given.get("steps") or (load_settings(run) if run else TrainSettings()).steps
    settings = None if run else _settings(given)
    try:
        with tqdm(total=steps, unit="step", dynamic_ncols=True, mininterval=0.5) as bar:
            if settings:
                result = train(settings, folder, _reporter(bar), bar.write)
            else:
                result = resume(folder, given, _reporter(bar), bar.write)
    except RewardError as error:
        print(failure_text(error.trace, error.parameters), file=sys.stderr)
        _tell_what_is_kept(folder, f"correct {folder / REWARD_NAME}, then ")
        raise
    except KeyboardInterrupt:
        _tell_what_is_kept(folder)
        raise
    _tell(result, folder)
    return EXIT_OK


def _default_folder() -> Path:
    """Return a folder that no other start of the command gets, as good as never."""
    now = datetime.now()
    return Path("runs") / f"{now:%Y-%m-%d_%H-%M-%S}-{now.microsecond // 1000:03d}"


def _settings(given: dict[str, Any]) -> TrainSettings:
    """Return the settings; where they are wrong, ConfigError tells what is in their files too."""
    faults: list[str] = []
    with collected(faults):
        return TrainSettings(**given)
    with collected(faults):
        read_inputs(TrainSettings(**{key: given[key] for key in _OF_FILES if key in given}))
    raise ConfigError(*faults)


def _tell(result: Progress, folder: Path) -> None:
    print(
        f"{result.steps} steps in {result.seconds:.0f} s; of the last {EPISODES} episodes "
        f"{100 * result.lap_rate:.0f} % were whole laps"
    )
    if result.evaluation is not None:
        print(
            f"evaluations: at last {result.evaluation:.0f} % of the lap, at best "
            f"{result.best:.0f} %, which is what {folder / MODEL_FOLDER} does"
        )
    print(f"run: {folder}\nnext: ./deepracer evaluate {folder}")


def _tell_what_is_kept(folder: Path, first: str = "") -> None:
    """Tell how a run goes on, and what to do first."""
    if (folder / POLICY_NAME).is_file():
        print(
            f"what was learned so far is in {folder}: {first}./deepracer train --resume {folder} "
            "goes on"
        )


def _reporter(bar: tqdm[Any]) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        facts = (
            f"reward {progress.reward:.3g}, completion {progress.completion:.0f} %, "
            f"laps {100 * progress.lap_rate:.0f} %"
        )
        if progress.evaluation is not None:
            facts += f", evaluation {progress.evaluation:.0f} %"
        bar.set_postfix_str(facts, False)
        if not bar.n:
            bar.initial = progress.steps  # Of a run that goes on: its speed is that of today.
        bar.update(progress.steps - bar.n)

    return report


if __name__ == "__main__":
    sys.exit(main())
