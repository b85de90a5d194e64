# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""One channel of a Linux PWM chip: taken over from whatever state it is in, written, stopped.

What the kernel refuses is in drivers/pwm/core.c and the chip's driver: a duty longer than the
period; until Linux 6.10 anything at all while the period is 0; a polarity that changes while the
channel is enabled; and a PCA9685 a period that differs from that of another channel in use.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path

from deepracer_core.errors import DeviceError
from deepracer_servo.devices.sysfs_files import Store, patiently, read_attribute

PERIOD_NS = 20_000_000
# Chips round: a PCA9685 that was asked for 20 ms says 19.988 ms.
_SAME_PERIOD = range(PERIOD_NS * 999 // 1000, PERIOD_NS * 1001 // 1000)


class PwmChannel:
    """A channel, exported or not."""

    def __init__(self, chip: Path, number: int, polarity: str, store: Store) -> None:
        """Touch nothing yet.

        Args:
            chip: folder of the chip.
            number: of the channel on the chip.
            polarity: `normal` or `inversed`.
            store: stores attributes.
        """
        self._chip = chip
        self._number = number
        self._folder = chip / f"pwm{number}"
        self._polarity = polarity
        self._store = store
        self._written = ""
        self.interfered = False

    def export(self) -> None:
        """Have the channel, and wait until its files are there.

        Raises:
            OSError: there is no such channel, a driver of the kernel has it, or no permission.
        """
        if not self._folder.exists():
            try:
                patiently(lambda: self._store(self._chip / "export", str(self._number)))
            except OSError as error:
                if error.errno == errno.ENODEV:
                    raise DeviceError(f"{self._chip} has no channel {self._number}") from error
                if error.errno != errno.EBUSY:  # Exported already, or taken: its files will tell.
                    raise
        try:
            patiently(lambda: self._read("enable"))
        except FileNotFoundError:
            raise DeviceError(
                f"{self._folder} does not appear: another driver of the kernel may use the channel"
            ) from None

    def unexport(self) -> None:
        """Give the channel back where it is exported; OSError where that is refused."""
        if self._folder.exists():
            patiently(lambda: self._store(self._chip / "unexport", str(self._number)))

    def keeps_time(self) -> bool:
        """Return whether the exported channel has the right period."""
        return self._period() in _SAME_PERIOD

    def quieten(self, pulse_ns: int) -> None:
        """Put a pulse [ns] on the exported channel if it can bear that as it is, else nothing."""
        if self._is_inverted() and self._is_enabled():
            self._set("enable", "0")
        period = self._period()
        if period:
            self._set("duty_cycle", str(pulse_ns if pulse_ns <= period else 0))

    def start(self, pulse_ns: int) -> None:
        """Make the exported channel repeat a pulse [ns], whatever it did before.

        At every moment it puts out what it did before, this pulse, or nothing; and no duty is
        longer than the period. A channel that runs as it should is not interrupted for it: an ESC
        would disarm.

        Raises:
            OSError: the kernel refuses, with the reason and what to do.
        """
        self.quieten(pulse_ns)
        if self._period() != PERIOD_NS:
            self._set("period", str(PERIOD_NS))
        if self._is_inverted():
            self._set("polarity", self._polarity)
        self._written = str(pulse_ns)
        self._set("duty_cycle", self._written)
        if not self._is_enabled():
            self._set("enable", "1")

    def write(self, pulse_ns: int) -> None:
        """Put a pulse [ns] on the started channel.

        Raises:
            OSError: it is gone, refuses, or was switched off by somebody else.
        """
        if not self._is_enabled():
            raise DeviceError(f"{self._folder} was switched off by another program")
        self.interfered |= self._read("duty_cycle") != self._written
        self._written = str(pulse_ns)
        self._store(self._folder / "duty_cycle", self._written)

    def stop(self, neutral_ns: int) -> str:
        """End whatever the channel drives by the mildest means that works, and say which."""
        for means, path, text in (
            ("neutral", self._folder / "duty_cycle", str(neutral_ns)),
            ("without pulses", self._folder / "enable", "0"),
            ("released", self._chip / "unexport", str(self._number)),
        ):
            with suppress(OSError):
                self._store(path, text)
                return means
        return "out of reach"

    def _is_inverted(self) -> bool:
        """Return whether the polarity is the wrong one; drivers that have one may have no file."""
        try:
            return self._read("polarity") != self._polarity
        except FileNotFoundError:
            return False

    def _is_enabled(self) -> bool:
        return self._read("enable") == "1"

    def _period(self) -> int:
        text = self._read("period")
        if not text.isdecimal():
            raise DeviceError(f"{self._folder}/period says {text!r}, which is no time")
        return int(text)

    def _read(self, attribute: str) -> str:
        return read_attribute(self._folder / attribute)

    def _set(self, attribute: str, text: str) -> None:
        try:
            patiently(lambda: self._store(self._folder / attribute, text))
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.EINVAL):
                raise
            raise DeviceError(self._refusal(attribute, text)) from error

    def _refusal(self, attribute: str, text: str) -> str:
        refused = f"{self._folder} refuses {attribute} {text}"
        if attribute == "polarity":
            return f"{refused}: this chip cannot, set sysfs_polarity to what it has"
        others = sorted(set(self._chip.glob("pwm[0-9]*")) - {self._folder})
        names = ", ".join(other.name for other in others) or "other channels"
        return (
            f"{refused}: all channels of a PCA9685 share one period; give {names} 20 ms too, or "
            f"unexport what is not needed ({self._chip}/unexport)"
        )
