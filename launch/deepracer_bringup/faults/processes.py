# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a running graph by name, the guard of the servo node among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deepracer_core.errors import DeviceError

GUARD = "guard"
_GUARD_MODULE = b"deepracer_servo.devices.guard"


class Processes:
    """Finds process ids.

    Args:
        pid: tells that of a node.
    """

    def __init__(self, pid: Callable[[str], int]) -> None:
        """Look for nothing yet."""
        self._pid = pid

    def pid(self, name: str) -> int:
        """Return the process id of a node, or of the guard; DeviceError where there is none.

        Of the servo node's guards it is the one that has written to a device; the other is a
        spare one, which only waits.
        """
        if name != GUARD:
            return self._pid(name)
        owner, *_ = guards(self._pid("servo_node")) or [0]
        if not owner or not _bytes_written(owner):
            raise DeviceError("the servo node has no guard that writes to a device")
        return owner


def guards(servo_pid: int) -> list[int]:
    """Return the guards of a servo process, the one that has written to a device first."""
    children = Path(f"/proc/{servo_pid}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in _read(file).split()]
    found = [
        pid for pid in pids if _GUARD_MODULE in _read(Path(f"/proc/{pid}/cmdline")).split(b"\0")
    ]
    return sorted(found, key=_bytes_written, reverse=True)


def _bytes_written(pid: int) -> int:
    """Return how much a guard has written to files; its socket does not count."""
    lines = _read(Path(f"/proc/{pid}/io")).splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(b"wchar:")), 0)


def _read(file: Path) -> bytes:
    """Return what a file of /proc holds; nothing where its process or thread has just ended."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
