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
import os
import select
import socket
import subprocess
import sys
import threading
import time
import traceback
from typing import Any

from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices.guard_messages import (
    DISMISSED,
    LONGEST_BYTES,
    Command,
    DeviceState,
    Report,
)

# How long a guard may be silent [s]. It reports every 75 ms at the latest: 25 ms of waiting, 50 ms
# in its device. A Python that starts from a slow card takes its time.
PATIENCE_S = {
    DeviceState.STARTING: 10.0,
    DeviceState.STANDING_BY: 0.12,
    DeviceState.OPENING: 3.0,
    DeviceState.READY: 0.12,
    DeviceState.FAILED: 0.12,
}
READY_WITHIN_S = 4.0
LOOK_EVERY_S = 0.02
ENDS_WITHIN_S = 0.3
TAKES_OVER_WITHIN_S = 2.5  # A device that fails is tried several times.
# Guards that cannot even start must not keep the processor busy: pauses double.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 0.5


class _GuardProcess:
    """One guard: its process, the connection to it, and its last report."""

    def __init__(self, command: list[str]) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.setblocking(False)
        try:
            with theirs:
                # In a session of its own, what kills the servo node's whole group spares it.
                self._process = subprocess.Popen(command, stdin=theirs, start_new_session=True)
        except OSError:
            self.channel.close()
            raise
        self.report = Report(DeviceState.STARTING, "the guard process is starting")
        self._silent_s = 0.0

    @property
    def pid(self) -> int:
        return self._process.pid

    def command(self, pulses: Pulses, neutral: Pulses, owner: int = 0) -> None:
        self.send(Command(time.monotonic_ns(), owner, pulses, neutral).encode())

    def send(self, datagram: bytes) -> None:
        # Where that fails it is gone, or so far behind that `fault` will say it hangs.
        with contextlib.suppress(OSError):
            self.channel.send(datagram)

    def fault(self, passed_s: float) -> str:
        """Hear its reports; return why it has to be replaced, empty where it has not."""
        self._silent_s += passed_s
        try:
            while True:
                datagram = self.channel.recv(LONGEST_BYTES)
                if not datagram:
                    return "the guard process died"
                self.report, self._silent_s = Report.decode(datagram), 0.0
        except BlockingIOError:
            hangs = self._silent_s > PATIENCE_S[self.report.state]
            return "the guard process hung" if hangs else ""
        except OSError:
            return "the guard process died"

    def kill(self) -> None:
        """End it at once, so that another can have the device."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # Stuck in the kernel.
            self._process.wait(ENDS_WITHIN_S)

    def end(self, within_s: float) -> bool:
        """Let it end by itself; return whether that went well."""
        self.channel.close()
        try:
            return self._process.wait(within_s) == 0
        except subprocess.TimeoutExpired:
            self.kill()
            return False


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
        self._fault = "the guard process is starting"
        self._unseen = ""  # A fault that may be over before the next write.
        self._pause_s = self._start_at = 0.0
        self._closing = threading.Event()
        self._settled = threading.Event()
        self._guard = _GuardProcess(self._command)
        self._guard.command(neutral, neutral)
        self._spare: _GuardProcess | None = None
        self._thread = threading.Thread(target=self._keep, name="guard", daemon=True)
        self._thread.start()
        self._settled.wait(READY_WITHIN_S)

    def write(self, pulses: Pulses, neutral: Pulses) -> None:
        """Send pulses to the guard; DeviceError where the device or the guard has failed."""
        with self._lock:
            self._neutral = neutral
            self._guard.command(pulses, neutral)
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
        """End the guards; the one with the device writes neutral first, or else the other one."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._thread.join()
        spare = self._spare
        if self._guard.end(ENDS_WITHIN_S):
            if spare is not None:
                spare.send(DISMISSED)
        else:
            spare = spare or _GuardProcess(self._command)
            # One that was started a moment before has not been told what to write.
            spare.command(self._neutral, self._neutral, self._guard.pid)
        if spare is not None:
            spare.end(TAKES_OVER_WITHIN_S)

    def _keep(self) -> None:
        """Watch the guards; what may not be unwatched ends with this thread."""
        try:
            looked = time.monotonic()
            while not self._closing.is_set():
                self._wait()
                # When the whole machine paused, the guards did too.
                passed_s = min(time.monotonic() - looked, 2 * LOOK_EVERY_S)
                looked = time.monotonic()
                self._look_after_spare(passed_s)
                self._look_after_guard(passed_s)
        finally:
            if not self._closing.is_set():
                traceback.print_exc()
                os._exit(1)  # The guards write neutral, and the launch starts the node again.

    def _wait(self) -> None:
        """Wait a while, or until the guard dies; its reports wake nobody."""
        poll = select.poll()
        if self._guard.channel.fileno() >= 0:
            poll.register(self._guard.channel, 0)
        poll.poll(LOOK_EVERY_S * 1e3)

    def _look_after_guard(self, passed_s: float) -> None:
        fault = self._guard.fault(passed_s)
        if fault:
            self._replace(fault)
            return
        report = self._guard.report
        with self._lock:
            ready = report.state is DeviceState.READY
            self._fault = "" if ready else report.text or "the device is being opened"
        if report.state in (DeviceState.READY, DeviceState.FAILED):
            self._settled.set()

    def _replace(self, reason: str) -> None:
        self._guard.kill()
        with self._lock:
            self._guard.channel.close()
            self._fault = self._unseen = f"{reason}; another one takes over"
            if self._spare is not None:  # Else one is started as soon as that may be.
                self._guard, self._spare = self._spare, None
                self._guard.command(self._neutral, self._neutral)
                self._replaced += 1

    def _look_after_spare(self, passed_s: float) -> None:
        spare = self._spare
        if spare is None:
            self._start_spare()
        elif spare.fault(passed_s):
            spare.kill()
            spare.channel.close()
            self._spare = None
        else:
            spare.command(self._neutral, self._neutral, self._guard.pid)
            if spare.report.state is DeviceState.STANDING_BY:
                self._pause_s = 0.0

    def _start_spare(self) -> None:
        if time.monotonic() < self._start_at:
            return
        self._start_at = time.monotonic() + self._pause_s
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        with contextlib.suppress(OSError):  # Out of processes or memory: try again.
            self._spare = _GuardProcess(self._command)
