# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The race node as its own process, over real DDS; servo node and simulator are the test's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nav_msgs.msg import Odometry
from node_graph import Observer, node_command
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.task import Future
from rclpy.time import Time
from std_srvs.srv import Trigger
from waiting import PATIENCE_S

from deepracer_interfaces.msg import DriveState
from deepracer_ros.qos import LATCHED, SENSOR

STEP = 1.0 / 15.0  # [s]
ON, OFF = 0.685, 0.1  # [m]: y on the centre line of the first straight, and beside the road


class World:
    """A car that is where it is told to be, and a simulator that takes its time."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.asked: list[Future] = []
        node = observer.node
        self._odometry = node.create_publisher(Odometry, "odom", SENSOR)
        self._drive = node.create_publisher(DriveState, "drive_state", LATCHED)
        at_once = ReentrantCallbackGroup()
        node.create_service(Trigger, "recover", self._recover, callback_group=at_once)
        self._time = 0.0

    async def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.asked.append(Future())
        response.success = await self.asked[-1]
        response.message = "" if response.success else "it is stuck"
        return response

    def show(self, y: float, frames: int = 1) -> None:
        """Show the car at a place beside or on the first straight."""
        for _ in range(frames):
            self._time += STEP
            message = Odometry()
            message.header.stamp = Time(nanoseconds=round(self._time * 1e9)).to_msg()
            pose = message.pose.pose
            pose.position.x, pose.position.y, pose.orientation.w = 4.0, y, 1.0
            message.twist.twist.linear.x = 1.0
            self._odometry.publish(message)
            self._drive.publish(DriveState(mode=DriveState.AUTONOMOUS, enabled=True))
            self.observer.spin_for(0.02)

    def show_until(self, condition: Any, y: float, what: str) -> None:
        self.observer.wait_until(lambda: self.show(y) or condition(), what)


@pytest.fixture
def race(tmp_path: Path) -> Iterator[tuple[World, subprocess.Popen[str], Path]]:
    observer = Observer()
    line = node_command("deepracer_bringup.race_node", report=tmp_path)
    try:
        with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as process:
            yield World(observer), process, tmp_path
            process.kill()
    finally:
        observer.close()


def events(folder: Path, kind: str) -> list[dict[str, Any]]:
    (file,) = folder.glob("*.jsonl")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    return [row for row in rows if row["event"] == kind]


def test_a_car_that_is_being_put_back_is_not_asked_for_again(race) -> None:
    world, process, folder = race
    world.show_until(lambda: world.asked, OFF, "a request to put the car back")
    for y in (ON, OFF, ON, OFF):  # It slides over the road while it is braked.
        world.show(y, frames=5)
    assert len(world.asked) == 1
    world.asked[0].set_result(True)
    world.show(ON, frames=20)
    world.show_until(lambda: len(world.asked) == 2, OFF, "a request when it is off again")
    world.asked[1].set_result(False)
    world.show_until(lambda: process.poll() is not None, OFF, "the end of the race")
    assert process.wait(PATIENCE_S) == 0
    (end,) = events(folder, "end")
    assert end["error"] == "the car was not put back: it is stuck"
