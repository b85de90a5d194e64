# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer model`: look into a model package, and install it after a full check.

Both read the package as the car does and run its network once, so what passes here drives.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from deepracer_core.action_space import ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.model_package import install_model_package, open_model_package
from deepracer_inference.policy import OpenVinoPolicy

_EXAMPLES = """examples:
  ./deepracer model inspect my-model.tar.gz
  ./deepracer model inspect models/reinvent
  ./deepracer model install my-model.tar.gz --name racer
"""


def describe_package(path: str) -> str:
    """Check a model package, network included, and describe it.

    Raises:
        ModelError: the package does not fit, with the reason.
    """
    with open_model_package(path) as package:
        OpenVinoPolicy(package)
        facts = package.metadata
        space = facts.action_space
        rows = {
            "name": package.name,
            "id": package.id,
            "format": f"{package.format} ({package.policy_path.name})",
            "algorithm": facts.training_algorithm,
            "network": facts.neural_network,
            "sensor": facts.sensor,
            "frames": f"{facts.stack_size} at once",
            "outputs": str(space.output_count),
        }
    lines = [f"{name:<10} {value}" for name, value in rows.items()]
    return "\n".join([*lines, "", *_describe_actions(space), "", "The car can drive with it."])


def _describe_actions(space: DiscreteActionSpace | ContinuousActionSpace) -> list[str]:
    if isinstance(space, DiscreteActionSpace):
        return ["action   steering [deg, + left]   speed [m/s]"] + [
            f"{index:>6}   {_degrees(action.steering_angle):>22}   {action.speed:>11.2f}"
            for index, action in enumerate(space.actions)
        ]
    low, high = _degrees(space.steering_low), _degrees(space.steering_high)
    return [
        f"steering   {low} to {high} deg, + left",
        f"speed      {space.speed_low:.2f} to {space.speed_high:.2f} m/s",
        f"means are  {'squashed by tanh' if space.squash == 'tanh' else 'clipped to -1 and 1'}",
    ]


def _degrees(angle: float) -> str:
    return f"{math.degrees(angle):.1f}"


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="./deepracer model",
        description="Check and install model packages: ONNX, OpenVINO or an AWS model.tar.gz.",
        epilog=_EXAMPLES,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    inspect = commands.add_parser("inspect", help="check a package and print what it is")
    install = commands.add_parser("install", help="check a package and copy it to the models")
    for command in (inspect, install):
        command.add_argument("file", metavar="FILE", help="folder or tar.gz of the package")
    install.add_argument("--name", help="what to call it (default: as the file is called)")
    install.add_argument(
        "--models",
        type=user_path,
        default=Path("models"),
        metavar="FOLDER",
        help="where models are kept (default: %(default)s)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, or 2 for a package that does not fit."""
    return run_command("model", lambda: _run(_parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    if options.command == "inspect":
        print(describe_package(options.file))
        return EXIT_OK
    with open_model_package(options.file) as package:
        OpenVinoPolicy(package)
        target = install_model_package(package, options.models, options.name)
    print(f"installed as {target}")
    return EXIT_OK


if __name__ == "__main__":
    raise SystemExit(main())
