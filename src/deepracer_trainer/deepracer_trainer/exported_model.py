# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From a trained policy to the files that the car takes: ONNX or OpenVINO IR, and metadata.

The division by 255 is inside, as in models that AWS trained. Out come probabilities of discrete
actions, means of continuous ones; those of SAC before tanh, which whoever decodes them applies.

Weights may be stored in fewer bits: the arithmetic stays in float32. FP16 halves the file. INT8
quarters it, and large dense layers, which wait for memory, run faster: each output channel's
weights are rounded to 255 steps of a scale of its own.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import openvino
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.sac.policies import SACPolicy
from torch import nn

from deepracer_core.action_space import ActionSpace, DiscreteActionSpace
from deepracer_core.atomic_file import replace_file
from deepracer_core.model_package import METADATA_NAME
from deepracer_inference.openvino_core import openvino_core

Format = Literal["onnx", "openvino"]
Weights = Literal["fp32", "fp16", "int8"]
ONNX_NAME, OPENVINO_NAME = "model.onnx", "model.xml"
_OPSET = 17
_WEIGHTED = ("Conv", "Gemm", "MatMul")  # operators whose second input are weights
_INT8_STEPS = 127


class ExportedPolicy(nn.Module):
    """The part of a policy that drives: frames in 0 to 255, probabilities or means out."""

    def __init__(self, policy: BasePolicy, discrete: bool) -> None:
        """Take the layers of a policy of PPO, A2C or SAC.

        Args:
            policy: over (n, 120, 160) stacks of frames.
            discrete: whether its action space is.
        """
        super().__init__()
        parts: list[nn.Module]
        if isinstance(policy, SACPolicy):
            actor = policy.actor
            parts = [actor.features_extractor, actor.latent_pi, actor.mu]
        else:
            parts = [
                policy.pi_features_extractor,
                policy.mlp_extractor.policy_net,
                policy.action_net,
            ]
        self.layers = nn.Sequential(*parts, *([nn.Softmax(dim=1)] if discrete else []))

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return (B, outputs) for frames (B, n, 120, 160)."""
        return self.layers(frames / 255.0)


def write_model(
    policy: BasePolicy,
    actions: ActionSpace,
    metadata: str,
    folder: Path,
    form: Format = "onnx",
    weights: Weights = "fp32",
) -> None:
    """Write a model package, each of its files whole or not at all.

    Args:
        policy: over (n, 120, 160) stacks of frames.
        actions: its action space.
        metadata: text of model_metadata.json.
        folder: where to; an ONNX model of an earlier call is replaced.
        form: "onnx" makes model.onnx, "openvino" model.xml and model.bin.
        weights: how they are stored.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = compress(_to_onnx(policy, isinstance(actions, DiscreteActionSpace)), weights)
    if form == "onnx":
        replace_file(folder / ONNX_NAME, network)
    else:
        model = openvino_core().read_model(network)
        openvino.save_model(model, folder / OPENVINO_NAME, compress_to_fp16=False)
    replace_file(folder / METADATA_NAME, metadata.encode())


def _to_onnx(policy: BasePolicy, discrete: bool) -> bytes:
    driver = ExportedPolicy(policy, discrete).eval().cpu()
    network = io.BytesIO()
    with warnings.catch_warnings():
        # The newer exporter needs two more packages and writes the same ten operators.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            driver,
            (torch.zeros(1, *policy.observation_space.shape),),
            network,
            input_names=["frame"],
            output_names=["policy"],
            opset_version=_OPSET,
            dynamo=False,
        )
    return network.getvalue()


def compress(network: bytes, weights: Weights) -> bytes:
    """Store the weights of an ONNX model in fewer bits; biases stay as they are."""
    if weights == "fp32":
        return network
    model = onnx.load_from_string(network)
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    used = [node.input[1] for node in graph.node if node.op_type in _WEIGHTED]
    for name in dict.fromkeys(name for name in used if name in stored):
        values = numpy_helper.to_array(stored[name])
        tensors, node = _halved(name, values) if weights == "fp16" else _quantized(name, values)
        graph.initializer.remove(stored[name])
        graph.initializer.extend(tensors)
        graph.node.insert(0, node)
    return model.SerializeToString()


def _halved(
    name: str, values: NDArray[np.float32]
) -> tuple[list[onnx.TensorProto], onnx.NodeProto]:
    """Return weights in float16, and the node that makes float32 of them."""
    half = numpy_helper.from_array(values.astype(np.float16), f"{name}.fp16")
    return [half], helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)


def _quantized(
    name: str, values: NDArray[np.float32]
) -> tuple[list[onnx.TensorProto], onnx.NodeProto]:
    """Return weights in int8 with a scale for each output, and the node that multiplies them."""
    flat = values.reshape(len(values), -1)
    largest = np.abs(flat).max(axis=1, keepdims=True)
    scale = np.where(largest > 0.0, largest / _INT8_STEPS, 1.0).astype(np.float32)
    steps = np.round(flat / scale).astype(np.int8).reshape(values.shape)
    tensors = [
        numpy_helper.from_array(steps, f"{name}.int8"),
        numpy_helper.from_array(scale[:, 0], f"{name}.scale"),
    ]
    inputs = [tensor.name for tensor in tensors]
    return tensors, helper.make_node("DequantizeLinear", inputs, [name], axis=0)
