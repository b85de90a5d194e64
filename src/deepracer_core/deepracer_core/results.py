# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Results that programs read: JSON files, refused before the work and not after it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from deepracer_core.atomic_file import replace_file
from deepracer_core.errors import ConfigError


def check_writable(file: Path | None, option: str = "--json") -> None:
    """Raise ConfigError where an option's file could not be written; None needs no place."""
    if file is None:
        return
    folder = file.parent
    if file.is_dir():
        raise ConfigError(f"{option} {file} is a folder, a file name is needed")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ConfigError(f"{option} {file}: {folder} is no folder that can be written to")


def make_folder(folder: Path, option: str) -> None:
    """Make an option's folder where it is missing; ConfigError where files cannot go there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {folder} cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"{option} {folder} may not be written to")


def write_json(file: Path, results: dict[str, Any]) -> None:
    """Write results, whole or not at all; ConfigError where the place turned out to be none."""
    try:
        replace_file(file, (json.dumps(results, indent=2) + "\n").encode())
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}") from None
