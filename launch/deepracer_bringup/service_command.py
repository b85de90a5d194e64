# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer service`: lets the car start with its computer, and drive without being root.

It installs udev rules for PWM, GPIO and Maestro and a unit of systemd that runs the car as an
ordinary user. It runs under the machine's own Python, as root, and needs no built workspace.
"""

from __future__ import annotations

import argparse
import os
import pwd
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from deepracer_bringup.service import (
    GROUPS,
    RULES_PATH,
    UNIT,
    UNIT_PATH,
    group_commands,
    reload_commands,
    service_files,
)
from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import ConfigError, DeepRacerError

REPOSITORY = Path(__file__).resolve().parents[2]
ROS = Path("/opt/ros/jazzy/setup.bash")
_EXAMPLES = """examples:
  sudo ./deepracer service install --model models/reinvent_v1 --now
  sudo ./deepracer service install --profile maestro
  ./deepracer service show --user pi
  ./deepracer service install --root /mnt/image --user pi
  systemctl status deepracer-drive; journalctl -u deepracer-drive -f
"""


class ServiceError(DeepRacerError):
    """The service cannot be installed or removed on this machine."""


def _service_user(name: str, here: bool) -> str:
    """Return who is to run the car; `here`: one whom this machine knows."""
    name = name or os.environ.get("SUDO_USER", "") or _owner(REPOSITORY)
    if name == "root":
        raise ConfigError("the car does not run as root: name another user by --user")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", name):
        raise ConfigError(f"{name!r} is no name of a user")
    if here and name not in {entry.pw_name for entry in pwd.getpwall()}:
        raise ConfigError(f"there is no user {name} on this machine; name one by --user")
    return name


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return "root"  # Nobody who has a name, so nobody who could run it.


def _files(options: argparse.Namespace) -> Mapping[Path, str]:
    model = str(options.model.absolute()) if options.model else ""
    if options.root is None and model and not Path(model).exists():
        raise ConfigError(f"there is no model package at {model}")
    if not (str(REPOSITORY) + model).isprintable():
        raise ConfigError("the paths of repository and model must not have control characters")
    return service_files(options.user, REPOSITORY, options.profile, model)


def _install(options: argparse.Namespace) -> None:
    files = _files(options)
    if options.now:
        _check_machine()
    for path, text in files.items():
        _write(_target(options) / path, text)
    groups = group_commands(options.user, options.profile)
    if options.root is not None:
        print("to be done in that system, once:", *_lines(groups), sep="\n  ")
        return
    _run_all([*groups, *_reloads()])
    if options.now:
        _run_all([["systemctl", "enable", UNIT], ["systemctl", "restart", UNIT]])
        print("the car runs, DISABLED: enable a mode to drive")
    else:
        print(f"start it by: sudo systemctl enable --now {UNIT}")
    print(f"{options.user} has to log in again before driving by hand without sudo")


def _uninstall(options: argparse.Namespace) -> None:
    installed = [path for path in (UNIT_PATH, RULES_PATH) if (_target(options) / path).exists()]
    if options.root is None and UNIT_PATH in installed and _runs_systemd():
        _run_all([["systemctl", "disable", "--now", UNIT]])
    for path in installed:
        _remove(_target(options) / path)
    if options.root is None:
        _run_all(_reloads())
    print("groups and their members stay as they are" if installed else "nothing is installed")


def _show(options: argparse.Namespace) -> None:
    for path, text in _files(options).items():
        print(f"==> {_target(options) / path} <==\n{text}")
    commands = [*group_commands(options.user, options.profile), *reload_commands(True, True)]
    print("==> commands <==", *_lines(commands), sep="\n")


def _check_machine() -> None:
    """Raise ServiceError where the car could not be started."""
    if not (REPOSITORY / "install" / "local_setup.bash").is_file():
        raise ServiceError("the workspace is not built: run ./deepracer setup first, without sudo")
    if not ROS.is_file():
        raise ServiceError(f"the service needs ROS 2 Jazzy, and there is no {ROS}")
    if not _runs_systemd():
        raise ServiceError("systemd does not run here: leave --now out")


def _target(options: argparse.Namespace) -> Path:
    root: Path = options.root or Path("/")
    return root


def _reloads() -> list[list[str]]:
    return reload_commands(Path("/run/udev/control").exists(), _runs_systemd())


def _runs_systemd() -> bool:
    return Path("/run/systemd/system").is_dir()


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o644)
    except OSError as error:
        raise ServiceError(f"cannot write {path}: {error.strerror}") from error
    print(f"wrote {path}")


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise ServiceError(f"cannot remove {path}: {error.strerror}") from error
    print(f"removed {path}")


def _run_all(commands: Iterable[Sequence[str]]) -> None:
    for command in commands:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise ServiceError(f"{command[0]} is not installed") from None
        except subprocess.CalledProcessError as error:
            raise ServiceError(f"{' '.join(command)} failed: {error.stderr}") from None


def _lines(commands: Iterable[Sequence[str]]) -> list[str]:
    return [" ".join(command) for command in commands]


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="./deepracer service",
        description="Start the car with its computer, as an ordinary user (udev, systemd).",
        epilog=_EXAMPLES,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    install = commands.add_parser("install", help="write udev rules and unit, make the groups")
    show = commands.add_parser("show", help="print what install would write and run")
    uninstall = commands.add_parser("uninstall", help="stop the service and remove both files")
    for command in (install, show):
        command.add_argument(
            "--user", default="", help="who runs the car (default: who calls sudo, or owns this)"
        )
        command.add_argument(
            "--profile", choices=GROUPS, default="deepracer", help="kind of car (%(default)s)"
        )
        command.add_argument(
            "--model", type=user_path, metavar="PACKAGE", help="what it starts with (nothing)"
        )
    for command in (install, show, uninstall):
        command.add_argument(
            "--root", type=user_path, metavar="FOLDER", help="of another system, such as an image"
        )
    install.add_argument("--now", action="store_true", help="enable and start it at once")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0, or 2 with one line of reason."""
    return run_command("service", lambda: _run(_parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    if options.command != "show" and options.root is None and os.geteuid() != 0:
        raise ConfigError(f"{options.command} changes the system: call it with sudo, or --root")
    if options.command != "uninstall":
        here = options.command == "install" and options.root is None
        options.user = _service_user(options.user, here)
    if options.command == "install" and options.now and options.root is not None:
        raise ConfigError("--now starts the car of this machine, it does not go with --root")
    {"install": _install, "uninstall": _uninstall, "show": _show}[options.command](options)
    return EXIT_OK


if __name__ == "__main__":
    raise SystemExit(main())
