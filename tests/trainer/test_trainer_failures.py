# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What stops training, and what is kept then."""

import errno
import json
import signal
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest
from small_run import BOUNDS, CONTINUOUS, STEPS, small, small_run, write

from deepracer_core.errors import ConfigError, RewardError
from deepracer_inference.policy import load_policy
from deepracer_trainer import checkpoints
from deepracer_trainer.checkpoints import find_checkpoint
from deepracer_trainer.examination import Examination
from deepracer_trainer.rewards import call_limit
from deepracer_trainer.trace_files import IterationFiles
from deepracer_trainer.train import resume, train
from deepracer_trainer.train_command import main


def test_a_full_disk_is_told_and_the_run_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run(tmp_path / "run")
    with monkeypatch.context() as patch:

        def full(path: Path, data: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(checkpoints, "replace_file", full)
        with pytest.raises(ConfigError, match=r"No space left on device.*make room.*--resume"):
            resume(run, {"steps": 3 * STEPS})
    assert resume(run, {"steps": 3 * STEPS}).steps == 3 * STEPS


def test_a_disk_that_is_full_below_tensorboard_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = pytest.importorskip("tensorboard.summary.writer.event_file_writer")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer.RecordWriter, "write", full)
    assert main(small_run_command(tmp_path)) == 2
    told = capsys.readouterr().err
    assert "(No space left on device): make room" in told.splitlines()[-1]
    assert "Traceback" not in told


def small_run_command(folder: Path) -> list[str]:
    """Return the arguments of a small run, into the folder's "run"."""
    given = asdict(small(folder / "inputs", steps=20 * STEPS))
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value]
    return ["--out", str(folder / "run"), *options]


def test_a_place_that_is_none_is_refused_without_talk_of_room(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="Not a directory") as caught:
        train(small(tmp_path / "inputs"), tmp_path / "file" / "run")
    assert "make room" not in str(caught.value)


def test_ctrl_c_while_logs_are_written_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table = IterationFiles.write

    def interrupted(files: IterationFiles, iteration: int, rows: Iterable[str]) -> None:
        signal.raise_signal(signal.SIGINT)
        write_table(files, iteration, rows)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(IterationFiles, "write", interrupted)
    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(small(tmp_path / "inputs", steps=20 * STEPS), run)
    episodes = find_checkpoint(run).state.episodes
    assert episodes
    metrics = json.loads((run / "metrics" / "TrainingMetrics.json").read_text())["metrics"]
    assert [row["episode"] for row in metrics] == list(range(1, episodes + 1))
    log = (run / "logs" / "training.log").read_text().splitlines()
    traced = [
        line.removeprefix("SIM_TRACE_LOG:") for line in log if line.startswith("SIM_TRACE_LOG:")
    ]
    ended = [row.split(",") for row in traced if row.split(",")[9] == "True"]
    assert [int(row[0]) for row in ended] == list(range(episodes))
    tables = [file.read_text().splitlines() for file in (run / "training-simtrace").iterdir()]
    assert sorted(row for rows in tables for row in rows[1:]) == sorted(traced)


def test_a_reward_that_fails_stops_training_and_keeps_what_was_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reward = tmp_path / "reward.py"
    reward.write_text(
        "calls = 0\n\n\ndef reward_function(params):\n    global calls\n    calls += 1\n"
        "    return 1.0 if calls < 30 else 1.0 / (params['track_width'] * 0)\n"
    )
    settings = small(tmp_path, reward=str(reward), steps=20 * STEPS)
    run = tmp_path / "run"
    with pytest.raises(RewardError, match=r"reward.py, line 7: ZeroDivisionError.*\(car 0"):
        train(settings, run)
    assert find_checkpoint(run).state.steps >= STEPS
    load_policy(run / "model")
    assert main(["--resume", str(run)]) == 2
    printed = capsys.readouterr()
    assert "calls < 30" in printed.err and "track_width 0." in printed.err
    assert printed.err.splitlines()[-1].startswith("./deepracer train: ")
    assert f"correct {run / 'reward_function.py'}" in printed.out
    assert f"--resume {run}" in printed.out


@pytest.mark.parametrize("failure", [RewardError("it fails", {}), KeyboardInterrupt()])
def test_what_ends_the_last_evaluation_does_not_lose_what_was_learned(
    failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(Examination, "drive", fail)
    run = tmp_path / "run"
    with pytest.raises(type(failure)):
        train(small(tmp_path, evaluate_every=100 * STEPS), run)
    assert find_checkpoint(run).state.steps == 2 * STEPS
    load_policy(run / "model")


@pytest.mark.parametrize("hidden", [False, True])
def test_a_reward_that_hangs_stops_training_and_keeps_what_was_learned(
    hidden: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_limit, "LONGEST_CALL", 0.2)
    loop = "while calls > 30:\n        pass\n"
    if hidden:
        loop = "try:\n        while calls > 30: pass\n    except BaseException: pass\n"
    reward = tmp_path / "reward.py"
    text = "calls = 0\ndef reward_function(params):\n    global calls\n    calls += 1\n"
    reward.write_text(f"{text}    {loop}    return 1.0\n")
    place = r"reward\.py" if hidden else r"reward\.py, line [56]: TimeoutError"
    with pytest.raises(RewardError, match=rf"{place}: broken off .*\(car \d") as caught:
        train(small(tmp_path, reward=str(reward), steps=20 * STEPS), tmp_path / "run")
    assert caught.value.parameters["track_width"] > 0.0
    assert find_checkpoint(tmp_path / "run").state.steps >= STEPS
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("value", ["float('nan')", "1e6", "None"])
def test_a_reward_that_is_none_stops_training(value: str, tmp_path: Path) -> None:
    reward = tmp_path / "reward.py"
    reward.write_text(f"def reward_function(params):\n    return {value}\n")
    with pytest.raises(RewardError, match="reward_function returned"):
        train(small(tmp_path, reward=str(reward)))


def test_training_that_diverges_is_refused_and_not_kept(tmp_path: Path) -> None:
    metadata = write(tmp_path, "metadata.json", {**CONTINUOUS, "action_space": BOUNDS})
    keys = {"lr": 0.1, "beta_entropy": 1.0, "num_epochs": 40}
    wild = small(tmp_path, keys, metadata=metadata, steps=100 * STEPS)
    with pytest.raises(ConfigError, match="diverged"):
        train(wild, tmp_path / "run")
    assert not (tmp_path / "run" / "policy.zip").exists()


def test_ctrl_c_keeps_what_was_learned(tmp_path: Path) -> None:
    def interrupt(progress: object) -> None:
        if progress.steps > STEPS:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(small(tmp_path / "inputs"), tmp_path / "run", interrupt)
    assert STEPS <= find_checkpoint(tmp_path / "run").state.steps < 2 * STEPS
    load_policy(tmp_path / "run" / "model")
