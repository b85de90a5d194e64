# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The serial protocol of Pololu's Maestro servo controllers, without any I/O.

Source: Pololu Maestro User's Guide (0J40), sections 4.e (errors) and 5.c to 5.f (commands). A
packet starts with a byte whose top bit is set; its data bytes have 7 bits. Targets and positions
count quarters of a microsecond. Answers are little-endian pairs of whole bytes and bear no CRC.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, IntFlag

from deepracer_core.errors import DeviceError

QUARTER_NS = 250
# What every model can generate: 64 µs to 3280 µs.
SHORTEST, LONGEST = 256, 13_120

_POLOLU = 0xAA
_COMMAND_BIT = 0x80


class Command(IntEnum):
    """First byte of a packet in the compact protocol."""

    SET_TARGET = 0x84
    SET_SPEED = 0x87
    SET_ACCELERATION = 0x89
    GET_POSITION = 0x90
    GET_ERRORS = 0xA1
    GO_HOME = 0xA2
    STOP_SCRIPT = 0xA4


DATA_BYTES = {
    Command.SET_TARGET: 3,
    Command.SET_SPEED: 3,
    Command.SET_ACCELERATION: 3,
    Command.GET_POSITION: 1,
    Command.GET_ERRORS: 0,
    Command.GO_HOME: 0,
    Command.STOP_SCRIPT: 0,
}


class Errors(IntFlag):
    """The error register. As soon as a bit appears, the board sends all its channels home."""

    SIGNAL = 1 << 0
    OVERRUN = 1 << 1
    BUFFER_FULL = 1 << 2
    CRC = 1 << 3
    PROTOCOL = 1 << 4
    TIMEOUT = 1 << 5
    SCRIPT_STACK = 1 << 6
    SCRIPT_CALL_STACK = 1 << 7
    SCRIPT_COUNTER = 1 << 8

    @property
    def unknown(self) -> int:
        """The bits that no Maestro sets."""
        return int(self) & ~sum(_WORDS)

    @property
    def in_words(self) -> str:
        """The bits that are set, in words; none of the unknown ones."""
        return ", ".join(text for bit, text in _WORDS.items() if self & bit)


_WORDS = {
    Errors.SIGNAL: "serial signal error",
    Errors.OVERRUN: "serial overrun",
    Errors.BUFFER_FULL: "serial buffer full",
    Errors.CRC: "CRC error",
    Errors.PROTOCOL: "protocol error",
    Errors.TIMEOUT: "serial time-out",
    Errors.SCRIPT_STACK: "script stack error",
    Errors.SCRIPT_CALL_STACK: "script call stack error",
    Errors.SCRIPT_COUNTER: "script program counter error",
}


def quarters(pulse_ns: int) -> int:
    """Return a pulse [ns] as a target; DeviceError where no Maestro can generate it."""
    target = round(pulse_ns / QUARTER_NS)
    if not SHORTEST <= target <= LONGEST:
        raise DeviceError(f"a Maestro has no pulse of {pulse_ns} ns; correct the calibration")
    return target


def set_target(channel: int, target: int) -> bytes:
    """Let a channel put out pulses of `target` quarters of a microsecond; 0 ends the pulses."""
    return _set(Command.SET_TARGET, channel, target)


def set_speed(channel: int, speed: int) -> bytes:
    """Limit the change of a channel's pulse to `speed` quarters per 10 ms; 0: no limit."""
    return _set(Command.SET_SPEED, channel, speed)


def set_acceleration(channel: int, acceleration: int) -> bytes:
    """Limit the change of a channel's speed to `acceleration` units in 80 ms; 0: no limit."""
    return _set(Command.SET_ACCELERATION, channel, acceleration)


def get_position(channel: int) -> bytes:
    """Ask for the pulse that a channel puts out [quarters]; two bytes answer, 0: no pulses."""
    return bytes((Command.GET_POSITION, channel))


def get_errors() -> bytes:
    """Ask for the error register, which is cleared by that; two bytes answer."""
    return bytes((Command.GET_ERRORS,))


def stop_script() -> bytes:
    """Stop the user script on the board, so that nobody else moves channels."""
    return bytes((Command.STOP_SCRIPT,))


def _set(command: Command, channel: int, value: int) -> bytes:
    return bytes((command, channel, value & 0x7F, value >> 7))


def crc7(packet: bytes) -> int:
    """Return the CRC-7 of a packet: polynomial 0x91, least significant bit first."""
    crc = 0
    for byte in packet:
        crc ^= byte
        for _ in range(8):
            crc = (crc ^ 0x91 if crc & 1 else crc) >> 1
    return crc


def join(packets: tuple[bytes, ...], crc: bool) -> bytes:
    """Return packets as they go over the wire, each with its CRC where the board wants one."""
    return b"".join(packet + bytes((crc7(packet),)) if crc else packet for packet in packets)


class PacketReader:
    """What a board makes of the bytes that it receives.

    Args:
        crc: whether packets must end with their CRC.
        device_number: which packets of the longer Pololu protocol are for this board.
    """

    def __init__(self, crc: bool, device_number: int) -> None:
        """Wait for a packet."""
        self._crc = crc
        self._device_number = device_number
        self._packet = bytearray()
        self._foreign = False

    def read(self, received: bytes) -> Iterator[tuple[Command, bytes] | Errors]:
        """Yield commands with their data, and errors, in their order."""
        for byte in received:
            if byte & _COMMAND_BIT:
                if self._packet:
                    yield Errors.PROTOCOL
                self._packet, self._foreign = bytearray((byte,)), False
            elif self._packet:
                self._packet.append(byte)
            elif not self._foreign:
                yield Errors.PROTOCOL
            if self._packet:
                yield from self._complete()

    def _complete(self) -> Iterator[tuple[Command, bytes] | Errors]:
        """Yield what the packet is, once it is complete or cannot become anything."""
        packet = bytes(self._packet)
        start = 3 if packet[0] == _POLOLU else 1
        if start == 3 and len(packet) == 2 and packet[1] != self._device_number:
            self._packet, self._foreign = bytearray(), True
        if self._foreign or len(packet) < start:
            return
        try:
            command = Command(packet[start - 1] | _COMMAND_BIT)
        except ValueError:
            self._packet.clear()
            yield Errors.PROTOCOL
            return
        end = start + DATA_BYTES[command]
        if len(packet) == end + self._crc:
            self._packet.clear()
            damaged = self._crc and crc7(packet[:end]) != packet[end]
            yield Errors.CRC if damaged else (command, packet[start:end])
