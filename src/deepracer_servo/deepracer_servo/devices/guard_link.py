# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The servo node's end of the guard: a PWM output whose device lives in another process.

Two guards run: one owns the device, a spare stands by with everything imported. A guard that died
or hangs is killed, and the spare has the device, at neutral, a few milliseconds later.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import select
import socket
import subprocess
import sys
import threading
import time
from typing import Any

from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices.guard_messages import LONGEST_BYTES, Command, DeviceState, Report

# A guard reports at least every 75 ms: 25 ms of waiting, 50 ms in its device.
HUNG_AFTER_S = 0.12
HUNG_IN_OPENING_S = 1.5
READY_WITHIN_S = 3.0
LOOK_EVERY_MS = 20
LONGEST_END_S = 1.0
# Guards that cannot even start must not keep the processor busy: pauses double.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0


class _GuardProcess:
    """One guard: its process, the connection to it, and its last report."""

    def __init__(self, command: list[str]) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # In a session of its own, what kills the servo node's whole group leaves it alive.
            self._process = subprocess.Popen(command, stdin=theirs, start_new_session=True)
        self.channel.setblocking(False)
        self.report = Report(DeviceState.OPENING, "the device is being opened")
        self._heard = time.monotonic()

    def send(self, pulses: Pulses, neutral: Pulses) -> None:
        # Where that fails it is gone, or so far behind that `fault` will say it hangs.
        with contextlib.suppress(OSError):
            self.channel.send(Command(time.monotonic_ns(), pulses, neutral).encode())

    def take_over(self, neutral: Pulses) -> None:
        """Let it open the device."""
        self._heard = time.monotonic()
        self.send(neutral, neutral)

    def fault(self) -> str:
        """Hear its reports; return why it has to be replaced, empty where it has not."""
        try:
            while True:
                datagram = self.channel.recv(LONGEST_BYTES)
                if not datagram:
                    return "the guard process died"
                self.report, self._heard = Report.decode(datagram), time.monotonic()
        except BlockingIOError:
            opening = self.report.state is DeviceState.OPENING
            patience = HUNG_IN_OPENING_S if opening else HUNG_AFTER_S
            return "the guard process hung" if time.monotonic() - self._heard > patience else ""
        except OSError:
            return "the guard process died"

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it at once, so that another can have the device."""
        self.channel.close()
        self._process.kill()
        self._wait()

    def end(self) -> None:
        """Let it write neutral and end."""
        self.channel.close()
        self._wait()

    def _wait(self) -> None:
        try:
            self._process.wait(LONGEST_END_S)
        except subprocess.TimeoutExpired:  # Stuck in the kernel, or stopped: it holds nothing new.
            self._process.kill()


class GuardedPwmOutput:
    """A device in a guard process.

    Args:
        kind: name of the device in `DEVICES`.
        settings: its settings, a dataclass.
        neutral: what it starts with.
    """

    def __init__(self, kind: str, settings: Any, neutral: Pulses) -> None:
        """Start the guards and wait until the device is open, or has failed to."""
        self._kind = kind
        options = json.dumps(dataclasses.asdict(settings))
        self._command = [sys.executable, "-P", "-m", "deepracer_servo.devices.guard"]
        self._command += [kind, options]
        self._neutral = neutral
        self._lock = threading.Lock()
        self._replaced = 0
        self._fault = ""
        self._unseen = ""  # A fault that may be over before the next write.
        self._pause_s = 0.0
        self._start_at = 0.0
        self._closing = threading.Event()
        self._guard = self._start()
        self._guard.take_over(neutral)
        self._spare: _GuardProcess | None = self._start()
        self._settled = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="guard", daemon=True)
        self._thread.start()
        self._settled.wait(READY_WITHIN_S)

    def write(self, pulses: Pulses, neutral: Pulses) -> None:
        """Send pulses to the guard; DeviceError where the device or the guard has failed."""
        with self._lock:
            self._neutral = neutral
            self._guard.send(pulses, neutral)
            fault, self._unseen = self._fault or self._unseen, ""
        if fault:
            raise DeviceError(fault)

    def state(self) -> str:
        """Return how device and guard are, in one line."""
        with self._lock:
            report, fault, replaced = self._guard.report, self._fault, self._replaced
        text = f"{self._kind}: {fault or report.text or 'ready'}"
        return f"{text}; guards replaced: {replaced}" if replaced else text

    def close(self) -> None:
        """End the guards; the one with the device writes neutral first."""
        self._closing.set()
        self._thread.join(LONGEST_END_S)
        for guard in (self._guard, self._spare):
            if guard is not None:
                guard.end()

    def _keep(self) -> None:
        while not self._closing.is_set():
            self._look()
            missing = self._spare is None or self._spare.ended
            if missing and time.monotonic() >= self._start_at:
                self._spare = self._start()
            poll = select.poll()
            poll.register(self._guard.channel, select.POLLIN)
            poll.poll(LOOK_EVERY_MS)

    def _look(self) -> None:
        fault = self._guard.fault()
        if fault:
            self._replace(fault)
            return
        report = self._guard.report
        if report.state is not DeviceState.OPENING:
            self._settled.set()
        with self._lock:
            ready = report.state is DeviceState.READY
            self._fault = "" if ready else report.text or "the device is being opened"
        if ready:
            self._pause_s = 0.0

    def _replace(self, reason: str) -> None:
        with self._lock:
            self._fault = self._unseen = f"{reason}; another one takes over"
            self._replaced += 1
        old = self._guard
        old.kill()
        if self._spare is None:
            self._closing.wait(self._start_at - time.monotonic())
        successor, self._spare = self._spare or self._start(), None
        with self._lock:
            successor.take_over(self._neutral)
            self._guard = successor

    def _start(self) -> _GuardProcess:
        self._start_at = time.monotonic() + self._pause_s
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        return _GuardProcess(self._command)
