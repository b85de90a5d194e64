# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The GPIO that cuts the motor off, as the DeepRacer's board has one: 1 cuts off, 0 lets it run.

Numbers of GPIOs moved between kernels (the DeepRacer's line was 436, then 514), chips and the
offsets of their lines did not: a line is found by the label of its chip.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from deepracer_core.errors import DeviceError
from deepracer_servo.devices.sysfs_files import (
    Store,
    explain,
    patiently,
    read_attribute,
    store_attribute,
)


class CutoffLine:
    """A cut-off line; the first use takes it over, and cuts the motor off by that."""

    def __init__(self, root: Path, name: str, store: Store = store_attribute) -> None:
        """Touch nothing yet.

        Args:
            root: folder with the kernel's gpio class.
            name: LABEL:OFFSET of the line's chip.
            store: stores attributes.
        """
        self._gpio = root / "gpio"
        self._name = name
        self._store = store
        self._folder: Path | None = None

    def engage(self) -> None:
        """Cut the motor off.

        Raises:
            DeviceError: there is no such line, it is in use, or no permission; with what to do.
        """
        # "high" makes it an output that is 1 from the start, whatever it was.
        self._try(lambda: self._store(self._taken() / "direction", "high"))

    def release(self) -> None:
        """Let the motor run; DeviceError as for `engage`."""
        self._try(lambda: self._store(self._taken() / "value", "0"))

    def engaged(self) -> bool:
        """Return whether the motor is cut off, by whomever; OSError where the line is gone."""
        return read_attribute(self._taken() / "value") != "0"

    def _taken(self) -> Path:
        """Return the folder of the line, which is taken over at first."""
        if self._folder is None:
            self._folder = self._take()
        return self._folder

    def _take(self) -> Path:
        label, _, offset = self._name.rpartition(":")
        number = _find_number(self._gpio, label, int(offset))
        folder = self._gpio / f"gpio{number}"
        if not folder.exists():
            try:
                patiently(lambda: self._store(self._gpio / "export", str(number)))
            except OSError as error:
                if error.errno == errno.EBUSY:
                    raise DeviceError(f"GPIO {number} is used by the kernel itself") from error
                raise
        patiently(lambda: self._store(folder / "direction", "high"))
        if read_attribute(folder / "active_low") != "0":
            patiently(lambda: self._store(folder / "active_low", "0"))
        return folder

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            raise DeviceError(f"the cut-off line {self._name} fails: {explain(error)}") from error


def _find_number(gpio: Path, label: str, offset: int) -> int:
    """Return the kernel's number of a line; DeviceError where its chip is not found, or twice."""
    chips = [(read_attribute(chip / "label"), chip) for chip in sorted(gpio.glob("gpiochip*"))]
    found = [chip for name, chip in chips if name == label]
    if len(found) != 1:
        count = "several GPIO chips are" if found else "no GPIO chip is"
        labels = ", ".join(sorted({name for name, _ in chips})) or f"none in {gpio}"
        raise DeviceError(f"{count} called {label}: set sysfs_cutoff_line to one of {labels}")
    lines = int(read_attribute(found[0] / "ngpio"))
    if offset >= lines:
        raise DeviceError(f"{label} has lines 0 to {lines - 1}: set sysfs_cutoff_line to one")
    return int(read_attribute(found[0] / "base")) + offset
