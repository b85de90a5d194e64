# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Calls of services in a graph that this process runs, and watches while time passes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import rclpy
from rcl_interfaces.srv import SetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions

from deepracer_bringup.runner import Runner, node_environment
from deepracer_core.errors import DeviceError
from deepracer_ros.spin import spin_whole

TICK = 0.01  # [s]
READY_WITHIN = 60.0  # [s]; where a machine renders without a graphics card, Gazebo takes its time
ANSWER_WITHIN = 1.0  # [s]
ATTEMPTS = 15  # DDS finds a process that took the place of a killed one after 2 to 4 s, if idle.


@contextmanager
def ros_context(domain: int) -> Iterator[rclpy.Context]:
    """Take part in the graph of a domain, which stays on this machine."""
    os.environ.update(node_environment(domain))
    context = rclpy.Context()
    rclpy.init(context=context, domain_id=domain, signal_handler_options=SignalHandlerOptions.NO)
    try:
        yield context
    finally:
        rclpy.shutdown(context=context)


class GraphServices:
    """Spins one node, and calls services by it.

    Args:
        node: whose callbacks are called while time passes.
        runner: of the graph; is called while time passes.
        kinds: type of each service, by name.
    """

    def __init__(self, node: Node, runner: Runner, kinds: Mapping[str, type[Any]]) -> None:
        """Make all clients now: what is made while it is needed may only know a dead server."""
        self._runner = runner
        self._executor = SingleThreadedExecutor(context=node.context)
        self._executor.add_node(node)
        self._callers = {name: node.create_client(kind, name) for name, kind in kinds.items()}

    def wait_until(self, condition: Callable[[], object], patience: float) -> bool:
        """Let time pass until the condition holds, so long [s] at most; return whether it does.

        Raises:
            DeviceError: a node has ended and is not started again.
        """
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() >= deadline:
                return False
            spin_whole(self._executor, TICK)
            if down := [ended for ended in self._runner.supervise() if not ended.restarts]:
                raise DeviceError("; ".join(map(self._runner.epitaph, down)))
        return True

    def call(
        self, name: str, request: Any, patience: float = ANSWER_WITHIN, attempts: int = ATTEMPTS
    ) -> str:
        """Call a service until it answers: one that has just started does not hear the first ones.

        It may carry out several, if it hears them late.

        Args:
            name: of the service.
            request: for it.
            patience: for each attempt [s].
            attempts: how many.

        Returns:
            Why it refused, or that it does not answer; nothing where it succeeded.
        """
        caller = self._callers[name]
        for _ in range(attempts):
            answer = caller.call_async(request)
            if self.wait_until(answer.done, patience):
                response = answer.result()
                if isinstance(response, SetParameters.Response):
                    faults = [each.reason for each in response.results if not each.successful]
                    return "; ".join(faults)
                return "" if response.success else response.message or "refused without a reason"
            caller.remove_pending_request(answer)
        return f"{name} does not answer"

    def set_parameters(self, node: str, values: Mapping[str, bool | float | str]) -> str:
        """Set parameters of a node; returns as `call` does."""
        parameters = [Parameter(name, value=value) for name, value in values.items()]
        request = SetParameters.Request(
            parameters=[each.to_parameter_msg() for each in parameters]
        )
        return self.call(f"{node}/set_parameters", request)
