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

_COMMAND = struct.Struct("=qi4I")
LONGEST_BYTES = 4096
# Instead of a command: the guard is not needed any more, and the device is no concern of its.
DISMISSED = b"dismissed"


class Command(NamedTuple):
    """What a guard is to do: own the device and write, or stand by for another one.

    Attributes:
        sent_ns: when it was sent [ns, monotonic].
        owner: process id of the guard that owns the device; 0: whoever reads this.
        pulses: for the device.
        neutral: what to write instead when no command follows.
    """

    sent_ns: int
    owner: int
    pulses: Pulses
    neutral: Pulses

    def encode(self) -> bytes:
        """Return the datagram."""
        return _COMMAND.pack(self.sent_ns, self.owner, *self.pulses, *self.neutral)

    @classmethod
    def decode(cls, datagram: bytes) -> Command:
        """Return the command in a datagram."""
        sent_ns, owner, *widths = _COMMAND.unpack(datagram)
        return cls(sent_ns, owner, Pulses(*widths[:2]), Pulses(*widths[2:]))


class DeviceState(IntEnum):
    """How a guard's device is."""

    STARTING = 0  # No word from the guard yet.
    STANDING_BY = 1  # It is another guard's.
    OPENING = 2
    READY = 3
    FAILED = 4


class Report(NamedTuple):
    """How it goes; but for opening its device, a guard sends one at least every 75 ms.

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
