# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Writing model_metadata.json with an action space: from a grid, bounds, or a run's logs.

Run it as `./deepracer action-space`.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepracer_core.action_space import (
    Action,
    ActionSpace,
    ContinuousActionSpace,
    DiscreteActionSpace,
)
from deepracer_core.atomic_file import replace_file
from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import ALGORITHMS, metadata_text
from deepracer_trainer.action_proposal import Proposal, propose_actions
from deepracer_trainer.network_names import check_network

EXAMPLES = """examples:
  ./deepracer action-space --speeds 1:3:0.5 --angles -30:30:10 --out model_metadata.json
  ./deepracer action-space --speeds 1,1.5,2.5 --angles -25,-12,0,12,25
  ./deepracer action-space --continuous --speeds 0.5:2 --angles -30:30
  ./deepracer action-space --from-logs runs/first --actions 8
"""
FEWEST, MOST = 2, 256  # actions; nothing is learned from one, and no policy needs more
CONSOLE_MOST = 30
ANGLES, SPEEDS = (-30.0, 30.0), (0.1, 4.0)  # [deg], [m/s]
_PICTURE_ROWS, _PICTURE_COLUMNS = 12, 61  # a column a degree


def numbers(text: str, allowed: tuple[float, float]) -> list[float]:
    """Read "low:high:step", from low up to high, or values with commas, in ascending order.

    Raises:
        ConfigError: the text is neither, or a value is not allowed.
    """
    try:
        parts = [float(part) for part in re.split("[:,]", text)]
        if ":" in text and len(parts) == 3 and "," not in text:
            low, high, step = parts
            steps = math.floor((high - low) / step + 1e-9) if step > 0.0 else -1
            if not 0 <= steps < MOST:
                raise ValueError
            parts = [round(low + k * step, 9) for k in range(steps + 1)]
        elif ":" in text and (len(parts) != 2 or "," in text):
            raise ValueError
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{text!r} is no range: give low:high:step, or values with commas between"
        ) from None
    low, high = allowed
    outside = [f"{part:g}" for part in parts if not low <= part <= high]
    if outside:
        raise ConfigError(f"{', '.join(outside)}: allowed is {low:g} to {high:g}")
    return sorted(set(parts))


def grid(angles: Sequence[float], speeds: Sequence[float]) -> DiscreteActionSpace:
    """Return every angle [deg] with every speed [m/s]; ConfigError for too few or too many."""
    actions = tuple(Action(math.radians(a), v) for a in angles for v in speeds)
    if not FEWEST <= len(actions) <= MOST:
        raise ConfigError(f"that makes {len(actions)} actions, allowed are {FEWEST} to {MOST}")
    return DiscreteActionSpace(actions)


def bounds(
    angles: Sequence[float], speeds: Sequence[float], algorithm: str
) -> ContinuousActionSpace:
    """Return the space between the lowest and the highest of angles [deg] and speeds [m/s]."""
    if len(angles) < 2 or len(speeds) < 2:
        raise ConfigError("--continuous needs low:high for --speeds and for --angles")
    low, high = math.radians(angles[0]), math.radians(angles[-1])
    squash = "tanh" if algorithm == "sac" else "clip"
    return ContinuousActionSpace(low, high, speeds[0], speeds[-1], squash)


def picture(space: ActionSpace, proposal: Proposal | None = None) -> str:
    """Return the space as text: a table, and where the actions are, left to the left."""
    if isinstance(space, ContinuousActionSpace):
        low, high = (f"{math.degrees(a):g}" for a in (space.steering_low, space.steering_high))
        return (
            f"steering   {low} to {high} deg, + is left\n"
            f"speed      {space.speed_low:g} to {space.speed_high:g} m/s"
        )
    lines = ["action   steering [deg, + left]   speed [m/s]" + "   of steps" * bool(proposal)]
    for index, (angle, speed) in enumerate(space.actions):
        share = f"   {100 * proposal.shares[index]:>6.1f} %" if proposal else ""
        lines.append(f"{index:>6}   {math.degrees(angle):>22.1f}   {speed:>11.2f}{share}")
    return "\n".join([*lines, "", *_map(space)])


def _map(space: DiscreteActionSpace) -> list[str]:
    """Return a map of the actions: speed upwards, steering from left to right."""
    heights = np.unique([action.speed for action in space.actions])[::-1]
    if len(heights) > _PICTURE_ROWS:
        heights = np.linspace(heights[0], heights[-1], _PICTURE_ROWS)
    rows = [[" "] * _PICTURE_COLUMNS for _ in heights]
    for angle, speed in space.actions:
        row = int(np.abs(heights - speed).argmin())
        rows[row][round(30.0 - math.degrees(angle))] = "o"
    lines = [f"{v:>5.2f} |{''.join(row)}".rstrip() for v, row in zip(heights, rows, strict=True)]
    scale = "".join(f"{angle:<10}" for angle in range(30, -31, -10))
    return ["  m/s", *lines, "      +" + "-" * _PICTURE_COLUMNS, f"       {scale}".rstrip()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    return run_command("action-space", lambda: _run(_parse(given)))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = CommandParser(
        prog="./deepracer action-space",
        description="Write model_metadata.json with an action space.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--speeds", metavar="RANGE", help="low:high:step or values [m/s]")
    parser.add_argument("--angles", metavar="RANGE", help="low:high:step or values [deg], + left")
    parser.add_argument(
        "--continuous", action="store_true", help="anything between the lowest and the highest"
    )
    parser.add_argument(
        "--from-logs", type=user_path, metavar="RUN", help="what was driven best in this run"
    )
    parser.add_argument(
        "--actions", type=int, default=10, help="how many, from logs (default: %(default)s)"
    )
    parser.add_argument("--network", default="COMPACT", help="(default: %(default)s)")
    parser.add_argument("--algorithm", choices=ALGORITHMS, help="(default: clipped_ppo)")
    parser.add_argument("--out", type=user_path, metavar="FILE", help="(default: standard output)")
    options = parser.parse_args(_joined(arguments))
    gridded = options.speeds is not None and options.angles is not None
    if (options.from_logs is not None) == gridded:
        parser.error("give --speeds and --angles, or --from-logs")
    if options.from_logs is not None and options.continuous:
        parser.error("--from-logs finds separate actions, it cannot be --continuous")
    if not FEWEST <= options.actions <= MOST:
        parser.error(f"--actions is {options.actions}, allowed is {FEWEST} to {MOST}")
    if options.algorithm == "sac" and not options.continuous:
        parser.error("--algorithm sac needs --continuous")
    return options


def _joined(arguments: Sequence[str]) -> list[str]:
    """Join values that begin with a minus to their option: argparse takes them for options."""
    joined: list[str] = []
    for argument in arguments:
        if re.match(r"-[\d.]", argument) and joined and joined[-1].startswith("--"):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _run(options: argparse.Namespace) -> int:
    check_network(options.network)
    algorithm = options.algorithm or "clipped_ppo"
    space: ActionSpace
    proposal = None
    if options.from_logs is not None:
        proposal = propose_actions(options.from_logs, options.actions)
        space = DiscreteActionSpace(proposal.actions)
    else:
        continuous = options.continuous
        angles = _option("--angles", options.angles, ANGLES, continuous)
        speeds = _option("--speeds", options.speeds, SPEEDS, continuous)
        space = bounds(angles, speeds, algorithm) if continuous else grid(angles, speeds)
    text = metadata_text(space, options.network, algorithm)
    if options.out is None:
        print(text, end="")
    else:
        _write(options.out, text)
    print(_explanation(space, proposal), file=sys.stdout if options.out else sys.stderr)
    return EXIT_OK


def _option(name: str, text: str, allowed: tuple[float, float], continuous: bool) -> list[float]:
    try:
        if text.count(":") == 1 and not continuous:
            raise ConfigError(f"{text!r} has no step: give low:high:step, or --continuous")
        return numbers(text, allowed)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None


def _write(file: Path, text: str) -> None:
    if file.exists():
        raise ConfigError(f"--out {file} exists: choose another name, or remove it")
    try:
        replace_file(file, text.encode())
    except OSError as error:
        raise ConfigError(f"--out {file} cannot be written: {error.strerror}") from None


def _explanation(space: ActionSpace, proposal: Proposal | None) -> str:
    lines = [picture(space, proposal)]
    if proposal:
        what = "{} whole laps" if proposal.laps else "the {} best episodes: none was a whole lap"
        lines.append(f"from {what.format(proposal.episodes)}")
    if isinstance(space, DiscreteActionSpace) and space.output_count > CONSOLE_MOST:
        lines.append(
            f"{space.output_count} actions: fine here, the AWS console took {CONSOLE_MOST} at most"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
