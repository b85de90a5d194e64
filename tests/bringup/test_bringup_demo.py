# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The demo as a user runs it, with a hand-made policy."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from driver_model import write_driver

from deepracer_bringup.demo import main

PATIENCE = 300.0  # [s]; only a demo that hangs takes so long


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_driver(tmp_path_factory.mktemp("models") / "driver")


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "deepracer_bringup.demo", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_policy_that_can_drive_completes_its_lap(driver: Path, tmp_path: Path) -> None:
    out, result = tmp_path / "out", tmp_path / "result.json"
    demo = start("--model", driver, "--laps", 1, "--out", out, "--json", result)
    output, errors = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 0, output + errors
    content = json.loads(result.read_text())
    assert set(content) == {"track", "model", "laps", "latency_ms"}
    assert (content["track"], content["model"]) == ("reinvent_base", "driver")
    (lap,) = content["laps"]
    assert set(lap) == {"time_s", "completion", "off_track"}
    assert lap["completion"] == 100.0 and lap["off_track"] == 0
    assert 10.0 < lap["time_s"] < 60.0
    assert set(content["latency_ms"]) == {"p50", "p95", "p99"}
    assert all(value > 0.0 for value in content["latency_ms"].values())
    assert "1 of 1 laps complete" in output
    film = cv2.VideoCapture(str(out / "camera.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) > 10.0 * lap["time_s"]
    picture = cv2.imread(str(out / "drive.png"))
    assert picture is not None and np.ptp(cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)[..., 1]) > 100


def test_a_policy_that_leaves_the_road_fails_with_its_completion(tmp_path: Path) -> None:
    straight_on = write_driver(tmp_path / "straight", gain=0.0, speed=2.0)
    result = tmp_path / "result.json"
    demo = start(
        "--model", straight_on, "--laps", 1, "--direction", "cw", "--out", tmp_path / "out",
        "--json", result,
    )  # fmt: skip
    output, errors = demo.communicate(timeout=PATIENCE)
    assert demo.returncode == 1, output + errors
    (lap,) = json.loads(result.read_text())["laps"]
    assert 0.0 < lap["completion"] < 100.0 and lap["off_track"] == 3
    assert "given up: 3 times off the track" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stopping_it_leaves_nothing_running(
    driver: Path, tmp_path: Path, number: signal.Signals
) -> None:
    demo = start("--model", driver, "--out", tmp_path)
    deadline = time.monotonic() + PATIENCE
    while len(nodes := children(demo.pid)) < 4:
        assert demo.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    demo.send_signal(number)
    _, errors = demo.communicate(timeout=PATIENCE)
    expected = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
    assert demo.returncode == expected[number]
    assert "Traceback" not in errors
    while any(Path(f"/proc/{pid}").exists() for pid in nodes):
        assert time.monotonic() < deadline, "nodes are left"
        time.sleep(0.05)


BAD_INPUT = {
    "unknown track": (["--track", "reinvent_bas"], "did you mean reinvent_base"),
    "missing route": (["--track", "nowhere.npy"], "nowhere.npy cannot be read"),
    "open track": (["--track", "Straight_track"], "is open"),
    "no laps": (["--laps", "0"], "laps is 0"),
    "laps in words": (["--laps", "three"], "--laps"),
    "unknown option": (["--lap-count", "3"], "--lap-count"),
    "unknown direction": (["--direction", "left"], "--direction"),
    "speed of time": (["--rtf", "0"], "real_time_factor is 0.0"),
    "missing model": (["--model", "no/such/model"], "no model package at"),
    "JSON nowhere": (["--json", "no/such/folder/r.json"], "--json"),
}


@pytest.mark.parametrize(("arguments", "complaint"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_clear_line(
    arguments: list[str],
    complaint: str,
    driver: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--model", str(driver), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("./deepracer demo: ") and complaint in captured.err
    assert captured.err.count("\n") == 1


def test_a_damaged_model_or_route_is_one_clear_line(
    tmp_path: Path, driver: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, route = tmp_path / "model.tar.gz", tmp_path / "route.npy"
    archive.write_bytes(b"no archive")
    np.save(route, np.zeros((5, 2)))
    assert main(["--model", str(archive)]) == 2
    assert main(["--model", str(driver), "--track", str(route)]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "model" in first and "(N, 6)" in second


def test_an_out_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, driver: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    assert main(["--model", str(driver), "--out", str(blocker / "out")]) == 2
    assert "--out" in capsys.readouterr().err


def test_what_a_model_from_aws_needs_is_what_is_refused(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = shared / "fixtures" / "aws_models" / "ppo_discrete_stereo" / "model.tar.gz"
    assert main(["--model", os.fspath(archive), "--out", str(tmp_path)]) == 2
    assert "STEREO_CAMERAS" in capsys.readouterr().err


def test_two_demos_do_not_write_to_one_folder(
    driver: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["--model", str(driver), "--out", str(tmp_path)]) == 2
    assert "another demo" in capsys.readouterr().err
