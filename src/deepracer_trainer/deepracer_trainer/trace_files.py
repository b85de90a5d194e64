# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where episodes are written to: N-iteration.csv, and one log of SIM_TRACE_LOG lines.

Readers take it that every iteration has as many episodes as the first, so an iteration here is
that number of complete episodes, in the order in which they ended. When a run is resumed from a
checkpoint, what was written after it is dropped: those episodes are driven again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from deepracer_core.atomic_file import replace_file
from deepracer_trainer.sim_trace import HEADER, LOG_PREFIX

_ITERATION = re.compile(r"(\d+)-iteration\.csv")


class IterationFiles:
    """The CSV files of a folder, one an iteration; they grow with its episodes."""

    def __init__(self, folder: Path, episodes_per_iteration: int, episodes: int = 0) -> None:
        """Make the folder, or go on after the first `episodes` that it holds.

        Raises:
            OSError: the place cannot be written to.
        """
        self._folder = folder
        whole, more = divmod(episodes, episodes_per_iteration)
        drop_iterations(folder, whole + bool(more))
        if more and self._file(whole).is_file():
            _keep(self._file(whole), episodes)

    def write(self, iteration: int, rows: Iterable[str]) -> None:
        """Append episodes of one iteration to its file; OSError where that fails."""
        with self._file(iteration).open("a", encoding="utf-8") as file:
            if file.tell() == 0:
                file.write(f"{HEADER}\n")
            file.writelines(rows)

    def _file(self, iteration: int) -> Path:
        return self._folder / f"{iteration}-iteration.csv"


class TraceLog:
    """The text log, as the hosted service's simulator printed it."""

    def __init__(self, file: Path, head: str, episodes: int = 0) -> None:
        """Begin it with a head, or go on after the first `episodes` that it holds.

        Raises:
            OSError: the place cannot be written to.
        """
        self._file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        if episodes and file.is_file():
            _keep(file, episodes, LOG_PREFIX)
        else:
            file.write_text(head, encoding="utf-8")

    def write(self, rows: Iterable[str]) -> None:
        """Append episodes; OSError where that fails."""
        with self._file.open("a", encoding="utf-8") as file:
            file.writelines(LOG_PREFIX + row for row in rows)


def write_iteration(folder: Path, iteration: int, rows: Iterable[str]) -> None:
    """Write, or replace, the whole file of an iteration; OSError where that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join((f"{HEADER}\n", *rows))
    replace_file(folder / f"{iteration}-iteration.csv", text.encode())


def drop_iterations(folder: Path, first: int) -> None:
    """Make a folder, or remove its files of iterations from `first` on; OSError where it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        match = _ITERATION.fullmatch(file.name)
        if match and int(match[1]) >= first:
            file.unlink()


def _keep(file: Path, episodes: int, prefix: str = "") -> None:
    """Keep the rows of the first episodes, and lines that are no rows."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        text = "".join(_before(episodes, lines, prefix))
    replace_file(file, text.encode())


def _before(episodes: int, lines: Iterable[str], prefix: str) -> Iterator[str]:
    for line in lines:
        number = line.removeprefix(prefix).partition(",")[0]
        is_row = line.startswith(prefix) and number.isdigit()
        # A killed process may leave half a line.
        if line.endswith("\n") and not (is_row and int(number) >= episodes):
            yield line
