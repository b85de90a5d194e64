# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The fake hardware that the guard drives, by name, and what came out of its throttle channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepracer_bringup.faults.motion import Sample
from deepracer_core.calibration import Calibration
from deepracer_servo.devices.fake_maestro import FakeMaestro
from deepracer_servo.devices.fake_maestro_board import BoardSettings
from deepracer_servo.devices.fake_sysfs import FakeSysfs
from deepracer_servo.devices.settings import MaestroSettings, SysfsSettings

NEUTRAL = Calibration().neutral


Change = tuple[float, int, int]
"""When [s, monotonic], on which channel, which pulse [ns]; 0: none."""


@dataclass(frozen=True)
class Chip:
    """A PWM chip that takes down its pulses.

    Attributes:
        fake: the hardware, to be broken.
        history: tells each change of an output.
        throttle_channel: number of the channel of the ESC.
        parameters: by which the servo node finds it.
    """

    fake: Any
    history: Callable[[], Sequence[Change]]
    throttle_channel: int
    parameters: Mapping[str, Any]

    @property
    def throttle_ns(self) -> int:
        """The pulse on the throttle now [ns]; 0: none."""
        pulse_ns: int = self.fake.output(self.throttle_channel)
        return pulse_ns

    def record(self, since: float) -> list[Sample]:
        """Return the throttle's pulses from a time [s, monotonic] on, that of then first."""
        record = []
        for at, channel, pulse_ns in reversed(self.history()):
            if channel == self.throttle_channel:
                record.append(Sample(at, pulse_ns))
                if at <= since:
                    break
        return record[::-1]


@contextmanager
def _maestro(_: Path) -> Iterator[Chip]:
    settings = MaestroSettings()
    homes = {
        settings.maestro_steering_channel: NEUTRAL.steering_ns,
        settings.maestro_throttle_channel: NEUTRAL.throttle_ns,
    }
    # As the documentation says that a board is to be set up.
    board = BoardSettings(True, homes, settings.maestro_serial_timeout)
    with FakeMaestro(board) as fake:
        parameters = {"pwm_output": "maestro", "maestro_device": str(fake.path)}
        yield Chip(fake, fake.history, settings.maestro_throttle_channel, parameters)


@contextmanager
def _sysfs(folder: Path) -> Iterator[Chip]:
    settings = SysfsSettings()
    with FakeSysfs(folder / "sys", bus=settings.sysfs_bus) as fake:
        parameters = {"pwm_output": "sysfs", "sysfs_root": str(fake.root)}

        def history() -> list[Change]:
            return [
                (output.time, output.channel, output.pulse_ns) for output in list(fake.history)
            ]

        yield Chip(fake, history, settings.sysfs_throttle_channel, parameters)


CHIPS = {"maestro": _maestro, "sysfs": _sysfs}
"""What makes a chip of each kind with its files in a folder, as a context manager."""
