# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where pulses go: the back ends behind the servo node, by name.

Hardware back ends are added to `PWM_OUTPUTS`; nothing else in the package knows which one runs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from deepracer_core.calibration import Pulses


class PwmOutput(Protocol):
    """A device with one steering and one throttle channel.

    The driver calls it from several threads, one at a time, holding the lock that the watchdog
    needs too. So `write` must come back within a few milliseconds: a back end whose device can
    block gives up on it and raises.
    """

    def write(self, pulses: Pulses) -> None:
        """Put pulses [ns] on both channels; OSError (DeviceError) where that failed."""
        ...

    def close(self) -> None:
        """Release the device, after the last neutral was written; more than once is harmless."""
        ...


class TopicPwmOutput:
    """No device: the node publishes whatever is written on `pwm`, and a simulator drives by it."""

    def write(self, pulses: Pulses) -> None:
        """Leave the pulses to the topic."""

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

    def write(self, pulses: Pulses) -> None:
        """Record the pulses; raise `failure` where one is set; wait while told to hang."""
        self._passable.wait()
        if self.failure is not None:
            raise self.failure
        self.written.append(pulses)

    def hang(self) -> None:
        """Let writes wait until `release`."""
        self._passable.clear()

    def release(self) -> None:
        """Let waiting writes go on."""
        self._passable.set()

    def close(self) -> None:
        """Note that the device was released."""
        self.closed = True


PWM_OUTPUTS: dict[str, Callable[[], PwmOutput]] = {"topic": TopicPwmOutput, "fake": FakePwmOutput}
