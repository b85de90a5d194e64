# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Which model was loaded last, for the process that takes the place of one that crashed.

It is kept in a folder of this user's, under a name that says for whom: the same node, started by
the same launcher, with the same model in its parameters. A launcher is a process, known by its id
and the moment when it started, since ids are used again. So a fresh launch starts with the model
that it was given, whatever ran before.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from deepracer_core.errors import DeviceError

_PREFIX = "last_model-"
_START_TIME = 19  # Field 22 of /proc/PID/stat, counted from the one behind the program's name.


def user_folder() -> Path:
    """Return where this user's processes leave what they need until the next start."""
    return Path(tempfile.gettempdir(), f"deepracer-{os.getuid()}")


def process_token(pid: int) -> str:
    """Return what no other process has had since the computer started; empty for none."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{pid}-{facts[_START_TIME]}"


class LastModel:
    """Remembers one path across crashes of this process."""

    def __init__(self, node: str, configured: str, folder: Path, launcher: str) -> None:
        """Look for no file yet.

        Args:
            node: who asks, such as its full name and the domain that it talks in.
            configured: the model of its parameters.
            folder: of this user; it is made where it is missing.
            launcher: `process_token` of the process that starts this one again.
        """
        self._folder = folder
        key = hashlib.sha256(f"{node}\0{configured}".encode(errors="surrogateescape")).hexdigest()
        self._file = folder / f"{_PREFIX}{launcher}-{key[:16]}"

    def remember(self, path: str) -> None:
        """Keep the path of a model that was loaded, whatever the working directory will be.

        Raises:
            OSError: it cannot be kept.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._check_folder()
        self._forget_other_launchers()
        # A symbolic link is a path that is written in one step, and nothing else.
        new = self._file.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.path.abspath(os.path.expanduser(path)))
        new.replace(self._file)

    def recall(self) -> str:
        """Return the path that the process before this one kept; empty where there was none.

        Raises:
            OSError: what is kept cannot be read.
        """
        try:
            self._check_folder()
            return os.readlink(self._file)
        except FileNotFoundError:
            return ""

    def forget(self) -> None:
        """Keep nothing: this process ends in order."""
        with contextlib.suppress(OSError):
            self._file.unlink()

    def _check_folder(self) -> None:
        """Make sure that nobody else can put a model into the folder."""
        facts = self._folder.lstat()
        private = stat.S_ISDIR(facts.st_mode) and facts.st_mode & 0o077 == 0
        if not private or facts.st_uid != os.getuid():
            raise DeviceError(
                f"{self._folder} is not a folder that only this user can open: remove it"
            )

    def _forget_other_launchers(self) -> None:
        """Remove what was kept for launchers that are gone."""
        for file in self._folder.glob(f"{_PREFIX}*"):
            launcher = file.name.removeprefix(_PREFIX).rpartition("-")[0]
            pid = launcher.partition("-")[0]
            if pid.isdecimal() and process_token(int(pid)) != launcher:
                file.unlink(missing_ok=True)
