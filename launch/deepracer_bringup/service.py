# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the car needs of the system it runs on: files of udev and systemd, groups, and reloads."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[1] / "system"
UNIT, RULES = "deepracer-drive.service", "70-deepracer-drive.rules"
UNIT_PATH = Path("etc/systemd/system", UNIT)
RULES_PATH = Path("etc/udev/rules.d", RULES)
# What each kind of car needs: its camera, and what its servo and ESC hang on.
GROUPS = {
    "deepracer": ("gpio", "video"),
    "raspberry_pi": ("gpio", "video"),
    "maestro": ("dialout", "video"),
}


def service_files(user: str, repository: Path, profile: str, model: str) -> dict[Path, str]:
    """Return the files to install, by path below the root folder.

    Args:
        user: runs the car.
        repository: absolute path of this repository.
        profile: the kind of car.
        model: absolute path of the model that it starts with; empty for none.
    """
    arguments = [f"profile:={profile}", *([f"model:={model}"] if model else [])]
    values = {
        "user": user,
        "groups": " ".join(GROUPS[profile]),
        "repository": str(repository).replace("%", "%%"),
        "arguments": " ".join(map(_quoted, arguments)),
    }
    unit = (TEMPLATES / f"{UNIT}.in").read_text(encoding="utf-8")
    return {
        RULES_PATH: (TEMPLATES / RULES).read_text(encoding="utf-8"),
        UNIT_PATH: re.sub("@([a-z]+)@", lambda match: values[match[1]], unit),
    }


def group_commands(user: str, profile: str) -> list[list[str]]:
    """Return the commands that make the groups, and make the user a member of them."""
    # The rules name the group gpio whatever the car has.
    groups = sorted({"gpio", *GROUPS[profile]})
    made = [["groupadd", "--system", "--force", group] for group in groups]
    return [*made, ["usermod", "--append", "--groups", ",".join(groups), user]]


def reload_commands(udev: bool, systemd: bool) -> list[list[str]]:
    """Return the commands that let udev and systemd see what changed, where they run."""
    subsystems = [f"--subsystem-match={name}" for name in ("pwm", "gpio", "tty")]
    udev_commands = [["udevadm", "control", "--reload"], ["udevadm", "trigger", *subsystems]]
    return [
        *(udev_commands if udev else []),
        *([["systemctl", "daemon-reload"]] if systemd else []),
    ]


def _quoted(text: str) -> str:
    """Return a word of a command line of systemd."""
    for special, escaped in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        text = text.replace(special, escaped)
    return f'"{text}"'
