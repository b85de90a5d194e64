# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The one place that writes pulses: state machine, device and lock.

Whoever wants something of the car, a ROS callback or the watchdog, comes through the lock, in
which the decision and the write are one step. So a late command cannot undo a neutral that was
decided after it, and the device never sees two writers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from deepracer_servo.devices.pwm_output import PwmOutput
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import DriveOutput, DriveStatus, Mode
from deepracer_servo.freshness import Moment
from deepracer_servo.latency import LatencyWindow

# Unchanged pulses are repeated after this long, at the next tick of the watchdog: 25 Hz.
REPEAT_AFTER_NS = 30_000_000
LONGEST_WRITE_S = 1.0

Result = TypeVar("Result")


class Driver:
    """Carries out what the drive control decides.

    Args:
        control: decides; nobody else may touch it afterwards but through `change`.
        pwm: the device.
        clock: tells the time.
        on_pulses: called after each write, in their order; must not block.
        on_status: called after each change of the status, with the age [s] of the last accepted
            command, in their order; must not block.
    """

    def __init__(
        self,
        control: DriveControl,
        pwm: PwmOutput,
        clock: Callable[[], Moment],
        on_pulses: Callable[[DriveOutput], None],
        on_status: Callable[[DriveStatus, float], None],
    ) -> None:
        """Write neutral before anything else."""
        self.latency = LatencyWindow()
        self._control = control
        self._pwm = pwm
        self._clock = clock
        self._on_pulses = on_pulses
        self._on_status = on_status
        self._lock = threading.Lock()
        self._closed = False
        self._written: DriveOutput | None = None
        self._written_ns = 0
        self._status: DriveStatus | None = None
        self.refresh()

    def change(self, operation: Callable[[DriveControl, Moment], Result]) -> Result:
        """Do something to the drive control and write what follows from it, in one step."""
        with self._lock:
            now = self._clock()
            try:
                return operation(self._control, now)
            finally:
                self._settle(now)

    def refresh(self) -> None:
        """Write what time alone has changed, and repeat the pulses where it is due."""
        with self._lock:
            self._settle(self._clock())

    def report(self) -> None:
        """Call `on_status` although nothing has changed."""
        with self._lock:
            self._status = None
            self._settle(self._clock())

    def close(self) -> None:
        """Write neutral for the last time and release the device; nothing is written after it.

        A device that hangs in a write is left alone: neutral would only wait behind it.
        """
        if not self._lock.acquire(timeout=LONGEST_WRITE_S):
            self._closed = True  # Should the write ever return, it was the last.
            return
        try:
            if not self._closed:
                self._control.set_mode(Mode.DISABLED)
                self._written = None
                self._settle(self._clock())
        finally:
            self._closed = True
            self._pwm.close()
            self._lock.release()

    def _settle(self, now: Moment) -> None:
        if self._closed:
            return
        output = self._control.output(now)
        due = now.steady_ns - self._written_ns >= REPEAT_AFTER_NS
        if (output != self._written or due) and not self._write(output, now):
            output = self._control.output(now)
        if output.status != self._status:
            self._status = output.status
            self._on_status(output.status, self._control.command_age(now))

    def _write(self, output: DriveOutput, now: Moment) -> bool:
        try:
            self._pwm.write(output.pulses, output.neutral)
        except OSError as error:
            # What follows differs from what was written last, or is due: each tick tries it again.
            self._control.device_failed(str(error))
            return False
        self._control.device_recovered()
        if output.source_ns and (not self._written or output.source_ns != self._written.source_ns):
            self.latency.add((self._clock().ros_ns - output.source_ns) / 1e9)
        self._written, self._written_ns = output, now.steady_ns
        self._on_pulses(output)
        return True
