# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Algorithms, stacks of frames and weights of other runs, from settings to the model."""

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
import torch
from small_run import BOUNDS, CONTINUOUS, STEPS, small, small_run, write
from stable_baselines3 import A2C, SAC

from deepracer_core.errors import ConfigError
from deepracer_inference.policy import load_policy
from deepracer_trainer import export, sac_learner
from deepracer_trainer.learner import build_cars, build_learner, load_learner, read_inputs
from deepracer_trainer.saved_policy import read_policy
from deepracer_trainer.train import resume, train


@pytest.fixture
def continuous(tmp_path: Path) -> str:
    return write(tmp_path / "files", "metadata.json", CONTINUOUS)


@pytest.fixture
def early_sac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sac_learner, "WARM_UP", 64)


def test_sac_trains_resumes_and_exports(early_sac: None, continuous: str, tmp_path: Path) -> None:
    run = small_run(tmp_path / "run", metadata=continuous, algorithm="sac", steps=256)
    assert SAC.load(run / "last.zip", device="cpu")._n_updates > 10
    assert resume(run, {"steps": 320}).steps == 320
    assert export.compare(run, run / "model", count=20).differing_actions == 0
    metadata = load_policy(run / "model").metadata
    assert metadata.training_algorithm == "sac"
    assert metadata.action_space.squash == "tanh"


def test_sac_fills_its_memory_anew_by_what_it_has_learned_before_it_learns_on(
    early_sac: None, continuous: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = small_run(tmp_path / "run", metadata=continuous, algorithm="sac", steps=256)
    before = SAC.load(run / "last.zip", device="cpu")._n_updates

    def by_chance(space: object) -> None:
        raise AssertionError

    monkeypatch.setattr(gym.spaces.Box, "sample", by_chance)
    resume(run, {"steps": 256 + 64})
    assert SAC.load(run / "last.zip", device="cpu")._n_updates == before
    resume(run, {"steps": 256 + 64 + 128})  # 64 of which fill the memory once more
    assert SAC.load(run / "last.zip", device="cpu")._n_updates == before + 8


def test_sac_remembers_at_least_a_frame_of_each_car(
    continuous: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sac_learner, "WARM_UP", 8)
    many = small(tmp_path, metadata=continuous, algorithm="sac", cars=16, steps=24)
    assert train(many).steps == 32


def test_sac_that_goes_on_for_longer_remembers_more(continuous: str, tmp_path: Path) -> None:
    run = small_run(tmp_path / "run", metadata=continuous, algorithm="sac", steps=64)
    settings = small(tmp_path, metadata=continuous, algorithm="sac", steps=3000)
    inputs = read_inputs(settings)
    loaded = load_learner(settings, inputs, build_cars(settings, inputs), run / "last.zip")
    assert loaded.replay_buffer.buffer_size == 3000 // 8


def test_what_sac_remembers_is_bounded(continuous: str, tmp_path: Path) -> None:
    settings = small(tmp_path, metadata=continuous, algorithm="sac", steps=10**8)
    inputs = read_inputs(settings)
    buffer = build_learner(settings, inputs, build_cars(settings, inputs)).replay_buffer
    stored = buffer.observations
    assert stored.dtype == np.uint8
    assert stored.nbytes <= 0.8e9
    assert not hasattr(buffer, "next_observations") or buffer.next_observations is None


def test_sac_learns_its_weight_of_exploring_unless_it_is_given(
    continuous: str, tmp_path: Path
) -> None:
    for keys, fixed in (({}, False), ({"sac_alpha": 0.1}, True)):
        settings = small(tmp_path, keys, metadata=continuous, algorithm="sac")
        inputs = read_inputs(settings)
        built = build_learner(settings, inputs, build_cars(settings, inputs))
        assert (built.ent_coef_optimizer is None) == fixed
        if fixed:
            assert float(built.ent_coef_tensor) == pytest.approx(0.1)


def test_an_update_need_not_be_whole_batches(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    train(small(tmp_path, cars=7, steps=2 * 7 * 29))
    assert not [warning for warning in recwarn if "mini-batch" in str(warning.message)]


@pytest.mark.parametrize("space", ["discrete", "continuous"])
def test_policy_gradient_takes_one_step_an_update(
    space: str, continuous: str, tmp_path: Path
) -> None:
    metadata = continuous if space == "continuous" else ""
    run = small_run(tmp_path / "run", metadata=metadata, algorithm="policy_gradient")
    trained = A2C.load(run / "last.zip", device="cpu")
    assert trained._n_updates == 2
    assert trained.gae_lambda == 1.0
    assert resume(run, {"steps": 3 * STEPS}).steps == 3 * STEPS
    assert load_policy(run / "model").metadata.training_algorithm == "clipped_ppo"


def test_stacks_of_frames_are_honoured_from_training_to_the_model(tmp_path: Path) -> None:
    settings = small(tmp_path / "inputs", {"stack_size": 3}, evaluate_every=STEPS)
    inputs = read_inputs(settings)
    assert build_cars(settings, inputs).observation_space.shape == (3, 120, 160)
    assert train(settings, tmp_path / "run").evaluation is not None
    model = load_policy(tmp_path / "run" / "model")
    assert model.policy.stack_size == 3
    assert export.compare(tmp_path / "run", tmp_path / "run" / "model", 20).differing_actions == 0


def test_convolutions_are_laid_out_as_they_run_fast(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run")
    settings = small(tmp_path / "inputs")
    inputs = read_inputs(settings)
    cars = build_cars(settings, inputs)
    for learner in (
        build_learner(settings, inputs, cars),
        load_learner(settings, inputs, cars, run / "last.zip"),
    ):
        convolutions = [each for each in learner.policy.parameters() if each.dim() == 4]
        assert convolutions
        for weights in convolutions:
            assert weights.is_contiguous(memory_format=torch.channels_last)


def first_weights(settings: object) -> torch.Tensor:
    inputs = read_inputs(settings)
    built = build_learner(settings, inputs, build_cars(settings, inputs))
    return torch.cat([weights.flatten() for weights in built.policy.parameters()])


def test_a_run_begins_with_the_weights_of_another(tmp_path: Path) -> None:
    other = small_run(tmp_path / "other", seed=3)
    expected = read_policy(other / "policy.zip")
    found = first_weights(small(tmp_path, pretrained=str(other), track="Oval_track"))
    assert torch.equal(found, torch.cat([w.flatten() for w in expected.parameters()]))


@pytest.mark.parametrize(
    ("changes", "keys", "message"),
    [
        ({"network": "ATTENTION"}, {}, "another network"),
        ({}, {"stack_size": 2}, "another network, or another stack_size"),
        ({"metadata": "{continuous}"}, {}, "as many actions"),
        ({"metadata": "{continuous}", "algorithm": "sac"}, {}, "the same --algorithm"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    changes: dict[str, str],
    keys: dict[str, object],
    message: str,
    continuous: str,
    tmp_path: Path,
) -> None:
    other = small_run(tmp_path / "other")
    filled = {name: value.format(continuous=continuous) for name, value in changes.items()}
    with pytest.raises(ConfigError, match=message):
        first_weights(small(tmp_path, keys, pretrained=str(other), **filled))


@pytest.mark.parametrize("continuous_space", [False, True])
def test_other_actions_behind_the_same_outputs_are_noted(
    continuous_space: bool, tmp_path: Path
) -> None:
    files = []
    for name, speed in (("old", 1.5), ("new", 2.0)):
        fields = {
            **CONTINUOUS,
            "action_space": {**BOUNDS, "speed": {"low": 0.5, "high": speed}}
            if continuous_space
            else [{"steering_angle": a, "speed": speed} for a in (-20, 20)],
            "action_space_type": "continuous" if continuous_space else "discrete",
        }
        files.append(write(tmp_path / name, "metadata.json", fields))
    other = small_run(tmp_path / "other", metadata=files[0])
    notes: list[str] = []
    for file in files:
        train(small(tmp_path, metadata=file, pretrained=str(other)), note=notes.append)
    (note,) = notes
    assert note.startswith(f"--pretrained {other} ") and "1.5" in note and "2" in note


def test_all_that_can_vary_is_trained_on_in_one_batch(tmp_path: Path) -> None:
    run = small_run(
        tmp_path / "run",
        track="reinvent_base,Oval_track",
        starts="round_robin",
        randomize="full,latency=1",
        objects="boxes",
        object_count=2,
        reward="object_avoidance",
        evaluate_every=STEPS,
        network="ATTENTION",
    )
    assert load_policy(run / "model").metadata.neural_network == "ATTENTION"
    assert "OBJECT_AVOIDANCE" in (run / "logs" / "training.log").read_text()
