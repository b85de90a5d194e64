# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The commands in a real Gazebo, where there is one."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from nav_msgs.msg import Odometry
from node_graph import Observer
from waiting import wait_until

from deepracer_interfaces.msg import DriveState
from deepracer_interfaces.srv import SetMode
from deepracer_ros.qos import SENSOR

pytestmark = pytest.mark.gazebo
PATIENCE = 300.0  # [s]; only a drive that hangs takes so long
ENDED_WITHIN = 5.0  # [s], what users are promised


def start(module: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", f"deepracer_bringup.{module}", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in map(int, children) for found in (child, *descendants(child))]


@pytest.fixture
def model(repository: Path) -> Path:
    return repository / "models" / "reinvent_v1"


def test_the_shipped_model_drives_a_lap(model: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    demo = start(
        "demo", "--simulator", "gazebo", "--model", model, "--laps", 1, "--out", tmp_path / "out",
        "--json", result,
    )  # fmt: skip
    output, errors = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, output + errors
    content = json.loads(result.read_text())
    assert set(content) == {"track", "model", "laps", "latency_ms"}
    assert content["laps"][0]["completion"] == 100.0
    assert content["latency_ms"]["p50"] > 0.0


def test_an_evaluation_has_the_results_of_the_embedded_one(model: Path, tmp_path: Path) -> None:
    results = []
    for simulator in ("embedded", "gazebo"):
        file = tmp_path / f"{simulator}.json"
        evaluation = start(
            "evaluate_command", model, "--simulator", simulator, "--trials", 2, "--direction",
            "cw", "--json", file,
        )  # fmt: skip
        output, errors = evaluation.communicate(timeout=PATIENCE)
        assert evaluation.returncode == 0, output + errors
        results.append(json.loads(file.read_text()))
    embedded, gazebo = results
    trials = embedded.pop("trials"), gazebo.pop("trials")
    assert embedded == gazebo
    for ours, theirs in zip(*trials, strict=True):
        assert ours.keys() == theirs.keys()
        assert (ours["start"], ours["direction"]) == (theirs["start"], theirs["direction"])
        assert theirs["status"] == "lap_complete"
        assert theirs["time_s"] == pytest.approx(ours["time_s"], rel=0.25)


def test_stopping_it_leaves_nothing_running(model: Path, tmp_path: Path) -> None:
    demo = start("demo", "--simulator", "gazebo", "--model", model, "--out", tmp_path)
    log = tmp_path / "logs" / "servo_node.log"
    wait_until(lambda: log.is_file() and "AUTONOMOUS" in log.read_text(), "a car that drives")
    processes = descendants(demo.pid)
    asked = time.monotonic()
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=PATIENCE)
    assert time.monotonic() - asked < ENDED_WITHIN
    assert demo.returncode == 130
    wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), "the end of all"
    )


@pytest.fixture
def observer() -> Iterator[Observer]:
    observer = Observer()
    yield observer
    observer.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_launch_drives_and_ends_with_all_that_it_started(
    number: signal.Signals, model: Path, tmp_path: Path, observer: Observer
) -> None:
    if not shutil.which("ros2"):
        pytest.skip("ros2 launch is not installed")
    line = ["ros2", "launch", "deepracer_bringup", "gazebo.launch.py", f"model:={model}"]
    partition = {"GZ_PARTITION": f"test-{os.getpid()}-{number}"}
    with (tmp_path / "log").open("w") as log:
        launch = subprocess.Popen(line, stdout=log, stderr=log, env={**os.environ, **partition})
    poses = observer.listen(Odometry, "odom", SENSOR)
    observer.wait_until(lambda: poses, "a car in Gazebo")
    start = poses[-1].pose.pose.position
    request = SetMode.Request(mode=DriveState.AUTONOMOUS)
    observer.wait_until(
        lambda: observer.call(SetMode, "servo_node/set_mode", request).success, "a mode"
    )

    def driven() -> float:
        here = poses[-1].pose.pose.position
        return math.dist((here.x, here.y), (start.x, start.y))

    observer.wait_until(lambda: driven() > 1.0, "a drive")
    processes = descendants(launch.pid)
    asked = time.monotonic()
    launch.send_signal(number)
    status = launch.wait(PATIENCE)
    assert status == {signal.SIGINT: 0, signal.SIGTERM: -signal.SIGTERM}[number]
    wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes), "the end of all"
    )
    assert time.monotonic() - asked < ENDED_WITHIN
