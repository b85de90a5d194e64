# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A command in its graph: services of nodes that start meanwhile, and Ctrl-C while it listens."""

from __future__ import annotations

import os
import signal
import time

import pytest
from rclpy.executors import Executor
from rclpy.node import Node
from rclpy.service import Service
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_bringup.graph_services import GraphServices, ros_context


class Calm:
    """A runner of nodes none of which ends."""

    def supervise(self) -> list[object]:
        return []


class Late(Calm):
    """A runner of a node that answers only after a while."""

    def __init__(self, node: Node, after: float) -> None:
        self._node = node
        self._at = time.monotonic() + after
        self._service: Service | None = None

    def supervise(self) -> list[object]:
        if not self._service and time.monotonic() > self._at:
            self._service = self._node.create_service(Trigger, "late", self._accept)
        return super().supervise()

    @staticmethod
    def _accept(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = True
        return response


def test_a_service_is_called_until_dds_has_found_it() -> None:
    with ros_context(int(os.environ.get("ROS_DOMAIN_ID", "0"))) as context:
        node = Node("caller", context=context)
        calls = GraphServices(node, Late(node, after=4.5), {"late": Trigger})
        assert calls.call("late", Trigger.Request()) == ""
        node.destroy_node()


def test_ctrl_c_while_a_message_is_read_is_told_once_the_message_has_been_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take = Executor._take_subscription

    def interrupted(executor: Executor, subscription: object) -> object:
        monkeypatch.setattr(Executor, "_take_subscription", take)
        signal.raise_signal(signal.SIGINT)
        return take(executor, subscription)

    with ros_context(int(os.environ.get("ROS_DOMAIN_ID", "0"))) as context:
        node = Node("listener", context=context)
        heard: list[Float64] = []
        node.create_subscription(Float64, "numbers", heard.append, 10)
        publisher = node.create_publisher(Float64, "numbers", 10)
        calls = GraphServices(node, Calm(), {})
        node.create_timer(0.01, lambda: publisher.publish(Float64(data=1.0)))
        assert calls.wait_until(lambda: heard, 10.0)
        monkeypatch.setattr(Executor, "_take_subscription", interrupted)
        with pytest.raises(KeyboardInterrupt):
            calls.wait_until(lambda: False, 10.0)
        heard.clear()
        assert calls.wait_until(lambda: heard, 10.0)
        node.destroy_node()
