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
        written = {pid: _bytes_written(pid) for pid in _children(self._pid("servo_node"))}
        if not any(written.values()):
            raise DeviceError("the servo node has no guard that writes to a device")
        return max(written, key=lambda pid: written[pid])


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def _bytes_written(pid: int) -> int:
    """Return how much a guard has written to files; its socket does not count."""
    try:
        if _GUARD_MODULE not in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return 0
        lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    except OSError:  # It has ended.
        return 0
    return int(next(line for line in lines if line.startswith("wchar:")).split()[1])
