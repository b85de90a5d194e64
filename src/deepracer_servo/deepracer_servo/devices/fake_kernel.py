# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""PWM channels and GPIO lines as the kernel guards them: their states, and what it refuses.

Only states, no files: those are in `fake_sysfs`. As strict as the strictest kernel in use. See
drivers/pwm/core.c, drivers/pwm/pwm-pca9685.c and drivers/gpio/gpiolib-sysfs.c in Linux.
"""

from __future__ import annotations

import errno
import os
from dataclasses import asdict, dataclass, replace
from typing import Any

# A PCA9685: 25 MHz divided by 4096 steps and its prescaler, which says 200 Hz after power-up.
_STEP_NS = 4096 * 40
_FIRST_PRESCALE, _PRESCALES = 30, range(3, 256)


def refusal(number: int) -> OSError:
    """Return the error that a write meets which the kernel refuses with `number`."""
    return OSError(number, os.strerror(number))


@dataclass(frozen=True)
class PwmState:
    """What the attributes of a PWM channel say; times in ns."""

    period: int = 0
    duty_cycle: int = 0
    polarity: str = "normal"
    enable: int = 0

    def texts(self) -> dict[str, str]:
        """Return attributes and what they say."""
        return {name: str(value) for name, value in asdict(self).items()}


class FakePwmChip:
    """A chip of 16 channels.

    Args:
        one_period: whether all channels share it, as on a PCA9685.
    """

    CHANNELS = 16

    def __init__(self, one_period: bool = True) -> None:
        """Have no channel exported."""
        self.one_period = one_period
        self._prescale = _FIRST_PRESCALE
        self._in_use: set[int] = set()
        self.states: dict[int, PwmState] = {}

    def export(self, channel: int) -> None:
        """Give a channel out."""
        if not 0 <= channel < self.CHANNELS:
            raise refusal(errno.ENODEV)
        if channel in self.states:
            raise refusal(errno.EBUSY)
        # The driver of a PCA9685 counts a channel as enabled from here on.
        period = (self._prescale + 1) * _STEP_NS
        fresh = PwmState(period=period, enable=1) if self.one_period else PwmState()
        self.leave(channel, fresh)

    def leave(self, channel: int, state: PwmState) -> None:
        """Have a channel exported, and in a state that somebody left it in."""
        self.states[channel] = state
        if state.enable:
            self._in_use.add(channel)
            self._prescale = _prescale(state.period) if self.one_period else 0

    def unexport(self, channel: int) -> None:
        """Take a channel back, which ends its pulses."""
        if channel not in self.states:
            raise refusal(errno.ENODEV)
        del self.states[channel]
        self._in_use.discard(channel)

    def store(self, channel: int, attribute: str, text: str) -> None:
        """Change one attribute of an exported channel."""
        old = self.states[channel]
        new = replace(old, **{attribute: _parse_pwm(attribute, text)})
        if not 0 <= new.duty_cycle <= new.period or not new.period:
            raise refusal(errno.EINVAL)
        if new.polarity != old.polarity:
            if self.one_period:
                raise refusal(errno.EINVAL)
            if old.enable:
                raise refusal(errno.EBUSY)
        if self.one_period:
            self._share_period(channel, new)
        self.states[channel] = new

    def pulse_ns(self, channel: int) -> int:
        """Return the pulse [ns] that a channel puts out, 0 for none."""
        state = self.states.get(channel, PwmState())
        return state.duty_cycle if state.enable else 0

    def _share_period(self, channel: int, new: PwmState) -> None:
        prescale = _prescale(new.period)
        if prescale not in _PRESCALES:
            raise refusal(errno.EINVAL)
        if not new.enable:
            self._in_use.discard(channel)
            return
        if prescale != self._prescale and self._in_use - {channel}:
            raise refusal(errno.EBUSY)
        self._prescale = prescale
        self._in_use.add(channel)


class FakeGpioChip:
    """A GPIO chip; `base` is the kernel's number of its first line."""

    def __init__(self, label: str, base: int, lines: int = 78) -> None:
        """Have no line exported."""
        self.label = label
        self.base = base
        self.lines = lines
        self.states: dict[int, dict[str, str]] = {}

    def export(self, number: int) -> None:
        """Give a line out; it is an input, and low."""
        if number not in range(self.base, self.base + self.lines):
            raise refusal(errno.EINVAL)
        if number in self.states:
            raise refusal(errno.EBUSY)
        self.states[number] = {"direction": "in", "value": "0", "active_low": "0"}

    def says(self, number: int, attribute: str) -> str:
        """Return what an attribute of an exported line says."""
        return self.states[number][attribute]

    def store(self, number: int, attribute: str, text: str) -> None:
        """Change one attribute of an exported line."""
        state = self.states[number]
        if attribute == "direction":
            if text not in ("in", "out", "low", "high"):
                raise refusal(errno.EINVAL)
            if text != "in":
                state["value"] = str(int((text == "high") != (state["active_low"] == "1")))
            text = "in" if text == "in" else "out"
        elif not text.isdecimal():
            raise refusal(errno.EINVAL)
        elif attribute == "value" and state["direction"] == "in":
            raise refusal(errno.EPERM)
        state[attribute] = text

    def level(self, number: int) -> bool | None:
        """Return whether a line is driven high; None where it is not driven."""
        state = self.states.get(number, {"direction": "in"})
        if state["direction"] == "in":
            return None
        return (state["value"] != "0") != (state["active_low"] != "0")


def _parse_pwm(attribute: str, text: str) -> Any:
    if attribute == "polarity":
        if text not in ("normal", "inversed"):
            raise refusal(errno.EINVAL)
        return text
    if not text.isdecimal() or (attribute == "enable" and text not in ("0", "1")):
        raise refusal(errno.EINVAL)
    return int(text)


def _prescale(period_ns: int) -> int:
    return round(period_ns / _STEP_NS) - 1
