# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The USB port of a Maestro: packets out, numbers in, never blocking for long."""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import serial

from deepracer_core.errors import DeviceError
from deepracer_servo.devices.maestro import join

PORTS = Path("/dev/serial/by-id")
# An answer takes about 2 ms; whoever asks has 50 ms for all that it does.
ANSWER_S = 0.035
# Answers to whoever had the port before may still be on their way.
STALE_S, STALE_BYTES = 0.02, 4096

_IN_USE = "is in use by another program; end that"
_REASONS = {
    errno.ENOENT: "is not there; check the USB cable",
    errno.EACCES: "may not be opened; sudo usermod -aG dialout $USER, then log in anew",
    errno.EWOULDBLOCK: _IN_USE,
    errno.EBUSY: _IN_USE,
}


class MaestroPort:
    """An open port. Every method raises DeviceError when the port is gone, stuck or silent.

    Args:
        path: of the board's command port.
        crc: whether the board wants a CRC on each packet.
    """

    def __init__(self, path: str, crc: bool) -> None:
        """Open the port, for this process alone."""
        self._path = path
        self._crc = crc
        try:
            self._serial = serial.Serial(path, timeout=ANSWER_S, exclusive=True)
        except (OSError, termios.error) as error:
            reason = _REASONS.get(getattr(error, "errno", None) or 0)
            raise DeviceError(f"{path} {reason or f'cannot be opened ({error})'}") from error

    def send(self, *packets: bytes) -> None:
        """Send packets that are not answered."""
        data = join(packets, self._crc)
        with self._in_words():
            # Not by pyserial's write: its time-out can strike after all bytes have left.
            try:
                taken = os.write(self._serial.fileno(), data)
            except BlockingIOError:
                taken = 0
        if taken < len(data):
            raise DeviceError(f"{self._path} is stuck; unplug the Maestro and plug it in again")

    def ask(self, numbers: int, *packets: bytes) -> tuple[int, ...]:
        """Send packets and return the numbers that answer them, each of two bytes."""
        self.send(*packets)
        with self._in_words():
            answer = self._serial.read(2 * numbers)
        if len(answer) < 2 * numbers:
            raise DeviceError(
                f"no answer from {self._path}; if it is the command port of a Maestro (…-if00), "
                "set its serial mode to USB Dual Port (factory setting: UART, detect baud rate) "
                "and maestro_crc as 'Enable CRC' is on the board"
            )
        return struct.unpack(f"<{numbers}H", answer)

    def forget_answers(self) -> None:
        """Wait for answers to questions of others, and drop them."""
        with self._in_words():
            self._serial.timeout = STALE_S
            self._serial.read(STALE_BYTES)
            self._serial.timeout = ANSWER_S

    def drop_unsent(self) -> None:
        """Drop packets that the board has not taken: it must not get them later."""
        with self._in_words():
            self._serial.reset_output_buffer()

    def close(self) -> None:
        """Release the port; more than once is harmless."""
        if self._serial.is_open:
            with contextlib.suppress(OSError, termios.error):
                self._drain()
            with contextlib.suppress(OSError):
                self._serial.close()

    def _drain(self) -> None:
        """Let the last packets leave, soon: in closing, the kernel would wait 30 s for them."""
        for _ in range(10):
            if not self._serial.out_waiting:
                return
            time.sleep(0.001)
        self._serial.reset_output_buffer()

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (OSError, termios.error) as error:
            reason = f"{self._path} is gone; check the USB cable and the Maestro's power"
            raise DeviceError(reason) from error


def find_command_port(ports: Path) -> str:
    """Return the path of the only Maestro's command port in a folder; DeviceError if not one."""
    there = sorted(entry.name for entry in ports.iterdir()) if ports.is_dir() else []
    found = [name for name in there if "Pololu" in name and "Maestro" in name]
    found = [name for name in found if name.endswith("-if00")]
    if len(found) == 1:
        return str(ports / found[0])
    listing = f"in {ports} (there: {', '.join(there) or 'nothing'})"
    if found:
        raise DeviceError(f"several Maestros {listing}; name one as maestro_device")
    raise DeviceError(f"no Maestro {listing}; check the USB cable")
