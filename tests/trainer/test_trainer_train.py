# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Training: it learns, repeats with its seed, keeps its run, and refuses what it cannot do."""

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_run import CONTINUOUS, STEPS, small, write
from stable_baselines3 import PPO

from deepracer_core.errors import ConfigError
from deepracer_trainer import progress_watch, run_keeper
from deepracer_trainer.networks import NETWORKS
from deepracer_trainer.run_folder import TrainSettings, load_settings, read_metadata
from deepracer_trainer.saved_policy import read_policy
from deepracer_trainer.train import train
from deepracer_trainer.train_command import main


def weights(run: Path) -> torch.Tensor:
    policy = read_policy(run / "policy.zip")
    return torch.cat([value.flatten() for value in policy.parameters()]).detach()


def test_a_short_training_drives_much_farther_than_the_untrained_policy() -> None:
    progress = []
    settings = TrainSettings(steps=16_384, threads=1, direction="ccw", seed=1)
    train(settings, report=progress.append)
    early = next(p.completion for p in progress if p.steps >= 4096)
    assert progress[-1].completion > 1.5 * early
    assert progress[-1].reward > 0.0


def test_the_same_seed_repeats_the_run_and_another_does_not(tmp_path: Path) -> None:
    seeds = {"first": 0, "again": 0, "other": 1}
    for name, seed in seeds.items():
        settings = small(tmp_path / "inputs", seed=seed, randomize="full", objects="bots")
        train(settings, tmp_path / name)
    first, again, other = (weights(tmp_path / name) for name in seeds)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    traces = [
        (tmp_path / name / "training-simtrace" / "0-iteration.csv").read_text().splitlines()
        for name in ("first", "again")
    ]
    without_clock = [[line.rpartition(",")[0] for line in lines] for lines in traces]
    assert without_clock[0] == without_clock[1]


def test_evaluations_and_checkpoints_do_not_change_what_is_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = []
    for every, period in ((0, 1e9), (STEPS, 1e9), (0, 0.0)):
        monkeypatch.setattr(run_keeper, "CHECKPOINT_PERIOD", period)
        run = tmp_path / f"{every}-{period}"
        train(small(tmp_path / "inputs", evaluate_every=every), run)
        policy = PPO.load(run / "last.zip", device="cpu").policy
        learned.append(torch.cat([value.flatten() for value in policy.parameters()]))
    assert torch.equal(learned[0], learned[1])
    assert torch.equal(learned[0], learned[2])


def test_a_gpu_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="no GPU"):
        train(small(tmp_path, device="cuda"))


def test_a_run_folder_is_self_contained_and_never_overwritten(tmp_path: Path) -> None:
    run = tmp_path / "run"
    settings = small(
        tmp_path / "inputs", steps=6 * STEPS, evaluate_every=3 * STEPS, reward="no_incentive"
    )
    result = train(settings, run)
    resolved = replace(settings, network="COMPACT", algorithm="clipped_ppo")
    assert load_settings(run) == resolved
    files = {str(f.relative_to(run)) for f in run.rglob("*.*") if "tensorboard" not in f.parts}
    assert files >= {
        "settings.json",
        "version.json",
        "reward_function.py",
        "model_metadata.json",
        "ip/hyperparameters.json",
        "policy.zip",
        "last.zip",
        "model/model.onnx",
        "model/model_metadata.json",
        "model/deepracer_checkpoints.json",
        "metrics/TrainingMetrics.json",
        "training-simtrace/0-iteration.csv",
        "logs/training.log",
        "training_graph.png",
    }
    events = list(run.glob("tensorboard/events.*"))
    assert bool(events) == bool(importlib.util.find_spec("tensorboard"))
    assert json.loads((run / "version.json").read_text())["torch"] == torch.__version__
    rows = json.loads((run / "metrics/TrainingMetrics.json").read_text())["metrics"]
    assert sum(row["phase"] == "evaluation" for row in rows) == 2 * 10
    assert 0.0 <= result.evaluation <= result.best <= 100.0
    with pytest.raises(ConfigError, match="not empty"):
        train(settings, run)


def test_training_stops_when_enough_episodes_are_laps(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(progress_watch, "EPISODES", 4)
    assert train(small(tmp_path, steps=20 * STEPS, stop_at=0.0)).steps < 20 * STEPS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"track": "nowhere"}, "unknown track"),
        ({"track": "reinvent_base,nowhere"}, "unknown track"),
        ({"network": "HUGE"}, ", ".join(NETWORKS)),
        ({"metadata": "missing.json"}, "missing.json cannot be read"),
        ({"reward": "missing.py"}, "missing.py cannot be read"),
        ({"reward": "stay_on_trak"}, "did you mean stay_on_track"),
        ({"algorithm": "sac"}, "needs a continuous action space"),
        ({"pretrained": "missing"}, "policy.zip is missing"),
    ],
)
def test_what_is_unknown_is_refused_and_leaves_no_folder(
    change: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        train(small(tmp_path, **change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"cars": 0},
        {"direction": "left"},
        {"steps": -1},
        {"starts": "anywhere"},
        {"objects": "trees"},
        {"randomize": "fog=1"},
        {"stop_at": float("nan")},
    ],
)
def test_settings_out_of_range_are_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        TrainSettings(**change)


@pytest.mark.parametrize(
    "arguments",
    [["--track", "nowhere"], ["--cars", "0"], ["--network", "HUGE"], ["--randomize", "blur=x"]],
)
def test_the_command_says_in_one_line_what_is_wrong(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert message.startswith("./deepracer train: ")
    assert not (tmp_path / "run").exists()


def test_the_command_tells_all_faults_of_all_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = write(tmp_path, "hyperparameters.json", {"learning_rate": 1, "batch_size": 1})
    reward = tmp_path / "reward.py"
    reward.write_text("def reward_function(params)\n    return 1.0\n")
    options = ["--hyperparameters", wrong, "--reward", str(reward), "--network", "HUGE"]
    options += ["--pretrained", str(tmp_path / "none")]
    assert main([*options, "--out", str(tmp_path / "run")]) == 2
    lines = capsys.readouterr().err
    for part in (
        "did you mean lr?",
        "batch_size is 1",
        "reward.py, line 1",
        "'HUGE'",
        "policy.zip is",
    ):
        assert part in lines


def test_an_out_folder_that_cannot_be_made_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file" / "run", tmp_path / "file"):
        with pytest.raises(ConfigError, match="cannot be"):
            train(small(tmp_path / "inputs"), out)


def test_inputs_that_go_away_during_training_do_not_cost_the_run(tmp_path: Path) -> None:
    file = Path(write(tmp_path, "metadata.json", CONTINUOUS))
    settings = small(tmp_path, metadata=str(file))
    train(settings, tmp_path / "run", report=lambda _: file.unlink(missing_ok=True))
    assert not file.exists()
    space = read_metadata(tmp_path / "run" / "model" / "model_metadata.json").action_space
    assert (space.speed_low, space.speed_high) == (0.5, 1.5)
