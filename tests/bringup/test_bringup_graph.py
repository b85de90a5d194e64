# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import ast
import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from deepracer_bringup.graph import (
    JOY_NODE,
    car_graph,
    measured,
    race_graph,
    sim_graph,
)
from deepracer_bringup.race import RaceSettings
from deepracer_bringup.runner import STOP_STEPS, command, config_file
from deepracer_bringup.specs import Graph, NodeSpec, ProgramSpec
from deepracer_camera.camera import CameraSettings
from deepracer_core.child_processes import prefix_dying_with_us
from deepracer_inference.settings import InferenceSettings
from deepracer_servo.devices.pwm_device import DEVICES
from deepracer_servo.devices.pwm_output import PWM_OUTPUTS
from deepracer_servo.settings import ServoSettings
from deepracer_sim.plant import PlantSettings

SETTINGS = {
    "camera_node": CameraSettings,
    "inference_node": InferenceSettings,
    "servo_node": ServoSettings,
    "sim_node": PlantSettings,
    "race_node": RaceSettings,
}
PROFILES = ("deepracer", "raspberry_pi", "maestro")
GRAPHS = {
    "car": car_graph(),
    "sim": sim_graph(),
    "race": race_graph(measured(sim_graph("m")), "sim_node", "reinvent_base", "ccw", 3, "out"),
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
    graph = car_graph(pwm_output="topic")
    for name in ("inference_node", "servo_node"):
        car, sim = node(graph, name), node(GRAPHS["sim"], name)
        assert {**car.parameters, "use_sim_time": True} == sim.parameters
        assert car.remappings == sim.remappings


def test_the_car_leaves_to_its_files_what_was_not_asked_for() -> None:
    assert node(GRAPHS["car"], "servo_node").parameters == {"use_sim_time": False}
    asked = car_graph(pwm_output="maestro", calibration="c.yaml")
    assert node(asked, "servo_node").parameters == {
        "use_sim_time": False,
        "pwm_output": "maestro",
        "calibration_file": "c.yaml",
    }


def test_a_gamepad_is_read_only_where_it_was_asked_for() -> None:
    with_gamepad = car_graph(joy=True)
    assert with_gamepad == (JOY_NODE, *GRAPHS["car"])
    # The servo node's command lives for 0.15 s, and a stick may be held still.
    assert JOY_NODE.parameters == {"deadzone": 0.0, "autorepeat_rate": 20.0}


def test_simulated_time_is_for_those_who_hear_the_clock_not_for_its_source() -> None:
    for spec in GRAPHS["sim"]:
        assert spec.parameters.get("use_sim_time", False) == (spec.name != "sim_node")
    assert not any(spec.parameters.get("use_sim_time", False) for spec in GRAPHS["car"])


def test_every_node_that_died_is_started_again() -> None:
    assert all(spec.respawn for name in ("car", "sim") for spec in GRAPHS[name])


def test_a_race_ends_where_its_simulator_does() -> None:
    down = {spec.name for spec in GRAPHS["race"] if not spec.respawn}
    assert down == {"sim_node", "race_node"}


@pytest.mark.parametrize("name", ["car", "sim"])
def test_the_configuration_names_nodes_and_parameters_that_exist(name: str) -> None:
    content = yaml.safe_load(config_file(f"{name}.yaml").read_text())
    for pattern, entry in content.items():
        settings = SETTINGS[pattern.rpartition("/")[2]]
        settings(**entry["ros__parameters"])
        assert pattern.rpartition("/")[2] in {spec.name for spec in GRAPHS[name]}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_names_hardware_and_parameters_that_exist(profile: str) -> None:
    content = yaml.safe_load(config_file(f"profiles/{profile}.yaml").read_text())
    assert list(content) == ["/**/servo_node"]
    chosen = content["/**/servo_node"]["ros__parameters"]
    kind = DEVICES[chosen["pwm_output"]].settings
    device = {name: chosen.pop(name) for name in list(chosen) if name in kind.__dataclass_fields__}
    kind(**device)
    assert ServoSettings(**chosen).vehicle in ("deepracer", "hobby")
    steering, throttle = (
        device[f"{chosen['pwm_output']}_{axis}_channel"] for axis in ("steering", "throttle")
    )
    assert steering != throttle


def test_the_car_starts_at_half_speed() -> None:
    content = yaml.safe_load(config_file("car.yaml").read_text())
    assert content["/**/servo_node"]["ros__parameters"]["max_speed_scale"] == 0.5


def launch_arguments(file: Path) -> dict[str, ast.Tuple]:
    """The rows of the file's table ARGUMENTS, by name; launch itself need not be installed."""
    for statement in ast.parse(file.read_text()).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "ARGUMENTS":
            return {row.elts[0].value: row for row in statement.value.elts}
    raise AssertionError(f"{file} has no table ARGUMENTS")


@pytest.mark.parametrize(
    ("name", "graph", "others"),
    [("car", car_graph, {"profile", "config"}), ("sim", sim_graph, set())],
)
def test_the_launch_file_offers_every_argument_of_its_graph(
    repository: Path, name: str, graph: Callable[..., Graph], others: set[str]
) -> None:
    path = repository / "launch" / f"{name}.launch.py"
    parameters = graph.__code__.co_varnames[: graph.__code__.co_argcount]
    assert set(launch_arguments(path)) == {*parameters, *others}
    assert len(path.read_text().splitlines()) <= 60


def test_the_launch_file_knows_every_profile_and_device(repository: Path) -> None:
    text = (repository / "launch" / "car.launch.py").read_text()
    assert f"PROFILES = {json.dumps(PROFILES)}" in text
    offered = re.search(r"^OUTPUTS = (.*)$", text, re.MULTILINE)
    assert offered is not None
    assert set(json.loads(offered[1])) == {"", *PWM_OUTPUTS}
    files = (repository / "launch" / "config" / "profiles").glob("*.yaml")
    assert {file.stem for file in files} == set(PROFILES)


def test_launch_ends_when_a_node_refuses_its_parameters() -> None:
    spec = node(GRAPHS["car"], "servo_node")
    files = ["profile.yaml", "car.yaml"]
    arguments = spec.launch_arguments(files, shutdown=lambda reason: reason)
    assert arguments["parameters"] == [*files, dict(spec.parameters)]
    on_exit = arguments["on_exit"]
    assert "servo_node" in on_exit(SimpleNamespace(returncode=2), None)
    for status in (0, 1, -9):
        assert on_exit(SimpleNamespace(returncode=status), None) is None


def test_what_launch_starts_ends_with_it() -> None:
    for spec in (node(GRAPHS["car"], "servo_node"), ProgramSpec("gazebo", ("gz", "sim"))):
        files = ([],) if isinstance(spec, NodeSpec) else ()
        arguments = spec.launch_arguments(*files, shutdown=list)
        assert arguments["prefix"] == prefix_dying_with_us()
        label = "exec_name" if isinstance(spec, NodeSpec) else "name"
        assert arguments[label] == spec.name


def test_launch_and_runner_wait_two_seconds_at_most_for_the_end() -> None:
    arguments = node(GRAPHS["car"], "servo_node").launch_arguments([], shutdown=list)
    steps = (float(arguments["sigterm_timeout"]), float(arguments["sigkill_timeout"]))
    assert steps == tuple(patience for _, patience in STOP_STEPS[:2])
    assert sum(steps) < 2.0


def test_the_command_line_keeps_types_apart() -> None:
    parameters = {"text": "1.0", "empty": "", "number": 2.0, "flag": True, "odd": 'a "b": #c'}
    spec = NodeSpec("package", "some_node", parameters, remappings=(("a", "b/c"),))
    line = command(spec, Path("config.yaml"))
    assert line[1:4] == ["-P", "-m", "package.some_node"]
    assert "a:=b/c" in line and "__node:=some_node" in line
    values = dict(part.split(":=", 1) for part in line if part.split(":=")[0] in parameters)
    assert {name: yaml.safe_load(value) for name, value in values.items()} == parameters
    assert json.loads(values["odd"]) == parameters["odd"]
