# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A Pololu Maestro on USB.

Each write asks the board what it puts out on the throttle channel and which errors it had, so a
board that is gone, deaf, confused or somebody else's is noticed with the next command. The board
has a stop of its own, for the case that this process or the cable dies: its serial time-out, after
which all channels go home. It is set with Pololu's program only; opening the board tries it out.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices import maestro
from deepracer_servo.devices.maestro import Errors
from deepracer_servo.devices.maestro_port import PORTS, MaestroPort, find_command_port
from deepracer_servo.devices.settings import MaestroSettings

# Pulses follow their targets with the next period, usually of 20 ms.
SETTLE_S = 0.05
# A cable that comes and goes should not cost a try of the time-out each time.
TRIED_FOR_S = 60.0
# Quarters of a microsecond: 2.5 µs, half of what the stock car's own PWM chip can resolve.
HOME_TOLERANCE = 10

# The board has not understood this side: a wrong CRC setting, or a second program on the port.
# What else it has misunderstood nobody knows; opening it anew sets it right. USB loses no bits, so
# this is no passing noise. Any other error is over with the targets that each write sets anew.
MISUNDERSTOOD = Errors.CRC | Errors.PROTOCOL


class MaestroPwm:
    """The two channels of an open Maestro.

    Args:
        settings: which board and channels.
        neutral: pulses [ns] that stop the motor.
        ports: where to look for a board, if the settings name none.
    """

    _tried: ClassVar[dict[str, float]] = {}

    def __init__(self, settings: MaestroSettings, neutral: Pulses, ports: Path = PORTS) -> None:
        """Open the board and write neutral; DeviceError where there is none or it refuses."""
        self._settings = settings
        self._steering = settings.maestro_steering_channel
        self._throttle = settings.maestro_throttle_channel
        self.neutral = neutral
        self._target = maestro.quarters(neutral.throttle_ns)
        self._former: dict[int, float] = {}
        self._homed_until = 0.0
        self._failed = False
        self._errors: Counter[str] = Counter()
        self._path = settings.maestro_device or find_command_port(ports)
        self._port = MaestroPort(self._path, settings.maestro_crc)
        try:
            with self._stopping():
                self._start()
                self._warning = self._try_timeout()
                self._port.send(*self._targets(self.neutral))
                time.sleep(SETTLE_S)
                self._write(neutral)
        except DeviceError:
            self._port.close()
            raise

    def write(self, pulses: Pulses) -> None:
        """Put pulses [ns] on both channels; DeviceError where the board does not confirm it."""
        with self._stopping():
            self._write(pulses)

    def remarks(self) -> str:
        """Return what is wrong with the board's own stop, and which errors it had."""
        errors = ", ".join(f"{text} ×{count}" for text, count in self._errors.items())
        return "; ".join(filter(None, (self._warning, errors and f"errors got over: {errors}")))

    def close(self) -> None:
        """Release the board; more than once is harmless."""
        self._port.close()

    @contextlib.contextmanager
    def _stopping(self) -> Iterator[None]:
        """Stop the motor, as well as can be, where something fails."""
        try:
            yield
        except DeviceError:
            with contextlib.suppress(DeviceError):
                self._port.drop_unsent()
                self._port.send(*self._targets(self.neutral))
            raise

    def _start(self) -> None:
        """Write neutral, and undo what others have left behind on board and port."""
        limits = [
            limit(channel, 0)
            for channel in (self._steering, self._throttle)
            for limit in (maestro.set_speed, maestro.set_acceleration)
        ]
        self._port.send(maestro.stop_script(), *limits, *self._targets(self.neutral))
        self._port.forget_answers()
        self._port.ask(1, maestro.get_errors())

    def _try_timeout(self) -> str:
        """Keep silent until the board must have stopped the car; return what is wrong, if so.

        Meanwhile the throttle is a quarter of a microsecond beside neutral, which no ESC notices:
        so a channel that went home differs from one that was left alone.
        """
        limit, tried = self._settings.maestro_serial_timeout, self._tried.get(self._path)
        if not limit or (tried is not None and time.monotonic() - tried < TRIED_FOR_S):
            return ""
        beside = self._target + 1
        self._port.ask(1, maestro.set_target(self._throttle, beside), maestro.get_errors())
        time.sleep(limit + SETTLE_S)
        position, errors = self._port.ask(2, *self._questions())
        if not errors & Errors.TIMEOUT:
            found, remedy = "does not stop by itself", f"Serial Settings, Timeout: {limit:.2f} s"
        elif position != beside and abs(position - self._target) <= HOME_TOLERANCE:
            self._tried[self._path] = time.monotonic()
            return ""
        else:
            homes = {0: "ends its pulses", beside: "leaves its pulses as they are"}
            home = homes.get(position, f"goes to {_in_us(position)}")
            found = f"stops by itself, but throttle channel {self._throttle} then {home}"
            remedy = f"Channel Settings, On startup or error: Go to {_in_us(self._target)}"
        return f"the Maestro {found}; set in the Maestro Control Center: {remedy}"

    def _write(self, pulses: Pulses) -> None:
        now = time.monotonic()
        targets, target = self._targets(pulses), maestro.quarters(pulses.throttle_ns)
        if target != self._target:
            self._former[self._target] = now + SETTLE_S
            self._target = target
        self._former = {old: until for old, until in self._former.items() if until > now}
        position, errors = self._port.ask(2, *targets, *self._questions())
        if errors:
            self._get_over(Errors(errors))
            return
        self._failed = False
        if position != target and position not in self._former and now >= self._homed_until:
            raise DeviceError(
                f"the Maestro puts out {_in_us(position)} on throttle channel {self._throttle}, "
                f"not {_in_us(target)}; it must be a Servo, its Min and Max must enclose all "
                "pulses, and no other program may use the board"
            )

    def _get_over(self, errors: Errors) -> None:
        """Note errors, which had sent all channels home; DeviceError where they are not over."""
        if errors.unknown:
            raise DeviceError(
                f"{self._path} answers what no Maestro would; it must be the board's command port "
                "(…-if00), and no other program may use it"
            )
        if errors & MISUNDERSTOOD:
            raise DeviceError(
                f"the Maestro reports: {errors.in_words}; set maestro_crc as 'Enable CRC' is on "
                "the board, and end other programs that use it"
            )
        if self._failed:
            raise DeviceError(f"the Maestro reports again and again: {errors.in_words}")
        self._failed = True
        self._errors[errors.in_words] += 1
        self._homed_until = time.monotonic() + SETTLE_S

    def _targets(self, pulses: Pulses) -> tuple[bytes, ...]:
        return (
            maestro.set_target(self._steering, maestro.quarters(pulses.steering_ns)),
            maestro.set_target(self._throttle, maestro.quarters(pulses.throttle_ns)),
        )

    def _questions(self) -> tuple[bytes, bytes]:
        return maestro.get_position(self._throttle), maestro.get_errors()


def _in_us(quarters: int) -> str:
    return f"{quarters / 4:.2f} µs"
