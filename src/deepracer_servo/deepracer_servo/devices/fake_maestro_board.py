# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the firmware of a Maestro does, as its user's guide describes it: bytes in, pulses out.

Time is an argument, so that it runs in real time behind a port as well as in none.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from deepracer_servo.devices.maestro import QUARTER_NS, Command, Errors, PacketReader

HISTORY = 100_000


@dataclass(frozen=True)
class BoardSettings:
    """What the Maestro Control Center sets on a board; the defaults are those of the factory.

    Attributes:
        listens: whether its serial mode is USB Dual Port; in UART mode it ignores USB.
        homes_ns: channel → pulse after an error [ns]; 0 is Off, None is Ignore; others are Off.
        serial_timeout: [s]; 0: none.
        crc: whether commands must end with a CRC.
        device_number: of the Pololu protocol.
        channels: how many it has.
        limits_ns: shortest and longest pulse of each channel [ns].
        period: time between two pulses [s].
    """

    listens: bool = False
    homes_ns: Mapping[int, int | None] = field(default_factory=dict)
    serial_timeout: float = 0.0
    crc: bool = False
    device_number: int = 12
    channels: int = 6
    limits_ns: tuple[int, int] = (992_000, 2_000_000)
    period: float = 0.02


@dataclass
class _Channel:
    """One output; pulses in quarters of a microsecond, rates in quarters per 10 ms."""

    target: float = 0.0
    position: float = 0.0
    speed: int = 0
    acceleration: int = 0
    rate: float = 0.0

    def step(self, period: float) -> None:
        """Put out the next pulse."""
        # Coming from Off the board knows no position to start from, and jumps.
        if not self.position or not self.target or not (self.speed or self.acceleration):
            self.position, self.rate = self.target, 0.0
            return
        distance = abs(self.target - self.position)
        rate = self.speed or math.inf
        if self.acceleration:
            gain = self.acceleration / 8
            rate = min(rate, self.rate + gain * period / 0.01)
            rate = min(rate, max(gain, math.sqrt(2 * gain * distance)))
        self.rate = rate
        step = min(distance, rate * period / 0.01)
        self.position += math.copysign(step, self.target - self.position)


class Board:
    """A Maestro without its USB port.

    Args:
        settings: what is set on it.
        now: [s] of the clock by which all other times are given.
    """

    def __init__(self, settings: BoardSettings, now: float) -> None:
        """Start: all channels go home, as after an error."""
        self._settings = settings
        self._reader = PacketReader(settings.crc, settings.device_number)
        self._channels = [_Channel() for _ in range(settings.channels)]
        self._heard = self._pulsed = now
        self.errors = Errors(0)
        self.history: deque[tuple[float, int, int]] = deque(maxlen=HISTORY)
        self._go_home()

    def output(self, channel: int) -> int:
        """Return the pulse [ns] that a channel puts out; 0: none."""
        return round(self._channels[channel].position) * QUARTER_NS

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """Take bytes from the command port and return the answers to them."""
        self.advance(now)
        answers: list[bytes] = []
        for item in self._reader.read(data if self._settings.listens else b""):
            if isinstance(item, Errors):
                self._fail(item)
            else:
                answers += self._obey(*item, now)
        return answers

    def advance(self, now: float) -> float:
        """Let time pass, and return when it is due again."""
        limit = self._settings.serial_timeout
        due = self._heard + limit if limit and not self.errors & Errors.TIMEOUT else math.inf
        if now >= due:
            self._pulse(math.nextafter(due, 0.0))  # One of that very moment is at home.
            self._fail(Errors.TIMEOUT)
        self._pulse(now)
        return min(due, self._pulsed + self._settings.period)

    def _pulse(self, now: float) -> None:
        while now - self._pulsed >= self._settings.period:
            self._pulsed += self._settings.period
            for number, channel in enumerate(self._channels):
                before = self.output(number)
                channel.step(self._settings.period)
                if self.output(number) != before:
                    self.history.append((self._pulsed, number, self.output(number)))

    def _obey(self, command: Command, data: bytes, now: float) -> list[bytes]:
        if data and data[0] >= len(self._channels):
            self._fail(Errors.PROTOCOL)
            return []
        self._heard = now
        if command is Command.GET_ERRORS:
            errors, self.errors = self.errors, Errors(0)
            return [int(errors).to_bytes(2, "little")]
        if command is Command.GET_POSITION:
            return [round(self._channels[data[0]].position).to_bytes(2, "little")]
        if command is Command.GO_HOME:
            self._go_home()
        elif data:
            self._set(self._channels[data[0]], command, data[1] | data[2] << 7)
        return []

    def _set(self, channel: _Channel, command: Command, value: int) -> None:
        if command is Command.SET_TARGET:
            low, high = (limit / QUARTER_NS for limit in self._settings.limits_ns)
            channel.target = min(max(value, low), high) if value else 0.0
        elif command is Command.SET_SPEED:
            channel.speed = value
        else:
            channel.acceleration = value

    def _fail(self, errors: Errors) -> None:
        self.errors |= errors
        self._go_home()

    def _go_home(self) -> None:
        for number, channel in enumerate(self._channels):
            home = self._settings.homes_ns.get(number, 0)
            if home is not None:
                channel.target = home / QUARTER_NS
