# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Training: it learns, repeats with its seed, and refuses what it cannot do."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from deepracer_core.errors import ConfigError, ModelError, TrackError
from deepracer_sim.env import default_actions
from deepracer_trainer import train as training
from deepracer_trainer.networks import NETWORKS
from deepracer_trainer.run_folder import TrainSettings, load_settings, read_metadata
from deepracer_trainer.train import build, train

SMALL = TrainSettings(cars=8, steps=512, rollout=32, batch_size=64, epochs=1, threads=1)


def test_a_short_training_drives_much_farther_than_the_untrained_policy() -> None:
    progress = []
    settings = TrainSettings(steps=16_384, threads=2, direction="ccw", seed=1)
    train(settings, report=progress.append)
    early = next(p.completion for p in progress if p.steps >= 4096)
    assert progress[-1].completion > 1.5 * early


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second = (
        dict(build(SMALL, default_actions()).learn(SMALL.steps).policy.named_parameters())
        for _ in range(2)
    )
    assert all((first[name] == second[name]).all() for name in first)


def test_another_seed_gives_other_weights() -> None:
    weights = [
        next(build(replace(SMALL, seed=seed), default_actions()).policy.parameters())
        .detach()
        .numpy()
        for seed in (0, 1)
    ]
    assert np.abs(weights[0] - weights[1]).max() > 0.0


def test_a_run_folder_is_complete_and_never_overwritten(tmp_path: Path) -> None:
    train(SMALL, tmp_path / "run")
    assert load_settings(tmp_path / "run") == SMALL
    files = {str(f.relative_to(tmp_path / "run")) for f in (tmp_path / "run").rglob("*.*")}
    assert files == {
        "settings.json",
        "policy.zip",
        "model/model.onnx",
        "model/model_metadata.json",
    }
    with pytest.raises(ConfigError, match="not empty"):
        train(SMALL, tmp_path / "run")


def test_training_stops_when_enough_episodes_are_laps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "EPISODES", 4)
    result = train(replace(SMALL, steps=4096, stop_at=0.0))
    assert result.steps < 4096


def test_the_aws_network_has_the_layers_of_the_hosted_service() -> None:
    settings = replace(SMALL, network="DEEP_CONVOLUTIONAL_NETWORK_SHALLOW")
    extractor = build(settings, default_actions()).policy.features_extractor
    layers = [m for m in extractor.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    shapes = [tuple(layer.weight.shape) for layer in layers]
    assert shapes == [(32, 1, 8, 8), (64, 32, 4, 4), (64, 64, 3, 3), (512, 11264)]
    assert [m.stride for m in layers[:3]] == [(4, 4), (2, 2), (1, 1)]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"track": "nowhere"}, TrackError, "unknown track"),
        ({"network": "HUGE"}, ConfigError, ", ".join(NETWORKS)),
        ({"metadata": "missing.json"}, ModelError, "missing.json cannot be read"),
    ],
)
def test_what_is_unknown_is_refused(
    change: dict[str, str], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        train(replace(SMALL, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"cars": 0},
        {"learning_rate": -1e-3},
        {"learning_rate": float("nan")},
        {"discount_factor": 1.5},
        {"direction": "left"},
        {"steps": -1},
    ],
)
def test_settings_out_of_range_are_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(change))):
        replace(SMALL, **change)


@pytest.mark.parametrize(
    "arguments", [["--track", "nowhere"], ["--cars", "0"], ["--network", "HUGE"]]
)
def test_the_command_says_in_one_line_what_is_wrong(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert training.main([*arguments, "--out", str(tmp_path / "run")]) == 2
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert message.startswith("./deepracer train: ")
    assert not (tmp_path / "run").exists()


def test_an_out_folder_that_cannot_be_made_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file" / "run", tmp_path / "file"):
        with pytest.raises(ConfigError, match="cannot be made"):
            train(SMALL, out)


def test_metadata_of_another_algorithm_are_refused(tmp_path: Path) -> None:
    bounds = {"steering_angle": {"low": -30, "high": 30}, "speed": {"low": 1, "high": 2}}
    fields = {"action_space": bounds, "action_space_type": "continuous"}
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps({**fields, "training_algorithm": "sac"}))
    with pytest.raises(ConfigError, match="clipped_ppo"):
        train(replace(SMALL, metadata=str(file)))


def test_training_that_diverges_is_refused_and_not_kept(tmp_path: Path) -> None:
    wild = replace(SMALL, learning_rate=1.0, beta_entropy=1.0, epochs=10, steps=4096)
    bounds = {"steering_angle": {"low": -30, "high": 30}, "speed": {"low": 1, "high": 2}}
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps({"action_space": bounds, "action_space_type": "continuous"}))
    with pytest.raises(ConfigError, match="diverged"):
        train(replace(wild, metadata=str(file)), tmp_path / "run")
    assert not list((tmp_path / "run").iterdir())


def test_metadata_that_go_away_during_training_do_not_cost_the_run(tmp_path: Path) -> None:
    file = tmp_path / "metadata.json"
    actions = [{"steering_angle": angle, "speed": 1} for angle in (-20, 0, 20)]
    file.write_text(json.dumps({"action_space": actions}))
    settings = replace(SMALL, metadata=str(file))
    train(settings, tmp_path / "run", report=lambda _: file.unlink(missing_ok=True))
    assert not file.exists()
    written = read_metadata(tmp_path / "run" / "model" / "model_metadata.json").action_space
    assert written.output_count == 3
