# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A Maestro without hardware: a pseudo-terminal that speaks its protocol, and fails on demand.

The board runs in real time in a thread: errors and the serial time-out send its channels home
although nobody asks. Who opens the port may live in another process. The board has a supply of its
own: pulling the USB cable out does not end its pulses.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import tempfile
import threading
import time
import tty
from enum import Enum
from pathlib import Path

from deepracer_servo.devices.fake_maestro_board import Board, BoardSettings
from deepracer_servo.devices.maestro import Errors

PORT_NAME = "usb-Pololu_Corporation_Pololu_Micro_Maestro_6-Servo_Controller_00000000-if00"


class _Manner(Enum):
    HEALTHY, STUCK, SILENT, BABBLING = range(4)


class FakeMaestro:
    """A board on a pseudo-terminal; all methods may be called from any thread.

    Args:
        settings: what is set on the board.
        seed: of the garbage that `babble` lets it answer.

    Attributes:
        path: of its command port, named as under /dev/serial/by-id.
    """

    def __init__(self, settings: BoardSettings, seed: int = 0) -> None:
        """Plug it in."""
        self._folder = tempfile.TemporaryDirectory(prefix="maestro-")
        self.path = Path(self._folder.name) / PORT_NAME
        self._board = Board(settings, time.monotonic())
        self._random = random.Random(seed)
        self._manner = _Manner.HEALTHY
        self._garbage = b""
        self._ends: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._woken, self._waker = os.pipe()
        self._closed = False
        self.replug()
        self._thread = threading.Thread(target=self._run, name="maestro", daemon=True)
        self._thread.start()

    def __enter__(self) -> FakeMaestro:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def output(self, channel: int) -> int:
        """Return the pulse [ns] that a channel puts out now; 0: none."""
        with self._lock:
            return self._board.output(channel)

    def history(self) -> list[tuple[float, int, int]]:
        """Return each change of an output: when (time.monotonic()), channel, pulse [ns]."""
        with self._lock:
            return list(self._board.history)

    def errors(self) -> Errors:
        """Return the error register, without clearing it."""
        with self._lock:
            return self._board.errors

    def unplug(self) -> None:
        """Pull the USB cable out: the path is gone, and an open port hangs up."""
        with self._lock:
            if self._ends is not None:
                self.path.unlink()
                for end in self._ends:
                    os.close(end)
                self._ends = None
        self._wake()

    def replug(self) -> None:
        """Plug the USB cable in again."""
        with self._lock:
            if self._ends is None:
                board_end, port = self._ends = os.openpty()
                tty.setraw(port)  # It would echo and edit lines until somebody opens it.
                os.set_blocking(board_end, False)
                self.path.symlink_to(os.ttyname(port))
        self._wake()

    def stick(self) -> None:
        """Take nothing from the port, and answer nothing."""
        self._behave(_Manner.STUCK)

    def silence(self) -> None:
        """Obey, but answer nothing."""
        self._behave(_Manner.SILENT)

    def babble(self, garbage: bytes = b"") -> None:
        """Obey, but answer each question with these bytes, or with random ones."""
        self._garbage = garbage
        self._behave(_Manner.BABBLING)

    def restore(self) -> None:
        """Be healthy again, and plugged in."""
        self._behave(_Manner.HEALTHY)
        self.replug()

    def close(self) -> None:
        """Unplug it for good; more than once is harmless."""
        if self._closed:
            return
        self._closed = True
        self.unplug()
        self._thread.join()
        os.close(self._woken)
        os.close(self._waker)
        self._folder.cleanup()

    def _behave(self, manner: _Manner) -> None:
        with self._lock:
            self._manner = manner
        self._wake()

    def _wake(self) -> None:
        os.write(self._waker, b"!")

    def _run(self) -> None:
        due = 0.0
        while not self._closed:
            poll = select.poll()
            poll.register(self._woken, select.POLLIN)
            with self._lock:
                ends = self._ends
                if ends is not None and self._manner is not _Manner.STUCK:
                    poll.register(ends[0], select.POLLIN)
            ready = {number for number, _ in poll.poll(max(0.0, due - time.monotonic()) * 1000)}
            if self._woken in ready:
                os.read(self._woken, 1)
            with self._lock:
                if ends is not None and ends is self._ends and ends[0] in ready:
                    self._serve(ends[0])
                due = self._board.advance(time.monotonic())

    def _serve(self, board_end: int) -> None:
        if self._manner is _Manner.STUCK:
            return
        answers = self._board.receive(os.read(board_end, 4096), time.monotonic())
        if self._manner is _Manner.BABBLING:
            answers = [self._garbage or self._noise() for _ in answers]
        if self._manner is not _Manner.SILENT:
            # A full buffer loses what comes, as the board's own does.
            with contextlib.suppress(BlockingIOError):
                os.write(board_end, b"".join(answers))

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.randint(1, 8))
