# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A folder tree that behaves like /sys/class, with a PWM chip and a GPIO chip, to try devices on.

It is used in two ways:

* In one process, `SysfsPwm(settings, neutral, fake.store)` has each write refused as the kernel
  would, at the write itself.
* Across processes, `with FakeSysfs(folder) as fake` watches the files, which another process
  writes as it would write sysfs. What the kernel would have refused is put back, and noted.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections import deque
from functools import partial
from pathlib import Path
from typing import NamedTuple

from deepracer_servo.devices.fake_attributes import AttributeTree, Behaviour, Violation
from deepracer_servo.devices.fake_kernel import FakeGpioChip, FakePwmChip, PwmState, refusal

REMEMBERED = 100_000
_BUS_PARENT = Path("devices", "pci0000:00", "0000:00:17.0", "i2c_designware.0")


class Output(NamedTuple):
    """What a channel puts out from a moment [s, time.monotonic] on; no pulse is 0 ns."""

    time: float
    channel: int
    pulse_ns: int
    enabled: bool


class FakeSysfs:
    """The tree, its faults, and what its chips put out; safe to use from several threads.

    Attributes:
        root: for the parameter `sysfs_root`.
        chip: the states of the PWM channels.
    """

    def __init__(
        self,
        root: Path,
        *,
        bus: str = "i2c-0",
        number: int = 0,
        one_period: bool = True,
        gpio: FakeGpioChip | None = None,
        export_delay: float = 0.005,
        udev_delay: float = 0.0,
    ) -> None:
        """Make the tree.

        Args:
            root: may have the trees of other chips already.
            bus: that the PWM chip hangs on.
            number: of the PWM chip.
            one_period: whether its channels share one, as those of a PCA9685.
            gpio: a GPIO chip.
            export_delay: until the files of an exported channel are there, if watched [s].
            udev_delay: until `store` may write them [s].
        """
        self.root = root
        self.chip = FakePwmChip(one_period)
        self._history: deque[Output] = deque(maxlen=REMEMBERED)
        self._gpio = gpio
        self._device = root / _BUS_PARENT / bus / "0-0040"
        self._number = number
        self._export_delay, self._udev_delay = export_delay, udev_delay
        self._tree = AttributeTree(self._note)
        self._noted: dict[int, tuple[int, bool]] = {}
        self._add_chip()
        if gpio is not None:
            self._add_gpio_chip(gpio)

    def __enter__(self) -> FakeSysfs:
        """Begin to watch the files."""
        self._tree.watch()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching, as `close`."""
        self.close()

    def close(self) -> None:
        """Stop watching and let go of the files, which stay; more than once is harmless."""
        self._tree.close()

    def store(self, path: Path, text: str) -> None:
        """Store a text in an attribute as the kernel does it; OSError where that refuses."""
        self._tree.store(path, text)

    @property
    def history(self) -> list[Output]:
        """What the channels put out until now, oldest first."""
        with self._tree.lock:
            return list(self._history)

    @property
    def violations(self) -> list[Violation]:
        """Writes that the kernel would have refused, or that `store` did."""
        with self._tree.lock:
            return list(self._tree.violations)

    def output(self, channel: int) -> int:
        """Return the pulse [ns] that a channel puts out now, 0 where it is off."""
        with self._tree.lock:
            return self.chip.pulse_ns(channel)

    def line(self, offset: int) -> bool | None:
        """Return whether a line of the GPIO chip is high; None where nobody drives it."""
        with self._tree.lock:
            return None if self._gpio is None else self._gpio.level(self._gpio.base + offset)

    def leave(self, channel: int, state: PwmState) -> None:
        """Have a channel exported, and in a state that somebody left it in."""
        with self._tree.lock:
            self.chip.leave(channel, state)
            self._add_channel(channel)
            self._note()

    def unplug(self) -> None:
        """Take the board away, with its power: files are gone and no channel puts out anything."""
        with self._tree.lock:
            self._tree.forget(self._device)
            self._tree.forget_later()
            self._tree.read_only.clear()
            self._link().unlink(missing_ok=True)
            shutil.rmtree(self._device, ignore_errors=True)
            self.chip = FakePwmChip(self.chip.one_period)
            self._note()

    def replug(self, number: int | None = None) -> None:
        """Bring the board back as after power-up; the chip may have another number by that."""
        with self._tree.lock:
            self._number = self._number if number is None else number
            self._add_chip()

    def make_read_only(self, channel: int, attribute: str = "duty_cycle") -> None:
        """Have an attribute that nobody can write, not even root."""
        with self._tree.lock:
            path = self._channel_folder(channel) / attribute
            self._tree.forget(path)
            path.unlink()
            path.symlink_to("/proc/version")
            self._tree.read_only.add(path)

    def restore(self) -> None:
        """Make writable again what `make_read_only` changed."""
        with self._tree.lock:
            for path in self._tree.read_only:
                path.unlink()
                channel = int(path.parent.name.removeprefix("pwm"))
                self._tree.add(path, *self._behaviour(channel, path.name))
            self._tree.read_only.clear()

    def _note(self) -> None:
        """Note what changed in the output of the chip."""
        for channel in range(FakePwmChip.CHANNELS):
            pulse = self.chip.pulse_ns(channel)
            enabled = bool(self.chip.states.get(channel, PwmState()).enable)
            if self._noted.get(channel, (0, False)) != (pulse, enabled):
                self._noted[channel] = (pulse, enabled)
                self._history.append(Output(time.monotonic(), channel, pulse, enabled))

    def _add_chip(self) -> None:
        folder = self._chip_folder()
        folder.mkdir(parents=True)
        (folder / "npwm").write_text(f"{FakePwmChip.CHANNELS}\n", encoding="ascii")
        self._tree.add(folder / "export", str, self._export)
        self._tree.add(folder / "unexport", str, self._unexport)
        self._link().parent.mkdir(parents=True, exist_ok=True)
        self._link().symlink_to(os.path.relpath(folder, self._link().parent))

    def _export(self, text: str) -> None:
        channel = _number(text)
        self.chip.export(channel)
        self._tree.writable_at = time.monotonic() + self._udev_delay
        self._tree.later(self._export_delay, partial(self._add_channel, channel))

    def _unexport(self, text: str) -> None:
        channel = _number(text)
        self.chip.unexport(channel)
        self._tree.forget(self._channel_folder(channel))
        shutil.rmtree(self._channel_folder(channel), ignore_errors=True)

    def _add_channel(self, channel: int) -> None:
        self._tree.add_folder(
            self._channel_folder(channel),
            {name: self._behaviour(channel, name) for name in PwmState().texts()},
        )

    def _behaviour(self, channel: int, attribute: str) -> Behaviour:
        return (
            lambda: self.chip.states[channel].texts()[attribute],
            lambda text: self.chip.store(channel, attribute, text),
        )

    def _add_gpio_chip(self, gpio: FakeGpioChip) -> None:
        folder = self.root / "gpio" / f"gpiochip{gpio.base}"
        folder.mkdir(parents=True)
        for name, value in (("label", gpio.label), ("base", gpio.base), ("ngpio", gpio.lines)):
            (folder / name).write_text(f"{value}\n", encoding="ascii")
        self._tree.add(folder.parent / "export", str, partial(self._export_line, gpio))

    def _export_line(self, gpio: FakeGpioChip, text: str) -> None:
        number = _number(text)
        gpio.export(number)
        self._tree.writable_at = time.monotonic() + self._udev_delay
        self._tree.later(self._export_delay, partial(self._add_line, gpio, number))

    def _add_line(self, gpio: FakeGpioChip, number: int) -> None:
        self._tree.add_folder(
            self.root / "gpio" / f"gpio{number}",
            {
                name: (partial(gpio.says, number, name), partial(gpio.store, number, name))
                for name in gpio.states[number]
            },
        )

    def _chip_folder(self) -> Path:
        return self._device / "pwm" / f"pwmchip{self._number}"

    def _channel_folder(self, channel: int) -> Path:
        return self._chip_folder() / f"pwm{channel}"

    def _link(self) -> Path:
        return self.root / "pwm" / f"pwmchip{self._number}"


def _number(text: str) -> int:
    if not text.isdecimal():
        raise refusal(errno.EINVAL)
    return int(text)
