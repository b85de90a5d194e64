# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How every node of this project runs and ends.

rclpy's own signal handlers shut the middleware down at once, so that a node could not publish
neutral any more. Here SIGINT and SIGTERM only end the spinning: the node is destroyed while it
can still speak, then ROS is shut down, and the exit status is 0.

The plain single-threaded executor is used. The experimental events executor of rclpy 7.1 is not
in every Jazzy, and where it is, measured, it neither ended on shutdown nor saved processor time.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import Executor, ExternalShutdownException
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from deepracer_core.errors import DeepRacerError
from deepracer_core.interrupts import uninterrupted
from deepracer_ros.executor import LeanExecutor
from deepracer_ros.hang_watch import BEAT_S, HangWatch

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXIT_OK, EXIT_FAILED, EXIT_BAD_INPUT = 0, 1, 2


def run_node(factory: Callable[[], Node]) -> int:
    """Build a node, spin it until SIGINT, SIGTERM or shutdown, and clean up.

    `factory` raises DeepRacerError for input that cannot be used; `destroy_node` of what it
    returns releases devices. Call it from the main thread of the process.

    Returns:
        The exit status: 0, or 2 for input that cannot be used, or 1 when an error with a message
        ended the node later: that is no fault of its input, and the launch starts it again.
    """
    with _StopSignals() as stop:
        try:
            rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        except (
            RuntimeError
        ) as error:  # The base of what rclpy raises for arguments it cannot read.
            return _refuse(error)
        try:
            try:
                node = factory()
            except DeepRacerError as error:
                return _refuse(error)
            try:
                _live(node, stop)
            except DeepRacerError as error:
                _say(error)
                return EXIT_FAILED
        finally:
            rclpy.try_shutdown()
    return EXIT_OK


def spin_whole(executor: Executor, patience: float) -> None:
    """Let an executor do one thing, waiting for it so long [s]; signals wait until it is done.

    What their handlers raise in the middle of a callback would leave one that calls no more.
    The patience must be the same each time: where it changes, rclpy drops what is ready and looks
    at topics first again, so that under a stream of messages no service would have its turn.
    """
    with uninterrupted():
        executor.spin_once(timeout_sec=patience)


def _refuse(error: Exception) -> int:
    _say(error)
    return EXIT_BAD_INPUT


def _say(error: Exception) -> None:
    message = " ".join(str(error).split())
    sys.stderr.write(f"{os.path.basename(sys.argv[0])}: {message}\n")


def _live(node: Node, stop: _StopSignals) -> None:
    hang_watch = HangWatch()
    steady = Clock(clock_type=ClockType.STEADY_TIME)
    node.create_timer(BEAT_S, hang_watch.beat, clock=steady)
    try:
        _spin(node, stop)
    finally:
        node.destroy_node()
        hang_watch.close()


def _spin(node: Node, stop: _StopSignals) -> None:
    executor = LeanExecutor()
    executor.add_node(node)
    # A task is the one thing that makes a waiting executor return from another thread.
    stop.on_signal(lambda: executor.create_task(lambda: None))
    try:
        while rclpy.ok() and not stop.requested.is_set():
            executor.spin_once()
    except ExternalShutdownException:
        pass  # Someone else in this process shut ROS down: the end, as if by signal.
    finally:
        stop.on_signal(None)
        executor.shutdown()


class _StopSignals:
    """Turns SIGINT and SIGTERM into an event, even while the main thread waits in C++ code."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self._wake: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> _StopSignals:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        # The C-level handler writes the signal's number at once; the Python one may have to wait.
        self._old_fd = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        os.close(self._write_end)
        self._thread.join()
        os.close(self._read_end)

    def on_signal(self, wake: Callable[[], object] | None) -> None:
        """Set what is called from the listening thread after `requested` is set."""
        with self._lock:
            self._wake = wake

    def _listen(self) -> None:
        while received := os.read(self._read_end, 1):
            if received[0] in _SIGNALS:
                self.requested.set()
                with self._lock:
                    if self._wake is not None:
                        self._wake()
