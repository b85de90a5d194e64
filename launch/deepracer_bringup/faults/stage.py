# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The graphs that faults are injected into: the real nodes, on fake hardware."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deepracer_bringup.demo import SHIPPED_MODEL
from deepracer_bringup.graph import car_graph, sim_graph
from deepracer_bringup.specs import Graph, NodeSpec
from deepracer_core.calibration import Calibration
from deepracer_servo.calibration.calibration_file import save_calibration_file
from deepracer_servo.calibration.calibration_yaml import SavedCalibration

VEHICLE = "deepracer"
BY_HAND = 2.0  # [m/s], at full stick
CAMERA_RETRY = 0.2  # [s]


@dataclass(frozen=True)
class Files:
    """What the nodes of a stage read and write, in a folder of their own."""

    folder: Path

    @property
    def models(self) -> tuple[Path, Path]:
        """Two model packages: the one that the graph starts with, and another."""
        return self.folder / "model", self.folder / "another_model"

    @property
    def calibration(self) -> Path:
        """The calibration file of the servo node."""
        return self.folder / "calibration" / "calibration.yaml"

    def write(self) -> None:
        """Make all of them."""
        for path in self.models:
            shutil.copytree(SHIPPED_MODEL, path)
        metadata = self.models[1] / "model_metadata.json"
        content = json.loads(metadata.read_text(encoding="utf-8"))
        for action in content["action_space"]:
            action["speed"] += 0.1
        metadata.write_text(json.dumps(content), encoding="utf-8")
        self.calibration.parent.mkdir()
        stock = SavedCalibration(Calibration(), datetime.now(UTC))
        save_calibration_file(self.calibration, VEHICLE, stock)


@dataclass(frozen=True)
class Stage:
    """A graph, and what it stands on.

    Attributes:
        what: one line for people.
        nodes: the graph, given the path of a model package.
        chip: kind of the fake hardware.
        config: file with the parameters of its nodes.
        own_clock: whether the system clock of its nodes can be set.
    """

    what: str
    nodes: Callable[[str], Graph]
    chip: str = "maestro"
    config: str = "sim.yaml"
    own_clock: bool = False

    def graph(self, files: Files, chip_parameters: Mapping[str, Any]) -> Graph:
        """Return the graph, on its chip and files."""
        own: dict[str, Mapping[str, Any]] = {
            "servo_node": {
                **chip_parameters,
                "calibration_file": str(files.calibration),
                "joy_max_speed": BY_HAND,
                "max_speed_scale": 1.0,
            },
            "camera_node": {"retry_longest": CAMERA_RETRY},
        }
        return tuple(
            replace(node, parameters={**node.parameters, **own.get(node.name, {})})
            for node in self.nodes(str(files.models[0]))
        )


def _car(model: str) -> Graph:
    return car_graph(model, camera="fake")


def _flooded(model: str) -> Graph:
    return *sim_graph(model), NodeSpec("deepracer_bringup.faults", "flood_node")


def _without_policy(model: str) -> Graph:
    return tuple(node for node in sim_graph() if node.name != "inference_node")


STAGES = {
    "simulator": Stage("the embedded simulator, on a Maestro", _flooded),
    "commands": Stage("the same, but the suite plays policy and driver", _without_policy),
    "camera": Stage(
        "the nodes of the car with the fake camera, on a Maestro", _car, config="car.yaml"
    ),
    "clock": Stage(
        "the same, with a system clock of their own", _car, config="car.yaml", own_clock=True
    ),
    "sysfs": Stage("the embedded simulator, on Linux PWM", sim_graph, chip="sysfs"),
}
