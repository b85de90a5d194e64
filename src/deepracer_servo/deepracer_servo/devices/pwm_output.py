# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where the servo node's pulses go: out on a topic only, to a fake, or to a guarded device."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from deepracer_core.pulses import Pulses
from deepracer_servo.devices.guard_link import GuardedPwmOutput
from deepracer_servo.devices.pwm_device import DEVICES


class PwmOutput(Protocol):
    """Takes pulses for one steering and one throttle channel.

    The driver calls `write` from several threads, one at a time, holding the lock that the
    watchdog needs too. So it comes back within a few milliseconds; devices that may block live
    in a guard process.
    """

    def write(self, pulses: Pulses, neutral: Pulses) -> None:
        """Put pulses [ns] on both channels, and `neutral` when no more follow.

        Raises:
            OSError: the device has failed (DeviceError).
        """
        ...

    def state(self) -> str:
        """Return how the device is, in one line."""
        ...

    def close(self) -> None:
        """Release the device, after the last neutral was written; more than once is harmless."""
        ...


class TopicPwmOutput:
    """No device: the node publishes whatever is written on `pwm`, and a simulator drives by it."""

    def write(self, pulses: Pulses, neutral: Pulses) -> None:
        """Leave the pulses to the topic."""

    def state(self) -> str:
        """Say that there is none."""
        return "topic: no device"

    def close(self) -> None:
        """Release nothing."""


class FakePwmOutput:
    """Remembers what was written, and fails or hangs on demand: a device for tests and benches."""

    def __init__(self, remembered: int = 1000) -> None:
        """Keep the last `remembered` writes."""
        self.written: deque[Pulses] = deque(maxlen=remembered)
        self.failure: OSError | None = None
        self.closed = False
        self._passable = threading.Event()
        self._passable.set()

    def write(self, pulses: Pulses, neutral: Pulses) -> None:
        """Record the pulses; raise `failure` where one is set; wait while told to hang."""
        self._passable.wait()
        if self.failure is not None:
            raise self.failure
        self.written.append(pulses)

    def state(self) -> str:
        """Say what is wrong with it."""
        return f"fake: {self.failure or 'ready'}"

    def hang(self) -> None:
        """Let writes wait until `release`."""
        self._passable.clear()

    def release(self) -> None:
        """Let waiting writes go on."""
        self._passable.set()

    def close(self) -> None:
        """Note that the device was released."""
        self.closed = True


WITHOUT_DEVICE: dict[str, Callable[[], PwmOutput]] = {
    "topic": TopicPwmOutput,
    "fake": FakePwmOutput,
}
PWM_OUTPUTS = (*WITHOUT_DEVICE, *DEVICES)
"""What the servo node's parameter `pwm_output` may be."""


def open_pwm_output(name: str, settings: Mapping[str, Any], neutral: Pulses) -> PwmOutput:
    """Return the output of this name.

    A device that is missing or refuses does not end the node: `write` raises until it works.

    Args:
        name: one of `PWM_OUTPUTS`.
        settings: the settings of each device, by its name.
        neutral: pulses that a device starts with.
    """
    if name in DEVICES:
        return GuardedPwmOutput(name, settings[name], neutral)
    return WITHOUT_DEVICE[name]()
