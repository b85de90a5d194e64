# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Attributes of sysfs: how they are read and stored, and what their errors mean to a user."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from deepracer_core.errors import DeviceError

Result = TypeVar("Result")
Store = Callable[[Path, str], None]
"""Stores a text in an attribute; OSError with the attribute's path where that is refused."""

# The kernel makes the files of a channel while it exports it, and udev gives them to their group
# a few hundred milliseconds later on a slow machine.
PATIENCE_S = 1.0
_POLL_S = 0.005


def read_attribute(path: Path) -> str:
    """Return what an attribute says, without the newline; OSError where it is gone."""
    return path.read_text(encoding="ascii", errors="replace").strip()


def store_attribute(path: Path, text: str) -> None:
    """Store a text in an attribute.

    The file is opened each time, and never created: one that is gone, or belongs to another
    device by now, is noticed at once.

    Raises:
        OSError: the kernel refuses the text, or the attribute is gone or not ours.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            os.write(descriptor, text.encode("ascii"))
        finally:
            os.close(descriptor)
    except OSError as error:  # That of a write does not say which file it was.
        raise OSError(error.errno, error.strerror, str(path)) from None


def patiently(action: Callable[[], Result]) -> Result:
    """Return what the action returns; for a second, try again what is missing or not ours yet."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return action()
        except (FileNotFoundError, PermissionError):
            if time.monotonic() >= deadline:
                raise
        time.sleep(_POLL_S)


def explain(error: OSError) -> str:
    """Return in one line what an error of an attribute means, and what to do about it."""
    if isinstance(error, DeviceError):
        return str(error)
    if isinstance(error, PermissionError):
        return (
            f"no permission to write {error.filename}: its rule in 70-deepracer-drive.rules of "
            "udev is missing, or this user is not in the group gpio; sudo ./deepracer service "
            "install sees to both, from the next login on"
        )
    if error.errno in (errno.ENOENT, errno.ENODEV):
        return f"{error.filename} is gone: is the board plugged in, and does nobody unexport it?"
    return f"{error.filename} fails ({error.strerror}): dmesg may say why"
