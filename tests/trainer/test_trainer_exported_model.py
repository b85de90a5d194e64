# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What is exported drives as what was trained: every algorithm, network, format and stack."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from stable_baselines3 import A2C, PPO, SAC
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from deepracer_core.action_space import ActionSpace, ContinuousActionSpace
from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import ModelMetadata, metadata_text
from deepracer_inference.policy import load_policy
from deepracer_sim.env import DeepRacerVectorEnv, default_actions
from deepracer_trainer import export
from deepracer_trainer.driver_policy import DriverPolicy, policy_options
from deepracer_trainer.exported_model import compress, write_model
from deepracer_trainer.hyperparameters import Hyperparameters
from deepracer_trainer.networks import NETWORKS, network
from deepracer_trainer.run_folder import TrainSettings
from deepracer_trainer.saved_policy import read_policy
from deepracer_trainer.stacked_cars import StackedCars
from deepracer_trainer.vec_env import BatchedVecEnv
from deepracer_trainer.verification import sample_frames, verify

BOUNDS = ContinuousActionSpace(-0.4, 0.5, 0.5, 2.0)
TANH_BOUNDS = ContinuousActionSpace(-0.4, 0.5, 0.5, 2.0, "tanh")


def cars(actions: ActionSpace, stack_size: int = 1) -> VecEnv:
    batch = BatchedVecEnv(DeepRacerVectorEnv(4, actions=actions))
    return batch if stack_size == 1 else StackedCars(batch, stack_size)


def ppo(actions: ActionSpace, stack_size: int = 1, name: str = "COMPACT") -> PPO:
    discrete = not isinstance(actions, ContinuousActionSpace)
    options = policy_options(network(name), Hyperparameters(), discrete)
    return PPO(
        DriverPolicy,
        cars(actions, stack_size),
        n_steps=8,
        batch_size=32,
        seed=0,
        policy_kwargs=options,
    )


def sac() -> SAC:
    options = {"features_extractor_class": network("COMPACT").extractor, "net_arch": [32]}
    return SAC("CnnPolicy", cars(TANH_BOUNDS), buffer_size=16, seed=0, policy_kwargs=options)


def packed(
    learner: BaseAlgorithm, actions: ActionSpace, folder: Path, *options: str, stack_size: int = 1
) -> Path:
    algorithm = "sac" if isinstance(learner, SAC) else "clipped_ppo"
    text = metadata_text(actions, "COMPACT", algorithm, stack_size)
    write_model(learner.policy, actions, text, folder, *options)
    return folder


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_exported_as_it_is(name: str, tmp_path: Path) -> None:
    learner = ppo(default_actions(), name=name)
    package = packed(learner, default_actions(), tmp_path / "model")
    result = verify(learner.policy, package, sample_frames("reinvent_base", 20, 1))
    assert result.largest_difference < 1e-5
    assert result.differing_actions == 0
    assert (result.format, result.frames) == ("onnx", 20)


@pytest.mark.parametrize("form", ["onnx", "openvino"])
def test_a_stack_of_frames_comes_in_at_once_in_both_formats(form: str, tmp_path: Path) -> None:
    learner = ppo(default_actions(), stack_size=3)
    package = packed(learner, default_actions(), tmp_path / "model", form, stack_size=3)
    frames = sample_frames("reinvent_base", 20, 1, stack_size=3)
    assert verify(learner.policy, package, frames).largest_difference < 1e-5
    assert load_policy(package).policy.stack_size == 3
    if form == "onnx":
        entry = onnx.load(package / "model.onnx").graph.input[0].type.tensor_type.shape
        assert [side.dim_value for side in entry.dim] == [1, 3, 120, 160]


def test_frames_of_a_stack_are_of_one_drive() -> None:
    stacks = sample_frames("reinvent_base", 4, 0, stack_size=3).astype(np.float64)
    steps = np.abs(np.diff(stacks, axis=1)).mean(axis=(1, 2, 3))
    others = np.abs(stacks - np.roll(stacks, 1, axis=0)).mean(axis=(1, 2, 3))
    assert (steps > 0.0).all()
    assert (steps < others / 3.0).all()


def test_sac_is_exported_before_tanh_and_decoded_to_what_it_would_do(tmp_path: Path) -> None:
    learner = sac()
    loaded = load_policy(packed(learner, TANH_BOUNDS, tmp_path / "model"))
    frames = sample_frames("reinvent_base", 10, 1)
    meant, _ = learner.predict(frames, deterministic=True)
    wanted = TANH_BOUNDS.scale(meant.astype(np.float64))
    given = [
        loaded.metadata.action_space.decode(loaded.policy.infer(frame)).action
        for frame in frames.astype(np.float32)
    ]
    np.testing.assert_allclose(given, wanted, atol=1e-5)
    raw = loaded.policy.infer(frames[0].astype(np.float32))
    np.testing.assert_allclose(np.tanh(raw), meant[0], atol=1e-5)


def test_policies_of_all_algorithms_are_read_back(tmp_path: Path) -> None:
    options = policy_options(network("COMPACT"), Hyperparameters(), True)
    learners = [
        ppo(default_actions()),
        A2C(DriverPolicy, cars(default_actions()), policy_kwargs=options),
        sac(),
    ]
    for number, learner in enumerate(learners):
        learner.save(tmp_path / f"{number}.zip")
        policy = read_policy(tmp_path / f"{number}.zip")
        assert type(policy) is type(learner.policy)
        for name, values in learner.policy.state_dict().items():
            assert (policy.state_dict()[name] == values).all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "policy.zip"
    with pytest.raises(ConfigError, match="is missing"):
        read_policy(file)
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="is damaged"):
        read_policy(file)


@pytest.mark.parametrize("form", ["onnx", "openvino"])
@pytest.mark.parametrize(
    ("weights", "share", "error"), [("fp16", 0.55, 2e-3), ("int8", 0.35, 3e-2)]
)
def test_fewer_bits_make_smaller_files_that_act_alike(
    form: str, weights: str, share: float, error: float, tmp_path: Path
) -> None:
    learner = ppo(BOUNDS)
    frames = sample_frames("reinvent_base", 50, 1)
    whole = verify(learner.policy, packed(learner, BOUNDS, tmp_path / "fp32", form), frames)
    less = verify(learner.policy, packed(learner, BOUNDS, tmp_path / "l", form, weights), frames)
    assert less.size < share * whole.size
    assert whole.largest_difference < less.largest_difference < error
    assert less.format == form


def weighted(operator: str, weights: np.ndarray) -> bytes:
    """An ONNX model with one operator, and a bias."""
    bias = np.ones(len(weights), np.float32)
    tensors = [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "b")]
    attributes = {"transB": 1} if operator == "Gemm" else {}
    node = helper.make_node(operator, ["x", "w", "b"], ["y"], **attributes)
    size = ["N", *weights.shape[1:]] if operator == "Gemm" else ["N", weights.shape[1], 9, 9]
    values = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, size),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", *"ABC"[: len(size) - 1]]),
    ]
    graph = helper.make_graph([node], "one", values[:1], values[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


@pytest.mark.parametrize(("operator", "shape"), [("Gemm", (3, 40)), ("Conv", (5, 2, 3, 3))])
def test_int8_weights_are_within_half_a_step_of_their_channel(
    operator: str, shape: tuple[int, ...]
) -> None:
    weights = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    weights[0] *= 100.0
    weights[1] = 0.0
    model = onnx.load_from_string(compress(weighted(operator, weights), "int8"))
    onnx.checker.check_model(model)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert (stored["w.int8"].dtype, stored["b"].dtype) == (np.int8, np.float32)
    scale = stored["w.scale"].reshape(-1, *[1] * (len(shape) - 1))
    assert (np.abs(stored["w.int8"] * scale - weights) <= 0.5001 * scale).all()
    assert np.abs(stored["w.int8"][0]).max() == 127
    assert (stored["w.int8"][1] == 0).all()


def test_fp16_weights_are_the_nearest_halves() -> None:
    weights = np.random.default_rng(0).normal(size=(3, 40)).astype(np.float32)
    model = onnx.load_from_string(compress(weighted("Gemm", weights), "fp16"))
    onnx.checker.check_model(model)
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    np.testing.assert_array_equal(stored["w.fp16"], weights.astype(np.float16))
    assert compress(weighted("Gemm", weights), "fp32") == weighted("Gemm", weights)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run's folder with a policy that has learned nothing."""
    folder = tmp_path / "run"
    folder.mkdir()
    learner = ppo(BOUNDS, stack_size=2)
    TrainSettings().save(folder)
    learner.save(folder / "policy.zip")
    packed(learner, BOUNDS, folder / "model", stack_size=2)
    return folder


def test_the_command_reports_to_people_and_programs(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, report = tmp_path / "car.tar.gz", tmp_path / "report.json"
    options = ["--format", "openvino", "--weights", "int8", "--json", str(report)]
    assert export.main([str(run), "--to", str(target), *options]) == 0
    facts = json.loads(report.read_text())
    assert (facts["format"], facts["weights"], facts["frames"]) == ("openvino", "int8", 1000)
    assert 0.0 < facts["largest_difference"] < 0.03
    assert 0.0 < facts["latency_median"] <= facts["latency_99"]
    assert f"{facts['differing_actions']} of 1000 differ" in capsys.readouterr().out
    loaded = load_policy(target)
    assert loaded.policy.stack_size == 2
    assert loaded.metadata == ModelMetadata.parse(
        (run / "model" / "model_metadata.json").read_text()
    )


@pytest.mark.parametrize(
    "arguments", [["--weights", "int4"], ["--format", "pb"], ["--json", "nowhere/at/all.json"]]
)
def test_what_cannot_be_exported_is_one_line(
    arguments: list[str], run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main([str(run), "--to", str(tmp_path / "car.tar.gz"), *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "car.tar.gz").exists()
