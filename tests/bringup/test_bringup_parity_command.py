# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The command, on a rig that plays Gazebo: report, JSON, goals, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from parity_rows import HALF_A_LAP, WHOLE_LAP

from deepracer_bringup.parity import session
from deepracer_bringup.parity.frames import Glimpse
from deepracer_bringup.parity.paths import Drive, Place, Sent, embedded_path
from deepracer_bringup.parity.pulse_profiles import PERIOD, Profile
from deepracer_core.command_line import EXIT_MISSED, EXIT_OK
from deepracer_core.errors import ConfigError, DeepRacerError, DeviceError
from deepracer_core.pose import Pose
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.renderer import Renderer
from deepracer_sim.scenes import Scene


@dataclass
class Pretended:
    """A Gazebo that is the embedded simulator, but for its faults.

    Attributes:
        brighter: by so many grey levels.
        faster: by this factor everything moves.
        drives: whether it lives to drive.
    """

    scene: Scene
    brighter: int = 0
    faster: float = 1.0
    drives: bool = True

    def look(self, place: Place) -> Glimpse:
        (frame,) = Renderer(self.scene.ground, DEEPRACER.camera).bgr(np.array([place]))
        lighter = np.minimum(frame.astype(int) + self.brighter, 255).astype(np.uint8)
        return Glimpse(Pose(1.0, *place, 0.0), lighter)

    def drive(self, profile: Profile) -> Drive:
        if not self.drives:
            raise DeviceError("gazebo ended")
        sent = [Sent(number * PERIOD, each) for number, each in enumerate(profile.pulses)]
        times = [each.time for each in sent]
        path = embedded_path(PlantCar(PlantSettings()), sent, times)
        path[:, :2] = path[0, :2] + self.faster * (path[:, :2] - path[0, :2])
        poses = (Pose(time, *place, 0.0) for time, place in zip(times, path, strict=True))
        return Drive(tuple(sent), tuple(poses))


class Bench:
    """Runs the command with a Gazebo as wanted."""

    def __init__(self, folder: Path) -> None:
        self.out, self.json = folder / "out", folder / "parity.json"
        self.faults: dict[str, float] = {}
        self.ran: list[str] = []

    @contextmanager
    def stage(self, pace: float, scene: Scene, logs: Path) -> Iterator[Pretended]:
        self.ran.append(f"gazebo at {pace:g}, logs in {logs.name}")
        yield Pretended(scene, **self.faults)

    def run(self, *arguments: str) -> int:
        given = ["--quick", "--out", str(self.out), "--json", str(self.json), *arguments]
        return session.run_parity(given, self.stage)

    def content(self) -> dict:
        return json.loads(self.json.read_text())


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench(tmp_path)
    trials = {"embedded": [WHOLE_LAP, WHOLE_LAP], "gazebo": [WHOLE_LAP, HALF_A_LAP]}

    def evaluate(simulator: str, *_: object) -> list[dict]:
        bench.ran.append(simulator)
        return trials[simulator]

    monkeypatch.setattr(session, "gazebo_car", lambda model, track, direction, pace: pace)
    monkeypatch.setattr(session, "evaluate", evaluate)
    return bench


def test_everything_is_measured_reported_and_judged(bench: Bench, capsys) -> None:
    assert bench.run() == EXIT_MISSED  # one start was no whole lap
    content = bench.content()
    assert list(content) == ["frames", "open_loop", "closed_loop"]
    assert content["frames"] == {"mean_abs_diff": 0.0, "ssim": 1.0}
    assert content["open_loop"] == pytest.approx(
        {"position_m_at_3s": 0.0, "heading_rad_at_3s": 0.0}, abs=1e-9
    )
    assert content["closed_loop"] == {
        "embedded": [WHOLE_LAP, WHOLE_LAP],
        "gazebo": [WHOLE_LAP, HALF_A_LAP],
    }
    rigs = ["gazebo at 1, logs in logs", "gazebo at 0.25, logs in logs"]
    assert bench.ran == [*rigs, "embedded", "gazebo"]
    report = (bench.out / "report.md").read_text()
    for part in ("# Embedded simulator and Gazebo on", "## Frames", "## Open loop"):
        assert part in report
    for line in ("| gazebo    | 0.00  | ccw       | 50.0", "| steps  | 3 "):
        assert line in report
    for picture in ("frames_worst.png", "open_loop.png"):
        assert f"]({picture})" in report
        assert cv2.imread(str(bench.out / picture)).std() > 1.0
    summary = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [line.split("|")[-2].strip() for line in summary[2:]] == ["met"] * 4 + ["missed"]


@pytest.mark.parametrize(
    ("part", "faults", "status"),
    [
        ("frames", {"brighter": 1}, EXIT_OK),
        ("frames", {"brighter": 3}, EXIT_MISSED),
        ("open_loop", {"faster": 1.01}, EXIT_OK),
        ("open_loop", {"faster": 1.1}, EXIT_MISSED),
    ],
)
def test_one_part_alone_leaves_the_others_null(
    part: str, faults: dict, status: int, bench: Bench
) -> None:
    bench.faults = faults
    assert bench.run("--only", part) == status
    content = bench.content()
    assert [name for name, value in content.items() if value is None] == [
        name for name in ("frames", "open_loop", "closed_loop") if name != part
    ]
    assert len(bench.ran) == 1
    assert "## Closed loop" not in (bench.out / "report.md").read_text()


def test_what_is_done_is_kept_where_the_rest_fails(bench: Bench, capsys) -> None:
    bench.faults = {"drives": False}
    with pytest.raises(DeviceError, match="gazebo ended"):
        bench.run()
    assert bench.content() == {
        "frames": {"mean_abs_diff": 0.0, "ssim": 1.0}, "open_loop": None, "closed_loop": None
    }  # fmt: skip
    assert "## Frames" in (bench.out / "report.md").read_text()
    assert "the report is" in capsys.readouterr().out


def test_what_measures_nothing_leaves_an_earlier_report(bench: Bench) -> None:
    bench.run("--only", "frames")
    before = {file: file.stat().st_mtime_ns for file in (bench.json, bench.out / "report.md")}
    bench.faults = {"drives": False}
    with pytest.raises(DeviceError):
        bench.run("--only", "open_loop")
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_results_outlive_a_report_that_cannot_be_written(bench: Bench) -> None:
    (bench.out / "report.md").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"report.md cannot be written: Is a directory"):
        bench.run("--only", "frames")
    assert bench.content()["frames"]["ssim"] == 1.0


def test_results_may_go_into_the_folder_that_is_made_for_the_report(bench: Bench) -> None:
    bench.json = bench.out / "parity.json"
    assert bench.run("--only", "frames") == EXIT_OK
    assert bench.content()["frames"]["ssim"] == 1.0


def test_a_race_alone_needs_no_rig(bench: Bench) -> None:
    assert bench.run("--only", "closed_loop") == EXIT_MISSED
    assert bench.ran == ["embedded", "gazebo"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--track", "nowhere"], "nowhere"),
        (["--track", "Oval_track,reinvent_base"], "single"),
        (["--only", "sound"], "--only"),
        (["--json", "/no/such/folder/file.json"], "--json"),
        (["--model", "/no/such/model"], "/no/such/model"),
        (["--out", "/dev/null/out"], "--out"),
    ],
)
def test_bad_options_are_refused_before_anything_runs(
    arguments: list[str], complaint: str, bench: Bench
) -> None:
    with pytest.raises(DeepRacerError, match=complaint):
        bench.run(*arguments)
    assert bench.ran == []


def test_logs_that_have_no_place_are_refused_before_anything_runs(bench: Bench) -> None:
    bench.out.mkdir()
    (bench.out / "logs").write_text("no folder")
    with pytest.raises(ConfigError, match=r"--out .*logs cannot be made: File exists"):
        bench.run()
    assert bench.ran == []


def test_without_gazebo_one_line_says_what_to_install(tmp_path: Path, repository: Path) -> None:
    nothing, prefix = tmp_path / "nothing", tmp_path / "ros"
    nothing.mkdir()
    share = prefix / "share" / "deepracer_bringup"
    share.mkdir(parents=True)
    (share / "config").symlink_to(repository / "launch" / "config")
    prefixes = f"{prefix}{os.pathsep}{os.environ['AMENT_PREFIX_PATH']}"
    result = subprocess.run(
        [sys.executable, "-P", "-m", "deepracer_bringup.parity.parity_node", "--out", tmp_path],
        env={**os.environ, "PATH": str(nothing), "AMENT_PREFIX_PATH": prefixes},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("./deepracer parity: Gazebo is not installed; ")
