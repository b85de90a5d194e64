# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import openvino
import pytest
from onnx import TensorProto
from onnx_models import CONTINUOUS, discrete, mean_network, write_package

from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.model_package import open_model_package
from deepracer_inference.policy import load_policy

MONO_ARCHIVES = (
    "ppo_continuous_mono",
    "ppo_discrete_mono",
    "ppo_discrete_observation_v1",
    "sac_continuous_mono",
)
GREY = np.full((120, 160), 102.0, np.float32)  # 0.4 of full scale


@pytest.mark.parametrize("name", MONO_ARCHIVES)
def test_aws_archives_reproduce_their_golden_outputs(shared, name):
    folder = shared / "fixtures" / "aws_models" / name
    loaded = load_policy(folder / "model.tar.gz")
    golden = np.load(folder / "golden.npz")
    for observation, expected in zip(golden["observation"], golden["output"], strict=True):
        values = loaded.policy.infer(observation[..., 0].astype(np.float32))
        assert values.dtype == np.float32
        assert values == pytest.approx(expected, abs=1e-4)


def test_the_stereo_archive_is_refused_with_the_reason(shared):
    archive = shared / "fixtures" / "aws_models" / "ppo_discrete_stereo" / "model.tar.gz"
    with pytest.raises(ModelError, match="STEREO_CAMERAS"):
        load_policy(archive)


@pytest.mark.parametrize(
    "shape",
    [
        ("N", 1, 120, 160),
        (1, 1, 120, 160),
        ("N", 120, 160, 1),
        ("N", "C", "H", "W"),
    ],
)
def test_both_layouts_are_run(tmp_path, shape):
    network = mean_network([1.0, -2.0], shape)
    loaded = load_policy(write_package(tmp_path / "mine", network))
    assert loaded.policy.infer(GREY) == pytest.approx([0.4, -0.8], abs=1e-4)


@pytest.mark.parametrize("shape", [("N", 1, 120, 160), ("N", 120, 160, 1)])
def test_the_pixels_keep_their_places(tmp_path, shape):
    places = np.random.default_rng(5).integers(0, 2, (120, 160)).astype(np.float32)
    loaded = load_policy(
        write_package(tmp_path / "mine", mean_network([1.0, 2.0], shape, mask=places))
    )
    share = places.mean()
    assert loaded.policy.infer(255.0 * places) == pytest.approx([share, 2 * share], abs=1e-4)
    assert loaded.policy.infer(255.0 * (1.0 - places)) == pytest.approx([0.0, 0.0], abs=1e-4)


@pytest.mark.parametrize("shape", [("N", 3, 120, 160), ("N", 120, 160, 3)])
def test_a_stack_keeps_its_order(tmp_path, shape):
    factors = np.ones((3, 120, 160), np.float32) * np.float32([[[1.0]], [[2.0]], [[4.0]]])
    network = mean_network([3.0, 6.0], shape, mask=factors)
    policy = load_policy(write_package(tmp_path / "mine", network, stack_size=3)).policy
    assert policy.stack_size == 3
    shares = np.float32([0.2, 0.4, 0.8])
    stack = np.ones((3, 120, 160), np.float32) * 255.0 * shares[:, None, None]
    expected = float(shares @ [1.0, 2.0, 4.0])
    # Of 57,600 numbers, the sum in float32 depends on how many the processor adds at once.
    assert policy.infer(stack) == pytest.approx([expected, 2.0 * expected], rel=1e-3)


def test_a_stacked_policy_takes_no_single_frame(tmp_path):
    network = mean_network([1.0, 1.0], ("N", 2, 120, 160))
    policy = load_policy(write_package(tmp_path / "mine", network, stack_size=2)).policy
    with pytest.raises(ValueError, match="reshape"):
        policy.infer(GREY)


@pytest.mark.parametrize("stack_size", [1, 3])
def test_a_network_whose_channels_are_not_the_stack_is_refused(tmp_path, stack_size):
    network = mean_network([1.0, 1.0], ("N", 2, 120, 160))
    with pytest.raises(ModelError, match=r"input is f32 \[\?,2,120,160\].*stack_size"):
        load_policy(write_package(tmp_path / "mine", network, stack_size=stack_size))


def test_each_frame_has_its_own_result(tmp_path):
    policy = load_policy(write_package(tmp_path / "mine", mean_network([1.0, 1.0]))).policy
    first = policy.infer(GREY)
    policy.infer(np.zeros((120, 160), np.float32))
    assert first == pytest.approx([0.4, 0.4], abs=1e-4)


def test_openvino_ir_runs_as_its_source_does(tmp_path):
    folder = write_package(tmp_path / "mine", mean_network([1.0, -2.0]))
    network = openvino.Core().read_model(folder / "model.onnx")
    openvino.save_model(network, folder / "model.xml", compress_to_fp16=False)
    (folder / "model.onnx").unlink()
    loaded = load_policy(folder)
    assert loaded.policy.infer(GREY) == pytest.approx([0.4, -0.8], abs=1e-4)


def test_what_was_loaded_says_what_it_is(tmp_path):
    folder = write_package(tmp_path / "mine", mean_network([1.0] * 4), discrete(4))
    loaded = load_policy(folder)
    with open_model_package(folder) as package:
        assert (loaded.name, loaded.id) == ("mine", package.id)
    assert loaded.metadata.action_space.output_count == 4


@pytest.mark.parametrize(
    "name", ["policy", "main/online/network_1/ppo_head_0/policy", "a/sac_policy_head_0/policy:0"]
)
def test_of_several_outputs_the_policy_is_taken(tmp_path, name):
    network = mean_network([1.0, -2.0], output=name, others=("value", "q_values"))
    loaded = load_policy(write_package(tmp_path / "mine", network))
    assert loaded.policy.infer(GREY) == pytest.approx([0.4, -0.8], abs=1e-4)


def test_a_single_output_may_have_any_name(tmp_path):
    load_policy(write_package(tmp_path / "mine", mean_network([1.0, 1.0], output="output_7")))


REFUSED = {
    "several outputs": (
        mean_network([1.0, 1.0], output="actor", others=("critic",)),
        "2 outputs (actor, critic), of which 0 are named policy",
    ),
    "outputs and actions": (
        mean_network([1.0, 1.0, 1.0]),
        "has 3 outputs, the action space of its metadata needs 2",
    ),
    "stereo input": (mean_network([1.0, 1.0], ("N", 2, 120, 160)), "one grey picture of 160x120"),
    "colour input": (mean_network([1.0, 1.0], ("N", 120, 160, 3)), "[?,120,160,3]"),
    "turned input": (mean_network([1.0, 1.0], ("N", 1, 160, 120)), "one grey picture of 160x120"),
    "flat input": (mean_network([1.0, 1.0], ("N", 19200)), "one grey picture of 160x120"),
    "byte input": (mean_network([1.0, 1.0], element=TensorProto.UINT8), "input is u8"),
    "NaN": (mean_network([1.0, float("nan")]), "puts out NaN or infinity"),
    "infinity": (mean_network([float("inf"), 1.0]), "puts out NaN or infinity"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_does_not_fit_is_refused_with_the_reason(tmp_path, case):
    network, words = REFUSED[case]
    with pytest.raises(ModelError) as error:
        load_policy(write_package(tmp_path / "mine", network))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_second_input_is_refused(tmp_path):
    network = mean_network([1.0, 1.0])
    network.graph.input.append(network.graph.input[0])
    network.graph.input[1].name = "lidar"
    network.graph.node[0].input[0] = "both"
    add = network.graph.node.add()
    add.CopyFrom(network.graph.node[0])
    add.op_type, add.input[:], add.output[:] = "Add", ["image", "lidar"], ["both"]
    del add.attribute[:]
    network.graph.node.insert(0, network.graph.node.pop())
    with pytest.raises(ModelError, match="2 inputs, one camera picture"):
        load_policy(write_package(tmp_path / "mine", network))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_network_is_refused_in_one_line(tmp_path, share, capfd):
    folder = write_package(tmp_path / "mine", mean_network([1.0, 1.0]))
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelError, match="model.onnx is (truncated|empty)") as error:
        load_policy(folder)
    assert "\n" not in str(error.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [b"\0" * 64, b"<xml/>", bytes(range(256)) * 8])
@pytest.mark.parametrize("name", ["model.onnx", "model.pb", "model.xml"])
def test_a_file_that_is_no_network_is_refused(tmp_path, name, content):
    folder = write_package(tmp_path / "mine", mean_network([1.0, 1.0]))
    (folder / "model.onnx").unlink()
    (folder / name).write_bytes(content)
    (folder / name).with_suffix(".bin").write_bytes(b"")
    with pytest.raises(ModelError, match=name) as error:
        load_policy(folder)
    assert "\n" not in str(error.value)


def test_damaged_bytes_are_refused_or_harmless(tmp_path):
    """Whatever is in the file, loading ends with a policy or a ModelError."""
    folder = write_package(tmp_path / "mine", mean_network([1.0, 1.0]))
    content = (folder / "model.onnx").read_bytes()
    random = np.random.default_rng(3)
    refused = 0
    for _ in range(40):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 8):
            damaged[place] = random.integers(0, 256)
        (folder / "model.onnx").write_bytes(damaged)
        try:
            load_policy(folder)
        except ModelError:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize("device", ["GPU.7", "TPU", "", "cpu"])
def test_an_unknown_device_is_refused_with_those_that_there_are(tmp_path, device):
    folder = write_package(tmp_path / "mine", mean_network([1.0, 1.0]))
    with pytest.raises(ConfigError, match=r"on this machine there is .*CPU"):
        load_policy(folder, device)


@pytest.mark.parametrize(("device", "threads"), [("CPU", 0), ("CPU", 2), ("AUTO", 1)])
def test_devices_and_threads_give_the_same_result(tmp_path, device, threads):
    folder = write_package(tmp_path / "mine", mean_network([1.0, -2.0]))
    values = load_policy(folder, device, threads).policy.infer(GREY)
    assert values == pytest.approx([0.4, -0.8], abs=1e-4)


def test_the_second_half_of_the_metadata_counts_too(tmp_path):
    network = mean_network([1.0, 1.0])
    one = load_policy(write_package(tmp_path / "one", network, CONTINUOUS))
    two = load_policy(write_package(tmp_path / "two", network, discrete(2)))
    assert one.id != two.id
