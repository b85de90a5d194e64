# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration of this car on the disk: damaged it is refused, and a save never loses it."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import stat
from datetime import UTC, datetime
from pathlib import Path

from deepracer_core.atomic_file import replace_file
from deepracer_core.aws_calibration import calibration_from_aws_json
from deepracer_core.calibration import VEHICLES
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration.calibration_yaml import (
    SavedCalibration,
    calibration_from_yaml,
    calibration_to_yaml,
)

# A real file has 1 kB; a reader must not be fed /dev/zero.
LARGEST_FILE_BYTES = 65_536
BACKUPS = 10
_AWS_SUFFIX = ".json"
_STAMP = r"(\d{4}-\d\d-\d\dT\d{6}Z)(?:-(\d+))?"


def is_aws_file(path: Path) -> bool:
    """Return whether a file is, by its name, an AWS calibration.json, which is only read."""
    return path.suffix == _AWS_SUFFIX


def read_calibration_file(path: Path, vehicle: str) -> SavedCalibration | None:
    """Read a calibration, YAML or AWS calibration.json; None where there is no such file.

    Raises:
        CalibrationError: it cannot be read, is damaged, newer, or of another vehicle profile.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise CalibrationError("it is no plain file")
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            raise CalibrationError(f"it is larger than {LARGEST_FILE_BYTES} bytes")
        text = content.decode("utf-8")
        if not is_aws_file(path) and not text.lstrip().startswith("{"):
            return calibration_from_yaml(text, vehicle)
        calibration = calibration_from_aws_json(text, VEHICLES[vehicle])
        return SavedCalibration(calibration, datetime.fromtimestamp(facts.st_mtime, UTC))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, CalibrationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CalibrationError(
            f"calibration file {path}: {reason}; "
            "restore a backup that lies beside it, or calibrate again: ./deepracer calibrate"
        ) from None


def save_calibration_file(path: Path, vehicle: str, saved: SavedCalibration) -> None:
    """Write a calibration as YAML, with a dated backup of what was there; makes its folder.

    Raises:
        CalibrationError: it could not be written; what was there is as it was.
    """
    save_with_backup(path, calibration_to_yaml(vehicle, saved).encode(), saved.saved)


def save_with_backup(path: Path, data: bytes, now: datetime) -> None:
    """Replace a file and keep what was there as `name.2026-11-20T081500Z.suffix` beside it.

    The last `BACKUPS` of them stay.

    Raises:
        CalibrationError: it could not be written; what was there is as it was.
    """
    target = Path(os.path.realpath(path))
    backup = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        backup = _back_up(target, now)
        replace_file(target, data)
    except OSError as error:
        if backup is not None:
            with contextlib.suppress(OSError):
                backup.unlink()
        raise CalibrationError(
            f"calibration file {path} could not be saved: {error.strerror}; "
            "what was there is as it was"
        ) from None
    _remove_old_backups(target, backup)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # A named pipe would wait for its writer.


def _back_up(path: Path, now: datetime) -> Path | None:
    """Return the backup; None where there is nothing to keep."""
    if not path.exists():
        return None
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    names = itertools.chain([stamp], (f"{stamp}-{number}" for number in itertools.count(2)))
    backups = (path.with_name(f"{path.stem}.{name}{path.suffix}") for name in names)
    backup = next(backup for backup in backups if not os.path.lexists(backup))
    try:
        os.link(path, backup)  # Needs no space on a full disk.
    except PermissionError:  # The file system knows no links.
        replace_file(backup, path.read_bytes())
    return backup


def _remove_old_backups(path: Path, newest: Path | None) -> None:
    pattern = re.compile(re.escape(path.stem) + r"\." + _STAMP + re.escape(path.suffix))
    with contextlib.suppress(OSError):
        found = [(pattern.fullmatch(entry.name), entry) for entry in path.parent.iterdir()]
        backups = sorted(
            (match[1], int(match[2] or 1), entry)
            for match, entry in found
            if match and entry != newest  # A clock that was set back must not cost the newest.
        )
        for *_, entry in backups[: max(0, len(backups) + 1 - BACKUPS)]:
            entry.unlink()
