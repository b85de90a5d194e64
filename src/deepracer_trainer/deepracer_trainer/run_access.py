# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Writing into a run's folder: one process at a time, whole, and one line where it fails."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path

from deepracer_core.errors import ConfigError

LOCK_NAME = ".lock"
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Tell of what cannot be written into a run's folder as ConfigError."""
    try:
        yield
    except OSError as error:
        is_full = error.errno in _FULL
        remedy = "make room, then --resume" if is_full else "a run needs a folder to write to"
        raise ConfigError(
            f"{folder} cannot be written to ({error.strerror or error}): {remedy}"
        ) from None


@contextlib.contextmanager
def tensorboard_writing(folder: Path) -> Iterator[None]:
    """Tell in the same way of what TensorBoard cannot write.

    Its thread raises it once more where it is next used; what the thread itself would print of it
    is left out.
    """
    usual = threading.excepthook

    def print_others(failure: threading.ExceptHookArgs) -> None:
        if not isinstance(failure.exc_value, OSError):
            usual(failure)

    threading.excepthook = print_others
    try:
        with writing(folder):
            yield
    finally:
        threading.excepthook = usual


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make a run's folder, and keep other processes from training in it.

    Raises:
        ConfigError: one does already, or the folder cannot be made.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_NAME).open("w")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(
                f"{folder} is being trained by another process: wait for its end, or stop it"
            ) from None
        except OSError:  # A file system without locks: nobody is kept out.
            pass
        yield


def check_empty(folder: Path) -> None:
    """Refuse a folder for a new run that holds something; ConfigError where it does."""
    with writing(folder):
        if folder.exists() and any(file.name != LOCK_NAME for file in folder.iterdir()):
            raise ConfigError(f"{folder} is not empty: choose another --out, or --resume it")
