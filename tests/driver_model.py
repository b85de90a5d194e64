# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A model package that drives without ever having been trained: it steers away from the light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from deepracer_core.action_space import ContinuousActionSpace
from deepracer_core.model_metadata import metadata_text

# The road is darker than its borders and the field. The side of the picture that is the lighter
# has less road, so its difference to the other side is a steering angle; these numbers lap
# reinvent_base from anywhere, either way round.
GAIN, FIRST_ROW = 8.0, 50
SPEED = 1.0  # [m/s]


def write_driver(folder: Path, gain: float = GAIN, speed: float = SPEED) -> Path:
    """Write the package and return its folder; without gain it drives straight on."""
    folder.mkdir(parents=True)
    onnx.save(_network(gain), folder / "model.onnx")
    limit = np.radians(30.0)
    space = ContinuousActionSpace(-limit, limit, 0.0, max(speed, 0.1))
    (folder / "model_metadata.json").write_text(metadata_text(space))
    return folder


def _network(gain: float) -> onnx.ModelProto:
    side = np.zeros((120, 160, 2), np.float32)
    side[FIRST_ROW:, 80:, 0] = 1.0
    side[FIRST_ROW:, :80, 0] = -1.0
    side *= gain / 255.0 / (120 - FIRST_ROW) / 80
    weights = {
        "weights": side.reshape(-1, 2),
        "bias": np.array([[0.0, 1.0]], np.float32),  # Straight on, at full speed.
    }
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["frame"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["policy"]),
        ],
        "driver",
        [helper.make_tensor_value_info("frame", TensorProto.FLOAT, [1, 1, 120, 160])],
        [helper.make_tensor_value_info("policy", TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
