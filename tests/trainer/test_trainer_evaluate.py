# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The command that evaluates: what it prints, writes and returns."""

import json
import re
import shutil
import time
from pathlib import Path

import cv2
import pytest
from small_run import route_file, small_run

from deepracer_core.drive_picture import WIDTH
from deepracer_inference.policy import load_policy
from deepracer_sim.env import default_actions
from deepracer_trainer import evaluate
from deepracer_trainer.metrics import EvaluationTrial
from deepracer_trainer.race_rules import RaceRules, World
from deepracer_trainer.races import Race
from deepracer_trainer.run_logs import log_evaluation


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("discrete") / "run")


def test_the_command_writes_what_programs_read(run: Path, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    status = evaluate.main([str(run), "--trials", "1", "--json", str(file)])
    result = json.loads(file.read_text())
    assert status == 1  # Nothing was learned in so few steps.
    assert result["track"] == "reinvent_base"
    assert result["model"] == str(run)
    assert (result["duration"], result["resets"], result["penalty"]) == (0.0, 0, 2.0)
    assert [set(trial) for trial in result["trials"]] == 2 * [
        {"start", "direction", "completion", "time_s", "status"}
        | {"track", "lap_times", "resets", "penalty_s"}
    ]
    assert result["trials"][0]["track"] == "reinvent_base"


def test_picture_and_film_show_what_was_driven(run: Path, tmp_path: Path) -> None:
    picture, video = tmp_path / "lines.png", tmp_path / "race.mp4"
    result = tmp_path / "result.json"
    tracks = ["--track", "reinvent_base,Oval_track", "--direction", "cw"]
    files = ["--picture", str(picture), "--video", str(video), "--json", str(result)]
    evaluate.main([str(run), "--trials", "1", *tracks, *files])
    panels = cv2.imread(str(picture))
    assert panels.shape[1] == WIDTH and panels.shape[0] > 1000  # One for each track.
    film = cv2.VideoCapture(str(video))
    first = json.loads(result.read_text())["trials"][0]
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == round(first["time_s"] * 15)
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(15.0)


def test_a_track_file_that_is_named_twice_has_two_panels(
    repository: Path, shared: Path, tmp_path: Path
) -> None:
    track = shared / "routes" / "reInvent2019_track.npy"
    drive = ["--track", f"{track},{track}", "--trials", "1", "--direction", "ccw"]
    picture = tmp_path / "lines.png"
    evaluate.main([str(repository / "models" / "reinvent_v1"), *drive, "--picture", str(picture)])
    assert cv2.imread(str(picture)).shape[0] > 1000


def test_the_evaluation_of_a_run_is_logged_in_its_folder(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main([str(run), "--trials", "2", "--resets", "1", "--direction", "ccw"])
    log = Path(capsys.readouterr().out.strip().splitlines()[-1].removeprefix("log: "))
    assert log.parent == run
    assert (log / "evaluation-simtrace" / "0-iteration.csv").read_text().startswith("episode,")
    metrics = run / "metrics" / "evaluation" / f"{log.name}.json"
    rows = json.loads(metrics.read_text())["metrics"]
    assert len(rows) == 2
    assert all(row["reset_count"] == 1 for row in rows)


def test_an_aws_archive_is_evaluated(shared: Path) -> None:
    model = load_policy(shared / "fixtures" / "aws_models" / "ppo_discrete_mono" / "model.tar.gz")
    assert len(Race(model, World(direction="ccw"), RaceRules(), 1).drive()) == 1


def test_the_shipped_model_laps_from_every_start_in_both_directions(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = repository / "models" / "reinvent_v1"
    assert evaluate.main([str(model), "--trials", "10"]) == 0
    assert "20 of 20 trials were whole laps" in capsys.readouterr().out


def test_what_was_asked_for_is_written_though_the_run_keeps_no_more(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = shutil.copytree(run, tmp_path / "run")
    shutil.rmtree(full / "metrics")
    (full / "metrics").write_text("no folder")
    files = {name: tmp_path / f"a.{name}" for name in ("json", "png", "mp4")}
    options = ("--json", "--picture", "--video")
    asked = [str(word) for pair in zip(options, files.values(), strict=True) for word in pair]
    assert evaluate.main([str(full), "--trials", "1", *asked]) == 1
    assert all(file.stat().st_size for file in files.values())
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "./deepracer" in line]
    note = f"./deepracer evaluate: the log of this evaluation cannot be kept in {full} "
    assert line.rpartition("\r")[2].strip().startswith(note)
    assert "--resume" not in line


def test_evaluations_of_one_second_are_kept_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1.8e9)
    trials = [EvaluationTrial(50.0, 0.0, 5.0, "off_track")]
    space = default_actions()
    logs = [log_evaluation(tmp_path, [], trials * count, space) for count in (1, 2, 3)]
    names = [log.name for log in logs]
    assert len(set(names)) == 3
    # Readers find 14 digits.
    assert all(re.fullmatch("evaluation-[0-9]{14}", name) for name in names)
    for count, name in enumerate(names, 1):
        metrics = json.loads((tmp_path / "metrics" / "evaluation" / f"{name}.json").read_text())
        assert len(metrics["metrics"]) == count


def test_a_run_is_evaluated_where_it_was_trained(tmp_path: Path) -> None:
    route = route_file("Oval_track", tmp_path / "mine.npy")
    run = small_run(tmp_path / "run", track=str(route))
    route.unlink()  # It has kept a copy.
    file = tmp_path / "result.json"
    evaluate.main([str(run), "--trials", "1", "--direction", "ccw", "--json", str(file)])
    tracks = {Path(trial["track"]).name for trial in json.loads(file.read_text())["trials"]}
    assert tracks == {"mine.npy"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--trials", "0"],
        ["--seed", "-1"],
        ["--resets", "-1"],
        ["--picture", "lines.jpg"],
        ["--video", "race.avi"],
        ["--picture", "/nowhere/at/all.png"],
        ["--randomize", "fog=1"],
        ["--objects", "boxes", "--object-count", "99"],
        ["--object-count", "3"],
        ["--penalty", "3"],
    ],
)
def test_bad_options_are_one_line_and_status_2(
    arguments: list[str], run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate.main([str(run), *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("./deepracer evaluate: ")
