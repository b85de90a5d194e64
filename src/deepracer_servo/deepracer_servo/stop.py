# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Why the car stands, and for how long at least."""

from __future__ import annotations

# Three periods of the pulses: what stops the car for a fault has to leave the chip and to be seen
# on drive_state, also where the very next command is good again.
FAULT_STOP_NS = 60_000_000


class Stop:
    """The present or the last reason to stand; times are of the steady clock.

    Args:
        ttl_ns: time to live of a command [ns]; when a source whose commands were refused says
            nothing more for so long, its silence is the reason.
    """

    def __init__(self, ttl_ns: int) -> None:
        """Start without a reason."""
        self.reason = ""
        self.silence = f"no fresh command for {ttl_ns / 1e9:g} s: its source is silent or late"
        self._ttl_ns = ttl_ns
        self._is_new_fault = False
        self._fault_ns: int | None = None

    def now(self, reason: str, fault: bool = False) -> None:
        """Stand from now on; for a fault, at least as long as `holds` says."""
        self.reason = reason
        self._is_new_fault, self._fault_ns = fault, None

    def holds(self, now_ns: int) -> bool:
        """Return whether a fault keeps the car standing, however good a command there is."""
        if self._is_new_fault:
            self._is_new_fault, self._fault_ns = False, now_ns
        return self._fault_ns is not None and now_ns - self._fault_ns < FAULT_STOP_NS

    def reason_at(self, now_ns: int) -> str:
        """Return why a car stands for which no command has come."""
        if self._fault_ns is not None and now_ns - self._fault_ns > self._ttl_ns:
            return self.silence
        return self.reason
