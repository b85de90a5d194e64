# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The simulators that a race can be held in, each with the car's own nodes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from deepracer_bringup.gazebo import BRIDGE_CONFIG, GazeboSettings, prepare_gazebo
from deepracer_bringup.graph import gazebo_graph, measured, sim_graph
from deepracer_bringup.runner import config_file
from deepracer_bringup.specs import Graph
from deepracer_gazebo.world import WorldSettings
from deepracer_sim.plant import PlantSettings

SimulatorName = Literal["embedded", "gazebo"]


@dataclass(frozen=True)
class SimulatedCar:
    """A car in a simulator, ready to be measured.

    Attributes:
        graph: simulator and nodes.
        simulator: name of the node with the services `reset` and `recover`.
        config: file with parameters of the nodes.
        environment: variables of the processes beside those of this one.
    """

    graph: Graph
    simulator: str
    config: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def embedded_car(model: Path, track: str, direction: str, real_time_factor: float) -> SimulatedCar:
    """Return the embedded simulator's car; ConfigError where a value is out of range."""
    PlantSettings(track=track, real_time_factor=real_time_factor)
    graph = sim_graph(
        str(model), track=track, direction=direction, real_time_factor=real_time_factor
    )
    return SimulatedCar(measured(graph), "sim_node", config_file("sim.yaml"))


def gazebo_car(
    model: Path, track: str, direction: str, real_time_factor: float, seed: int = 0
) -> SimulatedCar:
    """Return Gazebo's car, in a Gazebo that no other on this machine hears.

    Its random numbers go by `seed`; 0 leaves them to Gazebo.

    Raises:
        DeviceError: Gazebo or its bridge is missing or too old; it says what to install.
        DeepRacerError: a value is out of range, or the world cannot be made.
    """
    world = WorldSettings(track=track, direction=direction, real_time_factor=real_time_factor)
    parts = prepare_gazebo(GazeboSettings(seed=seed), world, config_file(BRIDGE_CONFIG))
    graph = gazebo_graph(parts, str(model), track=track, direction=direction)
    alone = {"GZ_PARTITION": f"deepracer-{os.getpid()}", "GZ_IP": "127.0.0.1"}
    return SimulatedCar(measured(graph), "actuator_node", config_file("sim.yaml"), alone)


SIMULATORS: dict[SimulatorName, Callable[[Path, str, str, float], SimulatedCar]] = {
    "embedded": embedded_car,
    "gazebo": gazebo_car,
}
