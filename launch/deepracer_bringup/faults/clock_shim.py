# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A system clock for some processes only, that can be stepped without root."""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from deepracer_core.errors import ConfigError

SOURCE = Path(__file__).resolve().with_name("clock_shim.c")
_FLAGS = ("-std=c11", "-O2", "-shared", "-fPIC")


class ClockShim:
    """A library to be preloaded into processes, and the offset that it adds to their clock.

    Attributes:
        environment: what those processes need besides their own environment.
    """

    def __init__(self, folder: Path) -> None:
        """Compile the library into `folder`; ConfigError where there is no compiler."""
        library, offset = folder / "clock_shim.so", folder / "clock_offset"
        _compile(library)
        offset.write_bytes(bytes(8))
        with offset.open("r+b") as file:
            self._offset = memoryview(mmap.mmap(file.fileno(), 8)).cast("q")
        others = os.environ.get("LD_PRELOAD", "")
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": f"{library} {others}".strip(),
            "DEEPRACER_CLOCK_OFFSET": str(offset),
        }

    def set(self, seconds: int) -> None:
        """Let the clock of those processes be so far ahead of this machine's, from now on."""
        self._offset[0] = seconds


def _compile(library: Path) -> None:
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not compiler:
        raise ConfigError(
            "the faults of the system clock need a C compiler: install one, or name it in CC"
        )
    command = [*compiler.split(), *_FLAGS, "-o", str(library), str(SOURCE)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise ConfigError(f"{compiler} cannot build {SOURCE.name}: {said}") from None
