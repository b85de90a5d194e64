# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How the actuator node ends, and what it does when it is started again or cannot start."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from fake_gz import FakeGz
from gazebo_world import FORWARD, NODE, World
from node_graph import Observer, node_command, refusal, running_node
from std_srvs.srv import Trigger
from waiting import PATIENCE_S, wait_until

from deepracer_gazebo.car import JOINTS


def test_it_leaves_a_car_that_stands() -> None:
    observer = Observer()
    try:
        with running_node(NODE, use_sim_time=True):
            gazebo = World(observer)
            gazebo.drive_until(lambda: gazebo.speed > 0.9, "speed", FORWARD)
        observer.wait_until(lambda: gazebo.stands, "the last commands")
        assert all(gazebo.last(joint) == 0.0 for joint in JOINTS)
    finally:
        observer.close()


def test_nothing_that_it_has_asked_of_gazebo_outlives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeGz(tmp_path / "gz", monkeypatch)
    fake.answers("service", "", "hang")
    observer = Observer()
    try:
        with running_node(NODE, use_sim_time=True):
            gazebo = World(observer)
            gazebo.reset.call_async(Trigger.Request())
            gazebo.drive_until(lambda: fake.running, "a request that hangs")
        wait_until(lambda: not fake.running, "its end")
    finally:
        observer.close()


def test_one_that_was_killed_stands_when_it_is_started_again() -> None:
    observer = Observer()
    process = subprocess.Popen(node_command(NODE, use_sim_time=True))
    try:
        gazebo = World(observer)
        gazebo.drive_until(lambda: gazebo.speed > 0.9, "speed", FORWARD)
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        assert gazebo.speed > 0.9  # That is what Gazebo's controllers go on with.
        process = subprocess.Popen(node_command(NODE, use_sim_time=True))
        gazebo.drive_until(lambda: gazebo.stands, "a stop, without any pulse")
        assert all(gazebo.last(joint) == 0.0 for joint in JOINTS)
    finally:
        process.kill()
        process.wait()
        observer.close()


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"track": "nowhere"}, "unknown track 'nowhere'"),
        ({"start": "2.0"}, "start"),
        ({"direction": "left"}, "direction is 'left', allowed are ccw, cw"),
        ({"rate": "1.0"}, "rate"),
    ],
)
def test_bad_parameters_end_it_with_one_line(
    parameters: dict[str, object], complaint: str
) -> None:
    assert complaint in refusal(NODE, **parameters)
