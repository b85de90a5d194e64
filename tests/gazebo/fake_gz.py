# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A command `gz` that writes down how it is called, and answers as it is told; or does not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from waiting import is_running

PROGRAM = """#!{python} -IS
import os, sys, time
folder = {folder!r}
with open(folder + "/pids", "a") as file:
    file.write(str(os.getpid()) + "\\n")
with open(folder + "/calls", "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\\n")
kind = "server" if "-s" in sys.argv and sys.argv[1] == "sim" else sys.argv[1]
if kind == "server" and os.path.exists(folder + "/program"):
    python = {python!r}
    os.execv(python, [python, open(folder + "/program").read(), sys.argv[-1], folder + "/calls"])
path = folder + "/" + kind
if not os.path.exists(path):
    sys.exit("gz knows no " + kind)
status, _, text = open(path).read().partition("\\n")
sys.stdout.write(text)
sys.stdout.flush()
if status == "hang":
    time.sleep(600)
sys.exit(int(status))
"""


class FakeGz:
    """The command, first on the path."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        folder.mkdir()
        program = folder / "gz"
        program.write_text(PROGRAM.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def answers(self, kind: str, text: str = "", status: int | str = 0) -> None:
        """Say what a kind of call prints, and how it ends: `hang`, or its exit status."""
        (self.folder / kind).write_text(f"{status}\n{text}")

    def plays(self, program: Path) -> None:
        """Let a program be the server: it gets the world's file, and that of the calls."""
        (self.folder / "program").write_text(str(program))

    def forget_calls(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.is_file() else []

    @property
    def running(self) -> list[int]:
        """Those of its processes that have not ended."""
        file = self.folder / "pids"
        pids = [int(line) for line in file.read_text().split()] if file.is_file() else []
        return [pid for pid in pids if is_running(pid)]


def no_gz(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a machine where Gazebo is not installed."""
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
