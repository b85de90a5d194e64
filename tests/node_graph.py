# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes as processes of their own, and an observer that talks to them over DDS."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from waiting import PATIENCE_S

from deepracer_ros.executor import LeanExecutor

# [s], always: where it changes, rclpy drops what is ready, and looks at topics first again; under
# a stream of messages, answers of services would never have their turn.
SPIN = 0.01
ANSWERED_WITHIN = 5.0  # Loading a model takes a second or two on a busy machine.
EVERYTHING = QoSProfile(depth=1000, reliability=ReliabilityPolicy.BEST_EFFORT)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def node_command(module: str, **parameters: object) -> list[str]:
    """Return the command that runs a node's module with these parameters."""
    options = [f"-p{name}:={_text(value)}" for name, value in parameters.items()]
    split = [part for option in options for part in (option[:2], option[2:])]
    return [sys.executable, "-m", module, "--ros-args", *split]


def stderr_lines(stderr: str) -> list[str]:
    """Return what was said on stderr, line by line, without what DDS finds of killed processes."""
    return [line for line in stderr.splitlines() if "RTPS" not in line]


def refusal(module: str, **parameters: object) -> str:
    """Run a node that refuses its parameters, and return the one line in which it does."""
    command = node_command(module, **parameters)
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert result.returncode == 2
    (line,) = stderr_lines(result.stderr)
    return line


@contextmanager
def running_node(module: str, **parameters: object) -> Iterator[subprocess.Popen[str]]:
    """Run a node; at the end it gets SIGINT and has to leave with status 0."""
    process = subprocess.Popen(
        node_command(module, **parameters), stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
        assert process.poll() is None, f"{module} died: {process.communicate()[1]}"
        process.send_signal(2)
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


class Observer:
    """A node of the test: collects messages, publishes, calls services."""

    def __init__(self) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.node = Node("observer", context=self.context)
        self._executor = LeanExecutor(context=self.context)
        self._executor.add_node(self.node)
        self._clients: dict[str, Any] = {}

    def close(self) -> None:
        self.node.destroy_node()
        rclpy.shutdown(context=self.context)

    def listen(self, kind: Any, topic: str, qos: QoSProfile | int) -> list[Any]:
        """Subscribe and return the list that messages are added to."""
        heard: list[Any] = []
        self.node.create_subscription(kind, topic, heard.append, qos)
        return heard

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            self._executor.spin_once(timeout_sec=SPIN)

    def spin_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._executor.spin_once(timeout_sec=SPIN)

    def client(self, kind: Any, name: str) -> Any:
        """Return a client of a service; always the same, since servers do not know it at once."""
        if name not in self._clients:
            self._clients[name] = self.node.create_client(kind, name)
        return self._clients[name]

    def call(self, kind: Any, name: str, request: Any) -> Any:
        """Ask until there is an answer: DDS may lose that of a server which knows us not yet."""
        client = self.client(kind, name)
        self.wait_until(client.service_is_ready, f"service {name}")
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            answer = client.call_async(request)
            asked = time.monotonic()
            while not answer.done() and time.monotonic() - asked < ANSWERED_WITHIN:
                self._executor.spin_once(timeout_sec=SPIN)
            if answer.done():
                return answer.result()
            client.remove_pending_request(answer)
        raise AssertionError(f"no answer of {name}")
