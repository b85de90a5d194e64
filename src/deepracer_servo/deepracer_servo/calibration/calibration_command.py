# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer calibration`: look at a calibration file, and exchange it with the AWS software."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from deepracer_core.aws_calibration import calibration_to_aws_json
from deepracer_core.calibration import VEHICLES
from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration.calibration_file import read_calibration_file, save_with_backup
from deepracer_servo.calibration.calibration_session import CalibrationSession
from deepracer_servo.calibration.calibration_table import describe_calibration
from deepracer_servo.calibration.curve_picture import (
    calibration_plots,
    draw_plots,
    save_picture,
)

USUAL_FILE = "~/.config/deepracer/calibration.yaml"
_EXAMPLES = """examples:
  ./deepracer calibration show --picture calibration.png
  ./deepracer calibration import /opt/aws/deepracer/calibration.json
  ./deepracer calibration export calibration.json

The servo node uses the file that its parameter calibration_file names. A running one takes up what
has changed in it on: ros2 service call /servo_node/revert_calibration std_srvs/srv/Trigger
"""


def add_file_options(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the options that say which file of which car."""
    parser.add_argument(
        "--calibration",
        metavar="FILE",
        default=USUAL_FILE,
        help="the car's calibration (%(default)s)",
    )
    parser.add_argument(
        "--vehicle",
        choices=tuple(VEHICLES),
        default="deepracer",
        help="profile with the bounds of its pulses (%(default)s)",
    )


def open_session(options: argparse.Namespace) -> CalibrationSession:
    """Return the car's calibration as the options name it; CalibrationError for a damaged one."""
    session = CalibrationSession(options.vehicle, options.calibration)
    if session.fault:
        raise CalibrationError(session.fault)
    return session


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, or 2 for a file that is refused."""
    return run_command("calibration", lambda: _run(_parser().parse_args(arguments)))


def _parser() -> CommandParser:
    parser = CommandParser(prog="./deepracer calibration", description=__doc__, epilog=_EXAMPLES)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="print the calibration, or draw it")
    show.add_argument("--picture", type=user_path, metavar="FILE.png", help="draw both curves")
    for name, text in (
        (
            "import",
            "take pulses and polarities from an AWS calibration.json; curves get the "
            "profile's defaults, since it has none",
        ),
        ("export", "write pulses and polarities as an AWS calibration.json"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("file", type=user_path, metavar="FILE", help="calibration.json")
    for command in commands.choices.values():
        add_file_options(command)
    return parser


def _run(options: argparse.Namespace) -> int:
    {"show": _show, "import": _import, "export": _export}[options.command](options)
    return EXIT_OK


def _show(options: argparse.Namespace) -> None:
    session = open_session(options)
    saved = f", saved {session.saved:%Y-%m-%d %H:%M} UTC" if session.saved else ""
    print(f"{session.vehicle}: {session.source}{saved}\n")
    print(describe_calibration(session.calibration))
    if options.picture:
        save_picture(options.picture, draw_plots(calibration_plots(session.calibration)))
        print(f"\ndrawn in {options.picture}")


def _import(options: argparse.Namespace) -> None:
    found = read_calibration_file(options.file, options.vehicle)
    if found is None:
        raise CalibrationError(f"there is no file {options.file}")
    session = CalibrationSession(options.vehicle, options.calibration)
    session.set(found.calibration, wheels_up=True)  # A file turns no wheel.
    session.save()
    print(f"{describe_calibration(session.calibration)}\n\nsaved as {session.source}")


def _export(options: argparse.Namespace) -> None:
    session = open_session(options)
    text = calibration_to_aws_json(session.calibration)
    save_with_backup(options.file, text.encode(), datetime.now(UTC))
    print(f"pulses of {session.source} written to {options.file}; its curves have no place there")


if __name__ == "__main__":
    raise SystemExit(main())
