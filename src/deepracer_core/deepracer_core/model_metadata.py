# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""model_metadata.json in the AWS schema: read, checked for contradictions, and written.

What a field defaults to where it is absent follows the on-car software of the hosted service,
so that packages from 2019 (no version, sensor "observation") load as they did there. There is one
key of our own, `stack_size`, which is absent where it is one: the service never stacked frames.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from deepracer_core.action_space import (
    ContinuousActionSpace,
    DiscreteActionSpace,
    parse_continuous,
    parse_discrete,
)
from deepracer_core.errors import ModelError, collected
from deepracer_core.observation import LARGEST_STACK

Algorithm = Literal["clipped_ppo", "sac"]
ALGORITHMS = ("clipped_ppo", "sac")
ACTION_SPACE_TYPES = ("discrete", "continuous")
MONO_CAMERAS = ("FRONT_FACING_CAMERA", "observation", "LEFT_CAMERA")
UNSUPPORTED_SENSORS = (
    "STEREO_CAMERAS",
    "LIDAR",
    "SECTOR_LIDAR",
    "DISCRETIZED_SECTOR_LIDAR",
)
METADATA_KEYS = (
    "action_space",
    "action_space_type",
    "neural_network",
    "sensor",
    "stack_size",
    "training_algorithm",
    "version",
)
DEFAULT_NETWORK = "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW"


@dataclass(frozen=True)
class ModelMetadata:
    """What a model package says about itself; construct it with `parse`.

    Attributes:
        action_space: how outputs are decoded.
        sensor: the one camera that the policy looks through.
        neural_network: architecture by the training code's name; information only.
        training_algorithm: "clipped_ppo" or "sac".
        version: schema version as written by the trainer.
        stack_size: how many frames the policy sees at once.
        text: the JSON exactly as read; it is part of the package's identity.
    """

    action_space: DiscreteActionSpace | ContinuousActionSpace
    sensor: str
    neural_network: str
    training_algorithm: Algorithm
    version: str
    stack_size: int
    text: str

    @classmethod
    def parse(cls, text: str) -> ModelMetadata:
        """Read the JSON text; ModelError says which fields are wrong and what is allowed."""
        values, faults = metadata_parts(metadata_fields(text))
        if faults:
            raise ModelError(*faults)
        return cls(**values, text=text)


def metadata_fields(text: str) -> dict[str, Any]:
    """Return the fields of the JSON text as they are written; ModelError where it has none."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise ModelError(f"model_metadata.json is not valid JSON: {error}") from None
    except RecursionError:
        raise ModelError("model_metadata.json is nested too deeply to be metadata") from None
    if not isinstance(fields, dict):
        raise ModelError("model_metadata.json must be a JSON object")
    return fields


def metadata_parts(fields: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that the fields have right, and all that is wrong with the rest."""
    values: dict[str, Any] = {
        "neural_network": str(fields.get("neural_network", DEFAULT_NETWORK)),
        "version": str(fields.get("version", "2" if "sensor" in fields else "1")),
    }
    faults = _kind_faults(fields)
    for name, read in _READERS.items():
        with collected(faults):
            values[name] = read(fields)
    return values, faults


def metadata_text(
    action_space: DiscreteActionSpace | ContinuousActionSpace,
    neural_network: str = DEFAULT_NETWORK,
    training_algorithm: Algorithm = "clipped_ppo",
    stack_size: int = 1,
) -> str:
    """Return model_metadata.json for a policy with one front camera, as AWS writes it."""
    discrete = isinstance(action_space, DiscreteActionSpace)
    fields: dict[str, Any] = {
        "action_space": action_space.to_json(),
        "sensor": ["FRONT_FACING_CAMERA"],
        "neural_network": neural_network,
        "version": "5",
        "training_algorithm": training_algorithm,
        "action_space_type": "discrete" if discrete else "continuous",
    }
    if stack_size > 1:
        fields["stack_size"] = stack_size
    return json.dumps(fields, indent=2) + "\n"


def _algorithm(fields: dict[str, Any]) -> Algorithm:
    return cast(Algorithm, _choice(fields, "training_algorithm", ALGORITHMS, "clipped_ppo"))


def _stack_size(fields: dict[str, Any]) -> int:
    size = fields.get("stack_size", 1)
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_STACK:
        raise ModelError(f"stack_size is {size!r}, allowed is 1 to {LARGEST_STACK}")
    return size


def _choice(fields: dict[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = fields.get(name, default)
    if value not in allowed:
        raise ModelError(f"{name} is {value!r}, supported are {', '.join(allowed)}")
    return str(value)


def _kind_faults(fields: dict[str, Any]) -> list[str]:
    """Return how the action space contradicts the keys that say what it is."""
    if "action_space" not in fields:
        return []
    faults: list[str] = []
    given = "discrete" if isinstance(fields["action_space"], list) else "continuous"
    with collected(faults):
        kind = _choice(fields, "action_space_type", ACTION_SPACE_TYPES, "discrete")
        if kind != given:
            faults.append(f"action_space_type is {kind}, but action_space is written as {given}")
    if given == "discrete" and fields.get("training_algorithm") == "sac":
        faults.append("training_algorithm sac needs a continuous action space")
    return faults


def _action_space(fields: dict[str, Any]) -> DiscreteActionSpace | ContinuousActionSpace:
    if "action_space" not in fields:
        raise ModelError("model_metadata.json has no action_space")
    space = fields["action_space"]
    if isinstance(space, list):
        return parse_discrete(space)
    return parse_continuous(space, "tanh" if fields.get("training_algorithm") == "sac" else "clip")


def _camera(fields: dict[str, Any]) -> str:
    sensors = fields.get("sensor", ["observation"])
    if not isinstance(sensors, list) or not all(isinstance(name, str) for name in sensors):
        raise ModelError("sensor must be a list of sensor names")
    for name in sensors:
        if name in UNSUPPORTED_SENSORS:
            raise ModelError(
                f"the model needs the sensor {name}, only a single camera is supported "
                f"({', '.join(MONO_CAMERAS)}): train it with a single front camera"
            )
        if name not in MONO_CAMERAS:
            raise ModelError(f"unknown sensor {name!r}, supported are {', '.join(MONO_CAMERAS)}")
    if len(sensors) != 1:
        raise ModelError(f"sensor lists {len(sensors)} cameras, exactly one is needed")
    return cast(str, sensors[0])


_READERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "training_algorithm": _algorithm,
    "action_space": _action_space,
    "sensor": _camera,
    "stack_size": _stack_size,
}
