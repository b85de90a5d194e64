# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The commands that can drive in Gazebo: where they cannot, and in a toy that stands in for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from driver_model import write_driver
from fake_gz import FakeGz, no_gz
from node_graph import stderr_lines
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("installed")
PATIENCE = 300.0  # [s]; only a command that hangs takes so long


@pytest.fixture
def model(repository: Path) -> str:
    return str(repository / "models" / "reinvent_v1")


def run(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    module = {"demo": "demo", "evaluate": "evaluate_command"}[command]
    line = [sys.executable, "-P", "-m", f"deepracer_bringup.{module}", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)


def lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    """What was said on stderr, without the progress bar."""
    return [line.rpartition("\r")[2].strip() for line in stderr_lines(result.stderr) if line]


@pytest.mark.parametrize("command", ["demo", "evaluate"])
def test_without_gazebo_they_say_what_to_install(
    command: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_gz(tmp_path / "empty", monkeypatch)
    arguments = [model] if command == "evaluate" else ["--out", tmp_path / "out"]
    result = run(command, "--simulator", "gazebo", *arguments)
    assert result.returncode == 2
    (line,) = lines(result)
    assert line.startswith(f"./deepracer {command}: Gazebo is not installed; ")
    assert "sudo apt install ros-jazzy-ros-gz" in line


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--objects", "boxes"], "--objects"),
        (["--randomize"], "--randomize"),
        (["--track", "Oval_track,reinvent_base"], "single"),
        (["--track", "nowhere"], "unknown track"),
        (["--simulator", "moon"], "--simulator"),
    ],
)
def test_what_gazebo_cannot_do_is_one_line(
    arguments: list[str], complaint: str, model: str, tmp_path: Path, monkeypatch
) -> None:
    FakeGz(tmp_path / "gz", monkeypatch).answers("sim", "8.14.0\n")
    result = run("evaluate", model, "--simulator", "gazebo", *arguments)
    assert result.returncode == 2
    (line,) = lines(result)
    assert line.startswith("./deepracer evaluate: ") and complaint in line


@pytest.mark.parametrize("status", [0, 255])  # 0 is what it says where the world does not load.
@pytest.mark.parametrize("command", ["demo", "evaluate"])
def test_a_gazebo_that_dies_ends_them_with_its_first_error(
    command: str, status: int, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeGz(tmp_path / "gz", monkeypatch)
    fake.answers("sim", "8.14.0\n")
    said = "[Msg] Hello\n\x1b[1;31m[Err] [Server.cc:86] the world does\x1b[0m not load\nBye\n"
    fake.answers("server", said, status)
    arguments = [model] if command == "evaluate" else ["--out", tmp_path / "out"]
    result = run(command, "--simulator", "gazebo", *arguments)
    assert result.returncode == {"demo": 1, "evaluate": 2}[command]
    reason = f"gazebo ended (status {status}): [Err] [Server.cc:86] the world does not load"
    assert lines(result) == [f"./deepracer {command}: {reason}"]
    assert "ended" not in result.stdout
    wait_until(lambda: not fake.running, "the end of all of Gazebo's processes")


def test_a_demo_in_another_simulator_has_laps_and_latencies(
    toy: FakeGz, model: str, tmp_path: Path
) -> None:
    out, file = tmp_path / "out", tmp_path / "result.json"
    result = run(
        "demo",
        "--simulator",
        "gazebo",
        "--model",
        model,
        "--laps",
        1,
        "--out",
        out,
        "--json",
        file,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    content = json.loads(file.read_text())
    assert set(content) == {"track", "model", "laps", "latency_ms"}
    (lap,) = content["laps"]
    assert (lap["completion"], lap["off_track"]) == (100.0, 0)
    assert content["latency_ms"]["p50"] > 0.0
    assert (out / "drive.png").is_file() and (out / "camera.mp4").is_file()
    wait_until(lambda: not toy.running, "the end of the simulator")


def test_trials_in_another_simulator_have_the_same_starts_and_rows(
    toy: FakeGz, model: str, tmp_path: Path
) -> None:
    file, film = tmp_path / "result.json", tmp_path / "film.mp4"
    lines_file = tmp_path / "lines.png"
    result = run(
        "evaluate", model, "--simulator", "gazebo", "--trials", 1, "--duration", 4, "--resets", 1,
        "--json", file, "--video", film, "--picture", lines_file,
    )  # fmt: skip
    assert result.returncode == 1, result.stdout + result.stderr  # No lap in four seconds.
    content = json.loads(file.read_text())
    assert [(trial["start"], trial["direction"]) for trial in content["trials"]] == [
        (0.0, "ccw"),
        (0.0, "cw"),
    ]
    for trial in content["trials"]:
        assert (trial["status"], trial["time_s"], trial["resets"]) == (
            "time_up",
            pytest.approx(4.0),
            0,
        )
        assert trial["completion"] > 10.0
    assert film.is_file() and lines_file.is_file()
    places = [call for call in toy.calls if call.startswith("service")]
    assert len(places) == 2
    wait_until(lambda: not toy.running, "the end of the simulator")


def test_a_trial_through_which_the_bridge_did_not_live_counts_for_nothing(
    toy: FakeGz, model: str, tmp_path: Path
) -> None:
    line = [sys.executable, "-P", "-m", "deepracer_bringup.evaluate_command", model]
    process = subprocess.Popen([*line, "--simulator", "gazebo"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: any(call.startswith("service") for call in toy.calls), "a start")
    os.kill(int((tmp_path / "bridge.pid").read_text()), signal.SIGKILL)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "./deepracer evaluate: parameter_bridge ended (killed by signal 9)" in said


def test_a_car_that_cannot_be_put_back_ends_the_demo(toy: FakeGz, tmp_path: Path) -> None:
    toy.answers("service", "data: false\n")
    straight = write_driver(tmp_path / "straight", gain=0.0)
    result = run("demo", "--simulator", "gazebo", "--model", straight, "--out", tmp_path / "out")
    assert result.returncode == 1
    reason = "the car was not put back: Gazebo does not move the car: data: false"
    assert lines(result) == [f"./deepracer demo: {reason}"]


def test_the_embedded_simulator_is_the_one_without_being_asked(model: str) -> None:
    result = run("evaluate", model, "--trials", 1, "--direction", "ccw")
    assert result.returncode == 0, result.stderr
    assert "1 of 1 trials were whole laps" in result.stdout
