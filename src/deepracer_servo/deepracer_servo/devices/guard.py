# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The process that owns the PWM device, and writes neutral whenever the servo node does not speak.

A PWM chip repeats its last pulse for ever, so whoever holds it must outlive the servo node: this
process has nothing to do but read commands and write pulses. The owner of the device writes

* neutral before anything else, and after a failure until the servo node has asked for neutral;
* what the newest command says, while that is fresh;
* neutral when commands stop coming (a servo node that hangs), when the connection closes (one
  that died) and on SIGTERM; after the last two it ends.

A second guard stands by. When the connection closes before it was dismissed, it makes sure that
the owner is gone, which may be hung, and writes neutral itself: two deaths at once stop the motor
too.

SIGINT is ignored: a Ctrl-C in the terminal reaches the whole group of processes, and the guard has
to be there until the servo node has ended.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable

from deepracer_core.pulses import Pulses
from deepracer_servo.devices.guard_messages import (
    DISMISSED,
    LONGEST_BYTES,
    Command,
    DeviceState,
    Report,
)
from deepracer_servo.devices.pwm_device import DEVICES, PwmDevice

# Commands come every 40 ms at the latest; a car at 2 m/s rolls 20 cm in this time.
SILENCE_NS = 100_000_000
# Without a command for so long, the last one is written again, or neutral: devices are watched.
PERIOD_MS = 25
RETRY_FIRST_NS, RETRY_LONGEST_NS = 100_000_000, 2_000_000_000
# An owner whose connection closed needs 50 ms for its device and a moment to end.
OWNER_ENDS_WITHIN_S = 0.15
LAST_TRIES, LAST_PAUSE_S = 5, 0.1


class Guard:
    """Writes what commands say, or neutral.

    Args:
        channel: a connected datagram socket; commands in, reports out.
        open_device: opens the device, given the neutral pulses; DeviceError where that fails.
    """

    def __init__(self, channel: socket.socket, open_device: Callable[[Pulses], PwmDevice]) -> None:
        """Touch nothing yet: neither commands nor the device."""
        channel.setblocking(False)
        self._channel = channel
        self._open_device = open_device
        self._device: PwmDevice | None = None
        self._newest: Command | None = None
        self._ending = self._deserted = False
        self._needs_neutral = True
        self._retry_ns = 0
        self._delay_ns = RETRY_FIRST_NS
        self._report = Report(DeviceState.OPENING, "")

    def run(self) -> bool:
        """Guard until the connection closes or `end` is called; neutral is written last.

        Returns:
            Whether it was: also true where another guard is responsible for it.
        """
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        while not self._ending:
            poll.poll(PERIOD_MS)
            self._receive()
            if self._newest is not None and not self._ending:
                self._step(self._newest)
        return self._stop_motor()

    def end(self) -> None:
        """Let `run` come to its end."""
        self._ending = True

    def _receive(self) -> None:
        """Keep the newest command only: what queued up while this process slept is no order."""
        while True:
            try:
                datagram = self._channel.recv(LONGEST_BYTES)
            except BlockingIOError:
                return
            except OSError:
                datagram = b""
            if not datagram:
                self._ending = self._deserted = True
                return
            if datagram == DISMISSED:
                self._newest, self._ending = None, True
                return
            self._newest = Command.decode(datagram)

    def _step(self, command: Command) -> None:
        if command.owner:
            self._tell(DeviceState.STANDING_BY, "")
            return
        try:
            if self._device is None and not self._open(command):
                return
            assert self._device is not None
            self._device.neutral = command.neutral
            self._device.write(self._pulses(command))
            self._delay_ns = RETRY_FIRST_NS
            self._tell(DeviceState.READY, self._device.remarks())
        except OSError as error:
            self._fail(error)

    def _open(self, command: Command) -> bool:
        if time.monotonic_ns() < self._retry_ns:
            self._tell(self._report.state, self._report.text)
            return False
        self._tell(DeviceState.OPENING, self._report.text)
        self._device = self._open_device(command.neutral)
        return True

    def _pulses(self, command: Command) -> Pulses:
        if command.pulses == command.neutral:
            self._needs_neutral = False
        silent = time.monotonic_ns() - command.sent_ns > SILENCE_NS
        return command.neutral if silent or self._needs_neutral else command.pulses

    def _fail(self, error: OSError) -> None:
        if self._device is not None:
            self._device.close()
            self._device = None
        self._needs_neutral = True
        self._retry_ns = time.monotonic_ns() + self._delay_ns
        self._delay_ns = min(2 * self._delay_ns, RETRY_LONGEST_NS)
        self._tell(DeviceState.FAILED, str(error))

    def _tell(self, state: DeviceState, text: str) -> None:
        self._report = Report(state, text)
        try:
            self._channel.send(self._report.encode())
        except BlockingIOError:
            pass  # The servo node hangs: it has other worries, and silence will tell.
        except OSError:
            self._ending = self._deserted = True

    def _stop_motor(self) -> bool:
        newest = self._newest
        if newest is None or (newest.owner and not self._deserted):
            return True
        if newest.owner:
            _see_off(newest.owner)
        for _ in range(LAST_TRIES):
            try:
                self._device = self._device or self._open_device(newest.neutral)
                self._device.write(newest.neutral)
                self._device.close()
                return True
            except OSError:  # Nobody is left to be told why.
                if self._device is not None:
                    self._device.close()
                    self._device = None
                time.sleep(LAST_PAUSE_S)
        return False


def _see_off(pid: int) -> None:
    """Wait until a process has ended, and kill it where it takes too long."""
    deadline = time.monotonic() + OWNER_ENDS_WITHIN_S
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)


def main(arguments: list[str]) -> int:
    """Guard the device `arguments[0]` with the settings `arguments[1]` (JSON), fed by stdin."""
    kind = DEVICES[arguments[0]]
    settings = kind.settings(**json.loads(arguments[1]))
    guard = Guard(socket.socket(fileno=0), lambda neutral: kind.open(settings, neutral))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: guard.end())
    kind.load()  # Now, not when the device has to be taken over in a hurry.
    gc.freeze()
    return 0 if guard.run() else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
