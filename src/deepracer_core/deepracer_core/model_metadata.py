# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""model_metadata.json in the AWS schema: read, checked for contradictions, and written.

What a field defaults to where it is absent follows the on-car software of the hosted service,
so that packages from 2019 (no version, sensor "observation") load as they did there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

from deepracer_core.action_space import (
    ContinuousActionSpace,
    DiscreteActionSpace,
    parse_continuous,
    parse_discrete,
)
from deepracer_core.errors import ModelError

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
        text: the JSON exactly as read; it is part of the package's identity.
    """

    action_space: DiscreteActionSpace | ContinuousActionSpace
    sensor: str
    neural_network: str
    training_algorithm: Algorithm
    version: str
    text: str

    @classmethod
    def parse(cls, text: str) -> ModelMetadata:
        """Read the JSON text; ModelError says which field is wrong and what is allowed."""
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise ModelError(f"model_metadata.json is not valid JSON: {error}") from None
        except RecursionError:
            raise ModelError("model_metadata.json is nested too deeply to be metadata") from None
        if not isinstance(fields, dict):
            raise ModelError("model_metadata.json must be a JSON object")
        if "action_space" not in fields:
            raise ModelError("model_metadata.json has no action_space")
        algorithm = _choice(fields, "training_algorithm", ALGORITHMS, "clipped_ppo")
        return cls(
            action_space=_action_space(fields, algorithm),
            sensor=_camera(fields.get("sensor", ["observation"])),
            neural_network=str(fields.get("neural_network", DEFAULT_NETWORK)),
            training_algorithm=cast(Algorithm, algorithm),
            version=str(fields.get("version", "2" if "sensor" in fields else "1")),
            text=text,
        )


def metadata_text(
    action_space: DiscreteActionSpace | ContinuousActionSpace,
    neural_network: str = DEFAULT_NETWORK,
    training_algorithm: Algorithm = "clipped_ppo",
) -> str:
    """Return model_metadata.json for a policy with one front camera, as AWS writes it."""
    discrete = isinstance(action_space, DiscreteActionSpace)
    fields = {
        "action_space": action_space.to_json(),
        "sensor": ["FRONT_FACING_CAMERA"],
        "neural_network": neural_network,
        "version": "5",
        "training_algorithm": training_algorithm,
        "action_space_type": "discrete" if discrete else "continuous",
    }
    return json.dumps(fields, indent=2) + "\n"


def _choice(fields: dict[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = fields.get(name, default)
    if value not in allowed:
        raise ModelError(f"{name} is {value!r}, supported are {', '.join(allowed)}")
    return str(value)


def _action_space(
    fields: dict[str, Any], algorithm: str
) -> DiscreteActionSpace | ContinuousActionSpace:
    kind = _choice(fields, "action_space_type", ACTION_SPACE_TYPES, "discrete")
    space = fields["action_space"]
    given = "discrete" if isinstance(space, list) else "continuous"
    if kind != given:
        raise ModelError(f"action_space_type is {kind}, but action_space is written as {given}")
    if kind == "discrete":
        if algorithm == "sac":
            raise ModelError("training_algorithm sac needs a continuous action space")
        return parse_discrete(space)
    return parse_continuous(space, "tanh" if algorithm == "sac" else "clip")


def _camera(sensors: object) -> str:
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
