# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What servo node and guard say to each other: one datagram a message, over a socket pair.

Both run on the same machine, so times are those of its monotonic clock.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

from deepracer_core.pulses import Pulses

_COMMAND = struct.Struct("=q4I")
LONGEST_BYTES = 4096


class Command(NamedTuple):
    """What the guard is to write.

    Attributes:
        sent_ns: when it was sent [ns, monotonic].
        pulses: for the device.
        neutral: what to write instead when no command follows.
    """

    sent_ns: int
    pulses: Pulses
    neutral: Pulses

    def encode(self) -> bytes:
        """Return the datagram."""
        return _COMMAND.pack(self.sent_ns, *self.pulses, *self.neutral)

    @classmethod
    def decode(cls, datagram: bytes) -> Command:
        """Return the command in a datagram."""
        sent_ns, *widths = _COMMAND.unpack(datagram)
        return cls(sent_ns, Pulses(*widths[:2]), Pulses(*widths[2:]))


class DeviceState(IntEnum):
    """How the guard's device is."""

    OPENING = 0
    READY = 1
    FAILED = 2


class Report(NamedTuple):
    """How it goes; the guard of a device sends one at least every 100 ms.

    Attributes:
        state: of the device.
        text: what failed, or what the user should know although all is well; may be empty.
    """

    state: DeviceState
    text: str

    def encode(self) -> bytes:
        """Return the datagram; a text that is too long is cut."""
        return bytes([self.state]) + self.text.encode()[: LONGEST_BYTES - 1]

    @classmethod
    def decode(cls, datagram: bytes) -> Report:
        """Return the report in a datagram."""
        return cls(DeviceState(datagram[0]), datagram[1:].decode(errors="replace"))
