# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Small model packages, made where a test needs one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from deepracer_core.action_space import Action, ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.model_metadata import metadata_text

CONTINUOUS = ContinuousActionSpace(-0.5, 0.5, 0.5, 2.0)


def discrete(count: int) -> DiscreteActionSpace:
    return DiscreteActionSpace(tuple(Action(0.1 * (i % 5 - 2), 1.0) for i in range(count)))


def mean_network(
    factors: list[float],
    shape: tuple[object, ...] = ("N", 1, 120, 160),
    output: str = "policy",
    others: tuple[str, ...] = (),
    element: int = TensorProto.FLOAT,
    mask: NDArray[np.float32] | None = None,
) -> onnx.ModelProto:
    """A network whose outputs are the picture's mean in 0 to 1, times each factor.

    Args:
        factors: one per value of the output.
        shape: of the input `image`.
        output: name of the output.
        others: names of further outputs, each with three values.
        element: type of the input.
        mask: (120, 160), or (n, 120, 160) for a stack of n frames: what the picture is multiplied
            with before its mean is taken.
    """
    nodes = [helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT)]
    nodes.append(helper.make_node("Div", ["float", "scale"], ["scaled"]))
    nodes.append(helper.make_node("Mul", ["scaled", "mask"], ["masked"]))
    nodes.append(helper.make_node("Flatten", ["masked"], ["flat"]))
    nodes.append(helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1))
    weights = {"scale": np.float32(255.0), "mask": np.float32(1.0)}
    if mask is not None:
        channels_last = shape[1] == 120
        weights["mask"] = np.moveaxis(mask.reshape(-1, 120, 160), 0, -1) if channels_last else mask
    for name, values in {output: factors, **{other: [1.0, 2.0, 3.0] for other in others}}.items():
        weights[f"{name}_factors"] = np.array([values], np.float32)
        nodes.append(helper.make_node("MatMul", ["mean", f"{name}_factors"], [name]))
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in (*others, output)
    ]
    graph = helper.make_graph(
        nodes,
        "mean",
        [helper.make_tensor_value_info("image", element, shape)],
        outputs,
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def write_package(
    folder: Path,
    network: onnx.ModelProto,
    space: DiscreteActionSpace | ContinuousActionSpace = CONTINUOUS,
    stack_size: int = 1,
) -> Path:
    """Write a package folder and return it."""
    folder.mkdir(parents=True)
    onnx.save(network, folder / "model.onnx")
    (folder / "model_metadata.json").write_text(metadata_text(space, stack_size=stack_size))
    return folder
