# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Devices with real pulses, by name: what the guard process needs to own one.

This module, and all that the guard imports, stays free of numpy and ROS: a guard that has to be
replaced while the car drives must be up in a few tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from deepracer_core.pulses import Pulses
from deepracer_servo.devices.settings import MaestroSettings, SysfsSettings


class PwmDevice(Protocol):
    """An open device with one steering and one throttle channel, on which it wrote neutral.

    Its guard calls it from one thread, at least every 50 ms, and closes it as soon as a call
    raised. No call may take longer than 50 ms.

    Attributes:
        neutral: what stops the motor when a write fails; the guard keeps it up to date.
    """

    neutral: Pulses

    def write(self, pulses: Pulses) -> None:
        """Put pulses [ns] on both channels and make sure that the device is there.

        Raises:
            DeviceError: they are not on the channels, or the device does not answer as it
                should; the message says what to do. The device has done all it can to stop the
                motor before.
        """
        ...

    def remarks(self) -> str:
        """Return what the user should know although pulses are written; empty for nothing."""
        ...

    def close(self) -> None:
        """Write nothing more and release the device; more than once is harmless."""
        ...


@dataclass(frozen=True)
class DeviceKind:
    """One kind of device: its settings, and `module:callable` that opens it.

    The callable takes the settings and the neutral pulses. It writes neutral before anything
    else and returns a PwmDevice; DeviceError where there is none or it refuses.
    """

    settings: type[Any]
    opener: str

    def load(self) -> Callable[[Any, Pulses], PwmDevice]:
        """Import the module and return the callable."""
        module, name = self.opener.split(":")
        opener: Callable[[Any, Pulses], PwmDevice] = getattr(import_module(module), name)
        return opener

    def open(self, settings: Any, neutral: Pulses) -> PwmDevice:
        """Open the device; DeviceError says why not and what to do."""
        return self.load()(settings, neutral)


DEVICES = {
    "sysfs": DeviceKind(SysfsSettings, "deepracer_servo.devices.sysfs_pwm:SysfsPwm"),
    "maestro": DeviceKind(MaestroSettings, "deepracer_servo.devices.maestro_pwm:MaestroPwm"),
}
