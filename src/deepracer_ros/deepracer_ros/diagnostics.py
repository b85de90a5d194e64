# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A node's health on /diagnostics, once a second of wall time: a stopped /clock is news too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from deepracer_ros.qos import NO_PUBLISHER_EVENTS

OK: bytes = DiagnosticStatus.OK
WARN: bytes = DiagnosticStatus.WARN
ERROR: bytes = DiagnosticStatus.ERROR

Health = tuple[bytes, str, Mapping[str, object]]
PERIOD_S = 1.0


class DiagnosticsReporter:
    """Publishes what a callback says about one component.

    Args:
        node: the node that reports.
        name: the component, such as "camera" or "drive"; the node's name is put before it.
        health: returns level (OK, WARN, ERROR), one line for people, and values by name.
    """

    def __init__(self, node: Node, name: str, health: Callable[[], Health]) -> None:
        """Start reporting; it ends with the node."""
        self._node = node
        self._name = f"{node.get_name()}: {name}"
        self._health = health
        self._publisher = node.create_publisher(
            DiagnosticArray, "/diagnostics", 10, event_callbacks=NO_PUBLISHER_EVENTS
        )
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(PERIOD_S, self.report, clock=steady)

    def report(self) -> None:
        """Publish now, beside the regular reports: for changes that should not wait."""
        level, message, values = self._health()
        status = DiagnosticStatus(
            level=level,
            name=self._name,
            message=message,
            values=[KeyValue(key=key, value=_text(value)) for key, value in values.items()],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
