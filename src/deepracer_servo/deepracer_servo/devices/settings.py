# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a user can set on the devices; each field is a parameter of the servo node."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.errors import ConfigError
from deepracer_core.settings import check_settings, setting


@dataclass(frozen=True)
class SysfsSettings:
    """Linux PWM: the DeepRacer's own board, or a PCA9685 behind its kernel driver."""

    sysfs_bus: str = setting(
        "i2c-0", "bus that the PWM chip hangs on: a part of its path under /sys/devices"
    )
    sysfs_steering_channel: int = setting(1, "channel of the steering servo", range=(0, 15))
    sysfs_throttle_channel: int = setting(0, "channel of the ESC", range=(0, 15))
    sysfs_polarity: str = setting(
        "normal", "polarity of both channels", choices=("normal", "inversed")
    )
    sysfs_cutoff_line: str = setting(
        "", "GPIO that cuts the motor off when high, as LABEL:OFFSET of its chip; empty: none"
    )
    sysfs_root: str = setting("/sys/class", "folder with the kernel's pwm and gpio classes [path]")

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_settings(self)
        if self.sysfs_steering_channel == self.sysfs_throttle_channel:
            raise ConfigError("sysfs_steering_channel and sysfs_throttle_channel are the same")
        label, _, offset = self.sysfs_cutoff_line.rpartition(":")
        if self.sysfs_cutoff_line and not (label and offset.isdecimal()):
            raise ConfigError(
                f"sysfs_cutoff_line is {self.sysfs_cutoff_line!r}, it must be the label of a GPIO "
                "chip, a colon and the line's offset, such as INT3452:00:2"
            )


@dataclass(frozen=True)
class MaestroSettings:
    """Pololu Maestro on USB."""

    maestro_device: str = setting(
        "", "its command port, best under /dev/serial/by-id; empty: the only one there [path]"
    )
    maestro_steering_channel: int = setting(0, "channel of the steering servo", range=(0, 23))
    maestro_throttle_channel: int = setting(1, "channel of the ESC", range=(0, 23))
    maestro_crc: bool = setting(False, "append a CRC-7 to each command, as set on the board")
    maestro_serial_timeout: float = setting(
        0.15, "the board's own serial time-out, as set on it; 0: not checked [s]", range=(0.0, 0.3)
    )

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_settings(self)
        if self.maestro_steering_channel == self.maestro_throttle_channel:
            raise ConfigError("maestro_steering_channel and maestro_throttle_channel are the same")
        if 0.0 < self.maestro_serial_timeout < 0.1:
            raise ConfigError("maestro_serial_timeout must be 0.1 s or more: commands may pause")
