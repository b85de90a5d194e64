# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer reward`: lists the examples, shows one, and checks any reward function."""

from __future__ import annotations

import argparse
import math

import cv2

from deepracer_core.atomic_file import replace_file
from deepracer_core.command_line import (
    EXIT_MISSED,
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.errors import ConfigError
from deepracer_core.results import check_writable, write_json
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.track_files import load_track
from deepracer_trainer.rewards.check_report import report, results
from deepracer_trainer.rewards.reward_check import check_reward, reward_maps
from deepracer_trainer.rewards.reward_files import (
    example_names,
    example_path,
    example_summary,
    find_reward,
)
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.rewards.reward_picture import draw_rewards

_MOST_HEADINGS = 12  # in one picture
_OBJECTS = {"both": (False, True), "with": (True,), "without": (False,)}
_DESCRIPTION = """Check reward functions before they train anything.

The function runs in this process, with all your rights: check only what you trust."""
_EXAMPLES = """examples:
  ./deepracer reward list
  ./deepracer reward show follow_centre_line > reward_function.py
  ./deepracer reward check reward_function.py --track Oval_track --picture reward.png
  ./deepracer reward check race_line --headings -30 0 30 --picture race_line.png
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns 0, or 1 if the function has faults, or 2 for bad input."""
    return run_command("reward", lambda: _run(_parser().parse_args(arguments)))


def _parser() -> CommandParser:
    parser = CommandParser(prog="./deepracer reward", description=_DESCRIPTION, epilog=_EXAMPLES)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="name the examples")
    show = commands.add_parser("show", help="print an example, to begin with")
    show.add_argument("name", metavar="NAME", help="of an example")
    check = commands.add_parser("check", help="try a function all over a track")
    check.add_argument(
        "file", type=name_or_path, metavar="FILE", help="file, or an example's name"
    )
    check.add_argument(
        "--track",
        type=name_or_path,
        default="reinvent_base",
        help="name, .npy route or .yaml file (default: %(default)s)",
    )
    check.add_argument(
        "--objects",
        choices=tuple(_OBJECTS),
        default="both",
        help="whether there are boxes and bot cars on the road (default: %(default)s)",
    )
    check.add_argument("--picture", type=user_path, metavar="FILE", help="draw the reward there")
    check.add_argument(
        "--headings",
        type=float,
        nargs="+",
        default=[-30.0, 0.0, 30.0],
        metavar="DEG",
        help="of the car in the picture, to the track, + left (default: -30 0 30)",
    )
    check.add_argument(
        "--speed",
        type=float,
        default=2.0,
        metavar="M/S",
        help="of the car in the picture (default: %(default)s)",
    )
    check.add_argument("--json", type=user_path, metavar="FILE", help="write the results there")
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.command == "list":
        for name in example_names():
            print(f"{name:<24} {example_summary(name)}")
        return EXIT_OK
    if options.command == "show":
        print(example_path(options.name).read_text(encoding="utf-8"), end="")
        return EXIT_OK
    return _check(options)


def _check(options: argparse.Namespace) -> int:
    _refuse_bad_values(options)
    file = RewardFile(find_reward(options.file))
    track = load_track(options.track).track
    check = check_reward(file, track, DEEPRACER, _OBJECTS[options.objects])
    print(f"{file.path} on {track.name}: {report(check)}")
    if options.picture and len(check.rewards):
        _draw(file, track, options)
    if options.json:
        write_json(options.json, {"file": str(file.path), "track": track.name, **results(check)})
    return EXIT_MISSED if check.faults else EXIT_OK


def _refuse_bad_values(options: argparse.Namespace) -> None:
    check_writable(options.json)
    check_writable(options.picture, "--picture")
    for heading in options.headings:
        if not -180.0 <= heading <= 180.0:
            raise ConfigError(f"--headings {heading:g}: allowed is -180 to 180")
    if len(options.headings) > _MOST_HEADINGS:
        raise ConfigError(f"--headings: at most {_MOST_HEADINGS} fit into a picture")
    if not 0.0 <= options.speed <= 4.0:
        raise ConfigError(f"--speed is {options.speed}, allowed is 0 to 4")


def _draw(file: RewardFile, track: Track, options: argparse.Namespace) -> None:
    headings = [math.radians(heading) for heading in options.headings]
    maps = reward_maps(file, track, DEEPRACER, headings, options.speed)
    name = f"{file.path.stem} on {track.name}"
    picture = draw_rewards(track, maps, f"{name}, at {options.speed:g} m/s with straight wheels")
    try:
        replace_file(options.picture, cv2.imencode(".png", picture)[1].tobytes())
    except OSError as error:
        raise ConfigError(f"{options.picture} cannot be written: {error.strerror}") from None
    print(f"picture: {options.picture}")


if __name__ == "__main__":
    raise SystemExit(main())
