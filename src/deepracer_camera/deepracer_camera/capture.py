# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps a camera running: reads it in a thread of its own, and opens it again whenever it fails.

Each frame is handed on at once, from the reading thread, and kept nowhere, so there is no queue in
which a frame could grow old. A camera that is missing or was unplugged is tried again without end.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from threading import Event, Lock, Thread

from deepracer_camera.camera import Camera, Frame
from deepracer_core.errors import DeepRacerError, DeviceError

_RATE_WINDOW = 60
# A camera that hangs returns from its read later; the process need not wait for that.
_LONGEST_CLOSE_S = 1.0


class CaptureState(Enum):
    """What the capture is doing; the value is how users are told."""

    RUNNING = "running"
    FAILED = "failed, will be opened again"
    ENDED = "the recording has ended"
    CLOSED = "closed"


@dataclass(frozen=True)
class CaptureStatus:
    """How the camera is doing.

    Attributes:
        state: see `CaptureState`.
        error: why it failed last; empty while it runs.
        frames: frames handed on since the start.
        failures: how often it failed to open or to read.
        age: time since the last frame [s]; None before the first.
        rate: frames a second [Hz] over the last frames; 0 when none arrived for a second.
    """

    state: CaptureState
    error: str
    frames: int
    failures: int
    age: float | None
    rate: float


class Capture:
    """Reads frames from a camera and hands them to a callback, in its own thread."""

    def __init__(
        self,
        open_camera: Callable[[], Camera],
        on_frame: Callable[[Frame], None],
        retry_first: float = 0.1,
        retry_longest: float = 5.0,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            open_camera: opens the device; DeviceError where that fails.
            on_frame: is called in the capture's thread with every frame.
            retry_first: wait before a failed camera is opened again [s].
            retry_longest: the wait doubles up to this [s].
        """
        self._open_camera = open_camera
        self._on_frame = on_frame
        self._retry_first = retry_first
        self._retry_longest = retry_longest
        self._delay = retry_first
        self._camera: Camera | None = None
        self._lock = Lock()
        self._closing = Event()
        self._thread = Thread(target=self._run, name="capture", daemon=True)
        self._state = CaptureState.RUNNING
        self._error = ""
        self._frames = 0
        self._failures = 0
        self._last: float | None = None
        self._arrivals: deque[float] = deque(maxlen=_RATE_WINDOW)

    def start(self) -> None:
        """Open the camera and start reading; a device that is missing is tried again later.

        Raises:
            ConfigError: the settings can never work.
        """
        try:
            self._open()
        except DeviceError as error:
            self._fail(error)
        self._thread.start()

    def close(self) -> None:
        """Stop reading and release the camera; no frame is handed on afterwards."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(_LONGEST_CLOSE_S)

    def status(self) -> CaptureStatus:
        """Return how the camera is doing now."""
        with self._lock:
            age = None if self._last is None else time.monotonic() - self._last
            rate = 0.0
            if age is not None and age < 1.0 and len(self._arrivals) > 1:
                rate = (len(self._arrivals) - 1) / (self._arrivals[-1] - self._arrivals[0])
            return CaptureStatus(self._state, self._error, self._frames, self._failures, age, rate)

    def _run(self) -> None:
        try:
            while not self._closing.is_set() and self._state is not CaptureState.ENDED:
                frame = self._next_frame()
                if frame is not None and not self._closing.is_set():
                    self._count()
                    self._on_frame(frame)
        finally:
            self._release()
            if self._state is not CaptureState.ENDED:
                self._state = CaptureState.CLOSED

    def _next_frame(self) -> Frame | None:
        """Return the next frame; None where there is none, and `_state` says why."""
        try:
            if self._camera is None:
                if self._closing.wait(self._delay):
                    return None
                self._delay = min(2.0 * self._delay, self._retry_longest)
                self._open()
            frame = self._camera.read() if self._camera is not None else None
        except DeepRacerError as error:
            self._fail(error)
            return None
        if frame is None:
            self._state = CaptureState.ENDED
        return frame

    def _open(self) -> None:
        self._camera = self._open_camera()

    def _release(self) -> None:
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _fail(self, error: DeepRacerError) -> None:
        self._release()
        with self._lock:
            self._state, self._error = CaptureState.FAILED, str(error)
            self._failures += 1
            self._arrivals.clear()

    def _count(self) -> None:
        with self._lock:
            self._state, self._error = CaptureState.RUNNING, ""
            self._delay = self._retry_first
            self._frames += 1
            self._last = time.monotonic()
            self._arrivals.append(self._last)
