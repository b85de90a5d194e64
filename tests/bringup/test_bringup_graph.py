# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import ast
import importlib.util
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from deepracer_bringup.graph import Graph, NodeSpec, car_graph, race_graph, sim_graph
from deepracer_bringup.race import RaceSettings
from deepracer_bringup.runner import command, config_file
from deepracer_camera.camera import CameraSettings
from deepracer_inference.settings import InferenceSettings
from deepracer_servo.settings import ServoSettings
from deepracer_sim.plant import PlantSettings

SETTINGS = {
    "camera_node": CameraSettings,
    "inference_node": InferenceSettings,
    "servo_node": ServoSettings,
    "sim_node": PlantSettings,
    "race_node": RaceSettings,
}
GRAPHS = {
    "car": car_graph(),
    "sim": sim_graph(),
    "race": race_graph("m", "reinvent_base", "ccw", 3, 1.0, "out"),
}


def node(graph: Graph, name: str) -> NodeSpec:
    return next(spec for spec in graph if spec.name == name)


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_every_node_exists_and_knows_its_parameters(graph: Graph) -> None:
    for spec in graph:
        assert importlib.util.find_spec(spec.module) is not None
        known = {*SETTINGS[spec.name].__dataclass_fields__, "use_sim_time"}
        assert set(spec.parameters) <= known


def test_the_simulator_replaces_both_ends_and_nothing_else() -> None:
    for name in ("inference_node", "servo_node"):
        car, sim = node(GRAPHS["car"], name), node(GRAPHS["sim"], name)
        assert {**car.parameters, "use_sim_time": True} == sim.parameters
        assert car.remappings == sim.remappings


def test_simulated_time_is_for_those_who_hear_the_clock_not_for_its_source() -> None:
    for spec in GRAPHS["sim"]:
        assert spec.parameters.get("use_sim_time", False) == (spec.name != "sim_node")
    assert not any(spec.parameters.get("use_sim_time", False) for spec in GRAPHS["car"])


def test_only_what_cannot_start_anew_stays_down() -> None:
    respawned = {spec.name: spec.respawn for graph in GRAPHS.values() for spec in graph}
    assert respawned == {
        "camera_node": True,
        "inference_node": True,
        "servo_node": True,
        "sim_node": False,
        "race_node": False,
    }


@pytest.mark.parametrize("name", ["car", "sim"])
def test_the_configuration_names_nodes_and_parameters_that_exist(name: str) -> None:
    content = yaml.safe_load(config_file(f"{name}.yaml").read_text())
    for pattern, entry in content.items():
        settings = SETTINGS[pattern.rpartition("/")[2]]
        settings(**entry["ros__parameters"])
        assert pattern.rpartition("/")[2] in {spec.name for spec in GRAPHS[name]}


def test_the_car_starts_at_half_speed() -> None:
    content = yaml.safe_load(config_file("car.yaml").read_text())
    assert content["/**/servo_node"]["ros__parameters"]["max_speed_scale"] == 0.5


@pytest.mark.parametrize(("name", "graph"), [("car", car_graph), ("sim", sim_graph)])
def test_the_launch_file_offers_every_argument_of_its_graph(repository, name, graph) -> None:
    path: Path = repository / "launch" / f"{name}.launch.py"
    tree = ast.parse(path.read_text())
    declared = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "DeclareLaunchArgument"
    }
    parameters = graph.__code__.co_varnames[: graph.__code__.co_argcount]
    assert declared == {*parameters, "config"}
    assert len(path.read_text().splitlines()) <= 60


def test_launch_ends_when_a_node_refuses_its_parameters() -> None:
    spec = node(GRAPHS["car"], "servo_node")
    arguments = spec.launch_arguments("car.yaml", shutdown=lambda reason: reason)
    assert arguments["parameters"] == ["car.yaml", dict(spec.parameters)]
    on_exit = arguments["on_exit"]
    assert "servo_node" in on_exit(SimpleNamespace(returncode=2), None)
    for status in (0, 1, -9):
        assert on_exit(SimpleNamespace(returncode=status), None) is None


def test_the_command_line_keeps_types_apart() -> None:
    parameters = {"text": "1.0", "empty": "", "number": 2.0, "flag": True, "odd": 'a "b": #c'}
    spec = NodeSpec("package", "some_node", parameters, remappings=(("a", "b/c"),))
    line = command(spec, Path("config.yaml"))
    assert line[1:4] == ["-P", "-m", "package.some_node"]
    assert "a:=b/c" in line and "__node:=some_node" in line
    values = dict(part.split(":=", 1) for part in line if part.split(":=")[0] in parameters)
    assert {name: yaml.safe_load(value) for name, value in values.items()} == parameters
    assert json.loads(values["odd"]) == parameters["odd"]
