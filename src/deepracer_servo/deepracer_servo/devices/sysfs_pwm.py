# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Linux PWM: the DeepRacer's own board, or a PCA9685 behind its driver in the kernel.

The chip is found by the bus that it hangs on, since the number of a chip depends on the order in
which drivers were loaded. Nothing here needs root where udev gives the files to our group.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices.cutoff_line import CutoffLine
from deepracer_servo.devices.settings import SysfsSettings
from deepracer_servo.devices.sysfs_channel import PwmChannel
from deepracer_servo.devices.sysfs_files import Store, explain, store_attribute


class SysfsPwm:
    """Two channels of a chip at 50 Hz, and the cut-off line where there is one.

    Attributes:
        neutral: what is tried first to stop the motor after a failure; may be set.
    """

    def __init__(
        self, settings: SysfsSettings, neutral: Pulses, store: Store = store_attribute
    ) -> None:
        """Write neutral, and only then let the cut-off line go.

        Args:
            settings: where the chip is, and which channels are whose.
            neutral: what is written first.
            store: stores attributes.

        Raises:
            DeviceError: chip, channels or line are not as the settings say, with what to do.
        """
        root = Path(settings.sysfs_root)
        self.neutral = neutral
        self._line = (
            CutoffLine(root, settings.sysfs_cutoff_line, store)
            if settings.sysfs_cutoff_line
            else None
        )
        self._lock: int | None = None
        try:
            chip = find_chip(root, settings.sysfs_bus)
            self._lock = lock(chip)
            self._throttle, self._steering = (
                PwmChannel(chip, number, settings.sysfs_polarity, store)
                for number in (settings.sysfs_throttle_channel, settings.sysfs_steering_channel)
            )
            with self._stopping_on_failure():
                self._start()
                if self._line is not None:
                    self._line.engage()
                    self._line.release()
        except OSError:
            self.close()
            raise

    def write(self, pulses: Pulses) -> None:
        """Put pulses [ns] on both channels; DeviceError where they are not on them."""
        with self._stopping_on_failure():
            self._throttle.write(pulses.throttle_ns)
            self._steering.write(pulses.steering_ns)

    def remarks(self) -> str:
        """Return what keeps the car from doing as it is told although pulses are written."""
        remarks = []
        if self._throttle.interfered or self._steering.interfered:
            remarks.append(
                "another program writes to the same PWM channels: stop it (on a stock car: "
                "sudo systemctl disable --now deepracer-core)"
            )
        try:
            if self._line is not None and self._line.engaged():
                remarks.append("the motor is cut off by somebody else, through the cut-off line")
        except OSError as error:
            remarks.append(f"the cut-off line is gone: {explain(error)}")
        return "; ".join(remarks)

    def close(self) -> None:
        """Cut the motor off where that is possible; the pulses of the last write go on."""
        if self._line is not None:
            self._cut_off(self._line)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _start(self) -> None:
        self._throttle.export()
        self._throttle.quieten(self.neutral.throttle_ns)
        if not self._throttle.keeps_time():
            # A PCA9685 has one period, which it changes only while no other channel is in use;
            # and to its driver every exported channel is.
            self._steering.unexport()
        self._throttle.start(self.neutral.throttle_ns)
        self._steering.export()
        self._steering.start(self.neutral.steering_ns)

    @contextmanager
    def _stopping_on_failure(self) -> Iterator[None]:
        """Do all that can stop the motor where an attribute fails, then raise DeviceError."""
        try:
            yield
        except OSError as error:
            stopped = f"the throttle is {self._throttle.stop(self.neutral.throttle_ns)}"
            if self._line is not None:
                cut = self._cut_off(self._line)
                stopped += ", the motor is cut off" if cut else ", the cut-off line fails too"
            raise DeviceError(f"{explain(error)}; {stopped}") from error

    @staticmethod
    def _cut_off(line: CutoffLine) -> bool:
        """Return whether the line did what it is there for."""
        try:
            line.engage()
        except DeviceError:
            return False
        return True


def lock(chip: Path) -> int:
    """Return a descriptor whose closing gives the chip free; DeviceError where another has it."""
    descriptor = os.open(chip, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DeviceError(
            f"{chip} is in use by another process: end the other servo node"
        ) from None
    return descriptor


def find_chip(root: Path, bus: str) -> Path:
    """Return the folder of the only PWM chip on a bus.

    Args:
        root: folder with the kernel's pwm class.
        bus: what one part of the chip's path is called, such as `i2c-0` or `0000:00:17.0`.

    Raises:
        DeviceError: there is none, or more than one; lists them, with the parameter to set.
    """
    chips = {link.name: link.resolve() for link in sorted((root / "pwm").glob("pwmchip*"))}
    if not chips:
        raise DeviceError(f"no PWM chip in {root / 'pwm'}: is it wired, and its driver loaded?")
    found = [path for path in chips.values() if bus in path.parts]
    if len(found) != 1:
        count = "several PWM chips are" if found else "no PWM chip is"
        listed = ", ".join(f"{name} ({path})" for name, path in chips.items())
        raise DeviceError(f"{count} on {bus}: set sysfs_bus to a part of one path of {listed}")
    return found[0]
