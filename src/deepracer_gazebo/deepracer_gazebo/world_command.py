# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer world`: write a track as a Gazebo world that works wherever its files are put."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from deepracer_core.command_line import (
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.errors import ConfigError
from deepracer_core.results import check_writable
from deepracer_gazebo.cache import write_world
from deepracer_gazebo.world import WorldSettings
from deepracer_sim.starts import DIRECTIONS

_EXAMPLES = """examples:
  ./deepracer world --track reinvent_base --out reinvent.sdf
  ./deepracer world --track Oval_track --surface wood --start 0.25 --out oval.sdf
  ./deepracer world --track my_route.npy --no-car --real-time-factor 0 --out my_route.sdf
  gz sim -r reinvent.sdf
"""


def _parser() -> CommandParser:
    about = {field.name: field.metadata["description"] for field in fields(WorldSettings)}
    defaults = WorldSettings()
    parser = CommandParser(
        prog="./deepracer world",
        description="Write a track as a world for Gazebo Harmonic, with the folder of its ground.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--out", type=user_path, required=True, metavar="FILE", help="*.sdf")
    for name, kind in (("track", name_or_path), ("surface", str)):
        parser.add_argument(
            f"--{name}", type=kind, default=getattr(defaults, name), help=about[name]
        )
    for name in ("start", "fps", "physics_step", "real_time_factor"):
        value = getattr(defaults, name)
        option = f"--{name.replace('_', '-')}"
        explanation = f"{about[name]} (default: %(default)s)"
        parser.add_argument(option, type=float, default=value, metavar="X", help=explanation)
    parser.add_argument(
        "--direction", choices=DIRECTIONS, default=defaults.direction, help=about["direction"]
    )
    parser.add_argument("--lidar", action="store_true", help="give the car a LiDAR")
    parser.add_argument("--no-car", dest="car", action="store_false", help="leave the car out")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return run_command("world", lambda: _run(_parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    choices = vars(options)
    file: Path = choices.pop("out")
    if file.suffix != ".sdf":
        raise ConfigError(f"--out {file}: name it *.sdf, Gazebo goes by that")
    check_writable(file, "--out")
    folder = write_world(WorldSettings(**choices), file)
    print(f"wrote {file} and {folder}/, which belong together")
    print(f"to run it: {shlex.join(('gz', 'sim', '-r', str(file)))}")
    return EXIT_OK


if __name__ == "__main__":
    raise SystemExit(main())
