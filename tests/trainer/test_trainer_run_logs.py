# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of a run is one that the field's tools read, also after the run was resumed."""

import ast
import csv
import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import ModelMetadata, metadata_text
from deepracer_sim import rewards
from deepracer_sim.env import DeepRacerVectorEnv, default_actions
from deepracer_trainer import run_logs as module
from deepracer_trainer.hyperparameters import Hyperparameters
from deepracer_trainer.metrics import EvaluationTrial
from deepracer_trainer.run_inputs import RunInputs
from deepracer_trainer.run_logs import Checkpoint, RunLogs, log_evaluation
from deepracer_trainer.sim_trace import Episode

PER_ITERATION = 5
INPUTS = RunInputs(
    ModelMetadata.parse(metadata_text(default_actions(), "COMPACT")),
    Hyperparameters().to_json(),
    "reinvent_base",
    reward_source="def reward_function(params):\n    return 1.0\n",
)


def drive(folder: Path, episodes: int, resumed: int = 0, seed: int = 0) -> RunLogs:
    """Drive at random until so many episodes are complete, and log them."""
    logs = RunLogs(folder, INPUTS, PER_ITERATION, resumed, began=60.0 * resumed)
    env = DeepRacerVectorEnv(4, reward=logs.traced(rewards.progress))
    env.reset(seed=seed)
    logs.started(env.simulation, np.arange(4))
    random = np.random.default_rng(seed)
    while logs.episodes < episodes:
        info = env.step(random.integers(1, 4, 4))[4]
        if info:
            logs.started(env.simulation, info["finished"])
    logs.take_finished()
    logs.refresh()
    return logs


def rows(folder: Path) -> list[tuple[int, dict[str, str]]]:
    """Read as deepracer-utils does: all files, with the iteration from their names."""
    found = []
    for file in folder.glob("training-simtrace/*-iteration.csv"):
        with file.open() as lines:
            found += [(int(file.name.split("-")[0]), row) for row in csv.DictReader(lines)]
    return found


def unique_episodes(folder: Path) -> Counter[int]:
    """Number episodes as deepracer-utils does: it relies on iterations of the same length."""
    table = rows(folder)
    length = max(int(row["episode"]) for iteration, row in table if iteration == 0) + 1
    done = [(i, row) for i, row in table if row["done"] == "True"]
    return Counter(int(row["episode"]) % length + i * length for i, row in done)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first"
    folder.mkdir()
    drive(folder, 23)
    return folder


def copy_of(run: Path, target: Path) -> Path:
    for file in run.rglob("*.*"):
        if file.is_file():
            (target / file.relative_to(run)).parent.mkdir(parents=True, exist_ok=True)
            (target / file.relative_to(run)).write_bytes(file.read_bytes())
    return target


def test_the_layout_is_that_of_a_single_worker(run: Path) -> None:
    names = {str(file.relative_to(run)) for file in run.rglob("*") if file.is_file()}
    assert names == {
        "hyperparameters.json",
        "ip/hyperparameters.json",
        "logs/training.log",
        "metrics/TrainingMetrics.json",
        "model/model_metadata.json",
        "model_metadata.json",
        "reward_function.py",
        "training_graph.png",
        *(f"training-simtrace/{iteration}-iteration.csv" for iteration in range(5)),
    }


def test_every_episode_is_there_once_by_the_readers_own_count(run: Path) -> None:
    counted = unique_episodes(run)
    assert set(counted.values()) == {1}
    assert sorted(counted) == list(range(len(counted)))
    assert len(counted) >= 23


def test_the_log_holds_what_the_tables_hold_in_the_order_of_episodes(run: Path) -> None:
    lines = (run / "logs" / "training.log").read_text().splitlines()
    traced = [line for line in lines if line.startswith("SIM_TRACE_LOG:")]
    tables = sorted(rows(run), key=lambda row: (int(row[1]["episode"]), int(row[1]["steps"])))
    assert [line.removeprefix("SIM_TRACE_LOG:") for line in traced] == [
        ",".join(row.values()) for _, row in tables
    ]


def test_the_head_of_the_log_says_what_was_trained(run: Path) -> None:
    head = (run / "logs" / "training.log").read_text().partition("SIM_TRACE_LOG")[0]
    block = head.partition("Using the following hyper-parameters\n")[2]
    assert json.loads(block[: block.index("}") + 1]) == INPUTS.hyperparameters
    actions = head.partition("Loaded action space from file: ")[2]
    assert ast.literal_eval(actions) == default_actions().to_json()
    assert " * /WORLD_NAME: reinvent_base\n" in head
    assert "Sensor list ['FRONT_FACING_CAMERA'], network COMPACT, simapp_version 5" in head


def test_metrics_have_a_row_an_episode_with_the_services_fields(run: Path) -> None:
    metrics = json.loads((run / "metrics" / "TrainingMetrics.json").read_text())
    assert (metrics["version"], metrics["best_model_metric"]) == (2.0, "progress")
    table = rows(run)
    for row in metrics["metrics"]:
        steps = [r for _, r in table if int(r["episode"]) == row["episode"] - 1]
        total = sum(float(step["reward"]) for step in steps)
        milliseconds = 1000.0 * (float(steps[-1]["tstamp"]) - float(steps[0]["tstamp"]))
        assert row["reward_score"] == pytest.approx(total, abs=1e-3)
        assert row["elapsed_time_in_milliseconds"] == pytest.approx(milliseconds, abs=1.0)
        assert row["metric_time"] - row["start_time"] == row["elapsed_time_in_milliseconds"]
        assert row["trial"] == (row["episode"] - 1) % PER_ITERATION + 1
        assert row["completion_percentage"] == max(0, int(float(steps[-1]["progress"])))
        assert (row["phase"], row["episode_status"]) == ("training", "Off track")


def test_the_curve_has_the_means_of_each_iteration(tmp_path: Path) -> None:
    logs = drive(tmp_path, 12)
    curve = logs.metrics.curve("training")
    table = rows(tmp_path)
    assert curve.iteration.tolist() == sorted({iteration for iteration, _ in table})
    sums = [
        sum(float(row["reward"]) for i, row in table if i == iteration)
        for iteration in curve.iteration
    ]
    counts = [
        sum(row["done"] == "True" for i, row in table if i == iteration)
        for iteration in curve.iteration
    ]
    np.testing.assert_allclose(curve.reward, np.divide(sums, counts), atol=1e-3)
    assert not len(logs.metrics.curve("evaluation").iteration)


def test_evaluations_stand_beside_the_episode_that_came_before(tmp_path: Path) -> None:
    logs = drive(tmp_path, 12)
    episodes = recorded(tmp_path / "other")
    logs.evaluated(episodes)
    logs.refresh()
    metrics = json.loads((tmp_path / "metrics" / "TrainingMetrics.json").read_text())["metrics"]
    evaluations = [row for row in metrics if row["phase"] == "evaluation"]
    assert [row["episode"] for row in evaluations] == [logs.episodes] * len(episodes)
    assert max(row["trial"] for row in metrics) == PER_ITERATION
    file = tmp_path / "evaluation-simtrace" / f"{logs.iteration}-iteration.csv"
    with file.open() as lines:
        done = [row["done"] for row in csv.DictReader(lines)]
    assert done.count("True") == len(episodes)
    assert len(logs.metrics.curve("evaluation").iteration) == 1


def recorded(folder: Path) -> list[Episode]:
    """Return a few episodes."""
    folder.mkdir()
    logs = RunLogs(folder, INPUTS, PER_ITERATION)
    env = DeepRacerVectorEnv(2, reward=logs.traced(rewards.progress))
    env.reset(seed=0)
    logs.started(env.simulation, np.arange(2))
    while logs.episodes < 2:
        env.step(np.array([1, 3]))
    return logs.take_finished()


@pytest.mark.parametrize("kept", [5, 7, 20])
def test_a_resumed_run_drops_what_came_after_the_checkpoint(
    run: Path, tmp_path: Path, kept: int
) -> None:
    folder = copy_of(run, tmp_path / "copy")
    before = {row["X"] for _, row in rows(run) if int(row["episode"]) < kept}
    logs = drive(folder, 30, resumed=kept, seed=1)
    counted = unique_episodes(folder)
    assert set(counted.values()) == {1}
    assert sorted(counted) == list(range(logs.episodes))
    assert before <= {row["X"] for _, row in rows(folder) if int(row["episode"]) < kept}
    log = (folder / "logs" / "training.log").read_text()
    assert log.count("SIM_TRACE_LOG") == len(rows(folder))
    assert log.count("Using the following hyper-parameters") == 1
    metrics = json.loads((folder / "metrics" / "TrainingMetrics.json").read_text())["metrics"]
    assert [row["episode"] for row in metrics] == list(range(1, logs.episodes + 1))
    times = [row["metric_time"] for row in metrics]
    assert times[kept] > times[kept - 1]


def test_a_row_that_a_killed_process_left_half_is_dropped(run: Path, tmp_path: Path) -> None:
    folder = copy_of(run, tmp_path / "copy")
    for name in ("training-simtrace/1-iteration.csv", "logs/training.log"):
        text = (folder / name).read_text()
        (folder / name).write_text(text[:-30])
    drive(folder, 12, resumed=7)
    lines = (folder / "training-simtrace" / "1-iteration.csv").read_text().splitlines()
    assert {line.count(",") for line in lines} == {18}


def test_lost_or_spoilt_logs_do_not_keep_a_run_from_going_on(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "TrainingMetrics.json").write_text('{"metrics": [3')
    logs = drive(tmp_path, 16, resumed=10)
    assert logs.episodes >= 16
    assert logs.iteration == (logs.episodes - 1) // PER_ITERATION


def test_checkpoints_are_listed_as_the_service_listed_them(tmp_path: Path) -> None:
    logs = RunLogs(tmp_path, INPUTS, PER_ITERATION)
    logs.checkpoints(Checkpoint(3, 4096, 88.5, 61.0), Checkpoint(7, 9000, None, 99.5))
    assert json.loads((tmp_path / "model" / "deepracer_checkpoints.json").read_text()) == {
        "best_checkpoint": {
            "name": "3_Step-4096.ckpt",
            "avg_eval_metric": 88.5,
            "time_stamp": 61.0,
        },
        "last_checkpoint": {
            "name": "7_Step-9000.ckpt",
            "avg_eval_metric": None,
            "time_stamp": 99.5,
        },
    }


def test_an_evaluation_of_its_own_has_its_folder_and_metrics(tmp_path: Path) -> None:
    episodes = recorded(tmp_path / "run")
    trials = [
        EvaluationTrial(100.0, 0.0, 14.5, "lap_complete"),
        EvaluationTrial(63.2, 14.5, 40.0, "off_track", Counter(off_track=2, crashed=1), 2),
    ]
    folder = log_evaluation(tmp_path / "run", episodes, trials, default_actions())
    assert folder.name.startswith("evaluation-20") and len(folder.name) == 25
    trace = (folder / "evaluation-simtrace" / "0-iteration.csv").read_text()
    assert trace.count("\n") == 1 + sum(episode.length + 1 for episode in episodes)
    (file,) = (tmp_path / "run" / "metrics" / "evaluation").iterdir()
    assert file.name == f"{folder.name}.json"
    first, second = json.loads(file.read_text())["metrics"]
    assert (first["trial"], first["episode_status"], first["reset_count"]) == (
        1,
        "Lap complete",
        0,
    )
    assert second == {
        "completion_percentage": 63,
        "metric_time": 40000,
        "start_time": 14500,
        "elapsed_time_in_milliseconds": 25500,
        "episode_status": "Off track",
        "crash_count": 1,
        "immobilized_count": 0,
        "off_track_count": 2,
        "reversed_count": 0,
        "reset_count": 2,
        "trial": 2,
    }


def test_the_graph_is_a_picture_of_what_was_learned(run: Path) -> None:
    picture = cv2.imread(str(run / "training_graph.png"))
    assert picture.shape == (520, 1000, 3)


def test_a_full_disk_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    logs = RunLogs(tmp_path, INPUTS, PER_ITERATION)
    monkeypatch.setattr(module, "replace_file", full)
    with pytest.raises(ConfigError, match="No space left on device.*make room, then --resume"):
        logs.refresh()


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        RunLogs(tmp_path / "file", INPUTS, PER_ITERATION)
