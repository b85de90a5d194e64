# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Driving policies, run by OpenVINO: from the tensor of a frame, or stack, to the policy's output.

One loader for every format that a model package may hold (ONNX, OpenVINO IR, AWS frozen graph).
It verifies that the network is one for this car and that it fits the package's metadata, so what
it returns can drive.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import openvino
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_core.model_package import ModelPackage, open_model_package
from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_inference.openvino_core import openvino_core
from deepracer_inference.protobuf_frame import check_protobuf

# Our export names its output so, and AWS graphs end in .../ppo_head_0/policy (clipped PPO) or
# .../sac_policy_head_0/policy (SAC); what else they put out is for training.
OUTPUT_NAME = "policy"
_POLICY = re.compile(rf"(^|/){OUTPUT_NAME}(:\d+)?$")
# OpenVINO raises the first; the others come from its bindings, for a damaged name or size.
_OPENVINO_ERRORS = (RuntimeError, UnicodeDecodeError, MemoryError)
_VIRTUAL_DEVICES = ("AUTO", "HETERO", "MULTI")


class OpenVinoPolicy:
    """A compiled network with one camera input and one policy output.

    Attributes:
        stack_size: how many frames it sees at once; `FrameStack` keeps them.
    """

    def __init__(self, package: ModelPackage, device: str = "CPU", threads: int = 1) -> None:
        """Read, verify and compile the network, and run it once.

        Args:
            package: the model package; its files are not needed afterwards.
            device: OpenVINO device, such as CPU or GPU.
            threads: processor threads for one frame; 0 leaves it to OpenVINO. One is the default
                because the second costs more processor time than it saves on networks this small.

        Raises:
            ModelError: the network is damaged, not for this car or contradicts the metadata.
            ConfigError: there is no such device.
        """
        check_device(device)
        core = openvino_core()
        if package.format != "openvino":
            check_protobuf(package.policy_path)
        self.stack_size = package.metadata.stack_size
        try:
            network = _policy_network(core.read_model(package.policy_path))
            shape = _fix_input(network, self.stack_size)
            compiled = core.compile_model(network, device, _compile_options(device, threads))
            self._request = compiled.create_infer_request()
            # Bound once: nothing is allocated or looked up for a frame.
            self._input = np.zeros(shape, np.float32)
            self._request.set_input_tensor(openvino.Tensor(self._input, shared_memory=True))
            channels_last = shape[1] == FRAME_HEIGHT
            self._frames = np.moveaxis(self._input, 3, 1)[0] if channels_last else self._input[0]
            values = self.infer(_test_pictures(self.stack_size))
        except _OPENVINO_ERRORS as error:
            raise ModelError(
                f"{package.policy_path.name} of {package.name} is damaged or not supported: "
                f"{_reason(error)}"
            ) from None
        expected = package.metadata.action_space.output_count
        if len(values) != expected:
            raise ModelError(
                f"the network of {package.name} has {len(values)} outputs, the action space of "
                f"its metadata needs {expected}: they do not belong together"
            )
        if not np.isfinite(values).all():
            raise ModelError(
                f"the network of {package.name} puts out NaN or infinity: it is damaged"
            )

    def infer(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network once.

        Args:
            tensor: grey picture, float32 (120, 160), 0 to 255, as `to_tensor` makes it; for a
                stack (stack_size, 120, 160), as `FrameStack` makes it.

        Returns:
            The policy's output, float32 (n,): probabilities, or means.
        """
        np.copyto(self._frames, tensor.reshape(self._frames.shape))
        self._request.start_async()
        self._request.wait()
        return np.array(self._request.output_tensors[0].data, np.float32).ravel()


@dataclass(frozen=True)
class LoadedPolicy:
    """A policy that is ready to run, and what its package said.

    Attributes:
        name: of the package.
        id: SHA-256 over policy and metadata, in hex.
        metadata: of the package.
        policy: the compiled network.
    """

    name: str
    id: str
    metadata: ModelMetadata
    policy: OpenVinoPolicy


def check_device(device: str) -> None:
    """Raise ConfigError where OpenVINO finds no such device on this machine."""
    available = openvino_core().available_devices
    known = {name.partition(".")[0] for name in available} | set(_VIRTUAL_DEVICES)
    if device.partition(":")[0].partition(".")[0] not in known:
        raise ConfigError(
            f"there is no OpenVINO device {device!r}, on this machine there is "
            f"{', '.join(available)}"
        )


def load_policy(
    path: str | os.PathLike[str], device: str = "CPU", threads: int = 1
) -> LoadedPolicy:
    """Open a model package, verify and compile its network, and close the package again.

    Raises:
        ModelError: the package does not fit, with the reason.
        ConfigError: there is no such OpenVINO device.
    """
    with open_model_package(path) as package:
        policy = OpenVinoPolicy(package, device, threads)
        return LoadedPolicy(package.name, package.id, package.metadata, policy)


def _compile_options(device: str, threads: int) -> dict[str, object]:
    # Without the first, processors with bfloat16 silently move outputs by up to 0.02.
    options: dict[str, object] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if device == "CPU":
        # A pinned thread waits for its core while another one idles.
        options["ENABLE_CPU_PINNING"] = False
        if threads > 0:
            options["INFERENCE_NUM_THREADS"] = threads
    return options


def _policy_network(network: openvino.Model) -> openvino.Model:
    """Return the network reduced to its policy output."""
    # A policy that feeds other operations is no output of the graph, so those come second.
    policies = _policies(network.outputs) or _policies(
        output for node in network.get_ordered_ops() for output in node.outputs()
    )
    if len(policies) == 1:
        source = policies[0].get_node()
        if source.get_type_name() == "Result":
            policies = [source.input_value(0)]
        return openvino.Model(policies, network.get_parameters(), OUTPUT_NAME)
    if len(network.outputs) == 1:
        return network
    names = ", ".join(sorted(output.any_name for output in network.outputs if output.names))
    raise ModelError(
        f"the network has {len(network.outputs)} outputs ({names}), of which {len(policies)} are "
        f"named {OUTPUT_NAME}: export it with one output of that name"
    )


def _policies(outputs: Iterable[openvino.Output]) -> list[openvino.Output]:
    return [output for output in outputs if any(map(_POLICY.search, output.get_names()))]


def _fix_input(network: openvino.Model, stack_size: int) -> list[int]:
    """Set the network to one stack at a time and return the shape of its input."""
    inputs = network.inputs
    if len(inputs) != 1:
        raise ModelError(f"the network has {len(inputs)} inputs, one camera picture is needed")
    shape = inputs[0].get_partial_shape()
    kind = inputs[0].get_element_type()
    size = [FRAME_HEIGHT, FRAME_WIDTH]
    layouts = [*size, stack_size], [stack_size, *size]  # of TensorFlow, and of everything else
    for wanted in layouts:
        if kind == openvino.Type.f32 and shape.compatible(openvino.PartialShape([1, *wanted])):
            network.reshape([1, *wanted])
            return [1, *wanted]
    pictures = "one grey picture" if stack_size == 1 else f"{stack_size} grey pictures"
    known = " or ".join(f"[1,{','.join(map(str, layout))}]" for layout in layouts)
    raise ModelError(
        f"the network's input is {kind.get_type_name()} {shape}, needed is {pictures} of "
        f"{FRAME_WIDTH}x{FRAME_HEIGHT}: f32 {known} (the number is stack_size in the metadata)"
    )


def _test_pictures(count: int) -> NDArray[np.float32]:
    shape = (count, FRAME_HEIGHT, FRAME_WIDTH)
    return np.linspace(0.0, 255.0, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def _reason(error: Exception) -> str:
    """Return the line of OpenVINO's message that says what happened; the others say where."""
    if not isinstance(error, RuntimeError):
        return type(error).__name__
    lines = [line.strip(" -") for line in str(error).splitlines() if "://" not in line]
    lines = [line for line in lines if line]
    return lines[-1] if lines else type(error).__name__
