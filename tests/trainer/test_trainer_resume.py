# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Runs that end early, whatever the reason, go on from what they had learned."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from small_run import CONTINUOUS, STEPS, small, small_run, write
from stable_baselines3 import PPO, SAC

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import metadata_text
from deepracer_inference.policy import load_policy
from deepracer_trainer import export, run_keeper
from deepracer_trainer.checkpoints import Score, find_checkpoint
from deepracer_trainer.progress_watch import Progress
from deepracer_trainer.run_access import locked
from deepracer_trainer.train import resume, train
from deepracer_trainer.train_command import main

PATIENCE = 240.0  # [s]; only a hanging program takes so long


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def episodes_logged(run: Path) -> list[int]:
    rows = json.loads((run / "metrics" / "TrainingMetrics.json").read_text())["metrics"]
    return [row["episode"] for row in rows if row["phase"] == "training"]


def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    run = tmp_path / "run"
    settings = asdict(small(tmp_path / "inputs", steps=10**8, evaluate_every=STEPS))
    given = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items() if value]
    command = [sys.executable, "-m", "deepracer_trainer.train_command", "--out", str(run), *given]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE
        while not (run / "last.zip").exists() or find_checkpoint(run).state.steps < 2 * STEPS:
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    found = find_checkpoint(run)
    assert found.file == run / "last.zip"
    notes: list[str] = []
    result = resume(run, {"steps": found.state.steps + STEPS}, note=notes.append)
    assert result.steps == found.state.steps + STEPS
    assert notes == [
        f"goes on from {run / 'last.zip'}, {found.state.steps} steps, "
        f"{found.state.episodes} episodes"
    ]
    logged = episodes_logged(run)
    assert logged == list(range(1, len(logged) + 1))
    assert len(logged) == find_checkpoint(run).state.episodes
    load_policy(run / "model")


def test_a_resumed_run_goes_on_with_weights_optimizer_and_learning_rate(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run", evaluate_every=0)
    before = PPO.load(run / "last.zip", device="cpu")
    resume(run, {"steps": 4 * STEPS})
    after = PPO.load(run / "last.zip", device="cpu")
    steps = [
        next(iter(learner.policy.optimizer.state.values()))["step"].item()
        for learner in (before, after)
    ]
    assert steps == [2 * 3, 4 * 3]  # three batches an update
    assert (before.num_timesteps, after.num_timesteps) == (2 * STEPS, 4 * STEPS)


def test_the_same_checkpoint_goes_on_the_same_way(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        run = small_run(tmp_path / name)
        resume(run, {"steps": 3 * STEPS})
        learner = PPO.load(run / "last.zip", device="cpu")
        found.append(torch.cat([w.flatten() for w in learner.policy.parameters()]))
    assert torch.equal(*found)


@pytest.mark.parametrize("damage", ["cut", "changed", "empty"])
def test_a_damaged_last_checkpoint_falls_back_to_the_best(damage: str, tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    data = (run / "last.zip").read_bytes()
    half = len(data) // 2
    changed = (
        data[:half] + bytes(byte ^ 255 for byte in data[half : half + 99]) + data[half + 99 :]
    )
    (run / "last.zip").write_bytes({"cut": data[:half], "changed": changed, "empty": b""}[damage])
    notes: list[str] = []
    resume(run, {"steps": 3 * STEPS}, note=notes.append)
    assert "last.zip is damaged" in notes[0]
    assert f"goes on from {run / 'policy.zip'}" in notes[1]
    assert find_checkpoint(run).file == run / "last.zip"


def test_a_damaged_best_policy_is_replaced(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run", evaluate_every=STEPS)
    (run / "policy.zip").write_bytes(b"PK")
    resume(run, {"steps": 3 * STEPS})
    assert export.compare(run, run / "model", count=5).differing_actions == 0


def test_a_model_that_is_behind_its_policy_is_written_again(tmp_path: Path) -> None:
    run, other = (small_run(tmp_path / name, seed=seed) for name, seed in (("a", 0), ("b", 1)))
    shutil.copy(other / "model" / "model.onnx", run / "model")
    with pytest.raises(KeyboardInterrupt):
        resume(run, {"steps": 3 * STEPS}, report=interrupt)
    assert export.compare(run, run / "model", count=5).largest_difference < 1e-4


def test_only_damaged_checkpoints_are_refused(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    for name in ("last.zip", "policy.zip"):
        (run / name).write_bytes(b"PK")
    with pytest.raises(ConfigError, match="damaged") as caught:
        resume(run, {"steps": 3 * STEPS})
    assert len(caught.value.faults) == 2


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_anew(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    for name in ("last.zip", "policy.zip"):
        (run / name).unlink()
    notes: list[str] = []
    assert resume(run, note=notes.append).steps == 2 * STEPS
    assert notes == ["nothing was saved yet: it begins anew"]


def test_a_run_that_was_killed_before_its_inputs_were_copied_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(run_keeper, "RunLogs", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(small(tmp_path / "inputs", reward="stay_on_track"), run)
    assert resume(run).steps == 2 * STEPS
    assert PPO.load(run / "last.zip", device="cpu").batch_size == 64
    assert (run / "reward_function.py").is_file()


def test_a_run_does_not_go_on_with_another_reward(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run", reward="stay_on_track")
    (run / "reward_function.py").unlink()
    with pytest.raises(ConfigError, match=r"reward_function\.py cannot be read"):
        resume(run, {"steps": 3 * STEPS})


def test_what_the_user_left_open_stays_open_when_a_run_begins_anew(tmp_path: Path) -> None:
    metadata = write(tmp_path / "files", "metadata.json", CONTINUOUS)
    run = small_run(tmp_path / "run", metadata=metadata, algorithm="sac", steps=64)
    given = json.loads((run / "hyperparameters.json").read_text())
    resolved = json.loads((run / "ip" / "hyperparameters.json").read_text())
    assert given == {"batch_size": 64, "num_epochs": 1, "num_episodes_between_training": 2}
    assert given.items() < resolved.items()
    for name in ("last.zip", "policy.zip"):
        (run / name).unlink()
    resume(run)
    assert SAC.load(run / "last.zip", device="cpu").ent_coef == "auto_0.02"


def test_an_evaluation_that_was_due_is_made_up_for(tmp_path: Path) -> None:
    every = 3 * STEPS // 2

    def interrupted(progress: Progress) -> None:
        if progress.steps > every:
            raise KeyboardInterrupt

    run = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(small(tmp_path / "inputs", evaluate_every=every), run, interrupted)
    assert evaluations(run) == 0
    with pytest.raises(KeyboardInterrupt):
        resume(run, report=interrupt)
    assert evaluations(run) == 1
    with pytest.raises(KeyboardInterrupt):
        resume(run, report=interrupt)
    assert evaluations(run) == 1


def evaluations(run: Path) -> int:
    rows = json.loads((run / "metrics" / "TrainingMetrics.json").read_text())["metrics"]
    return sum(row["phase"] == "evaluation" for row in rows) // 10


def test_simulated_time_is_one_clock_for_rewards_logs_and_evaluations(tmp_path: Path) -> None:
    reward = tmp_path / "clock.py"
    reward.write_text("def reward_function(params):\n    return params['sim_time']\n")
    run = small_run(tmp_path / "run", reward=str(reward), evaluate_every=STEPS)
    resume(run, {"steps": 4 * STEPS})
    for kind in ("training", "evaluation"):
        rows = [
            row
            for file in (run / f"{kind}-simtrace").iterdir()
            for row in csv.DictReader(file.read_text().splitlines())
        ]
        times = [float(row["tstamp"]) for row in rows if row["episode_status"] != "prepare"]
        told = [float(row["reward"]) for row in rows if row["episode_status"] != "prepare"]
        assert told == pytest.approx(times, abs=1e-3)
        assert max(times) > 3 * STEPS / 8 / 15


def test_a_run_is_trained_by_one_process_at_a_time(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    for attempt in (
        lambda: resume(run, {"steps": 3 * STEPS}),
        lambda: train(small(tmp_path / "inputs"), tmp_path / "new"),
    ):
        with (
            locked(run),
            locked(tmp_path / "new"),
            pytest.raises(ConfigError, match="by another process"),
        ):
            attempt()
    assert resume(run, {"steps": 3 * STEPS}).steps == 3 * STEPS
    train(small(tmp_path / "inputs"), tmp_path / "new")


def test_a_checkpoint_without_its_weights_is_damaged(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    with (
        zipfile.ZipFile(run / "policy.zip") as whole,
        zipfile.ZipFile(run / "last.zip", "w") as part,
    ):
        for name in whole.namelist():
            if name != "policy.pth":
                part.writestr(name, whole.read(name))
    found = find_checkpoint(run)
    assert found.file == run / "policy.zip"
    (note,) = found.notes
    assert "last.zip is damaged" in note


def test_files_that_were_changed_and_do_not_fit_the_checkpoint_are_refused(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    text = metadata_text(DiscreteActionSpace((Action(-0.3, 1.0), Action(0.3, 1.0))), "COMPACT")
    (run / "model_metadata.json").write_text(text)
    with pytest.raises(ConfigError, match="was trained with other actions.*put back"):
        resume(run, {"steps": 3 * STEPS})


def test_what_cannot_be_resumed_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = small_run(tmp_path / "run")
    assert main(["--resume", str(run)]) == 2
    assert "give more --steps" in capsys.readouterr().err
    assert main(["--resume", str(run), "--track", "Oval_track"]) == 2
    assert "--resume keeps the run's own --track" in capsys.readouterr().err
    assert main(["--resume", str(tmp_path)]) == 2
    assert "no training run" in capsys.readouterr().err


def test_the_better_evaluation_is_the_farther_then_the_faster_one() -> None:
    slow, fast = (Score(100.0, lap_time, 1, 0, 0.0) for lap_time in (12.0, 11.0))
    half = Score(50.0, 0.0, 2, 0, 0.0)
    assert half.beats(None) and slow.beats(half) and fast.beats(slow)
    assert not slow.beats(fast) and not half.beats(slow) and not slow.beats(slow)
