# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Gazebo and the car's nodes as one graph, for the launch file and for the runner."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fake_gz import FakeGz, no_gz

from deepracer_bringup import simulators
from deepracer_bringup.gazebo import GazeboSettings, prepare_gazebo
from deepracer_bringup.graph import (
    GazeboParts,
    gazebo_graph,
    measured,
    race_graph,
    sim_graph,
)
from deepracer_bringup.runner import command
from deepracer_bringup.specs import NodeSpec, ProgramSpec
from deepracer_core.errors import ConfigError, DeviceError
from deepracer_gazebo.settings import ActuatorSettings
from deepracer_gazebo.world import WorldSettings

SERVER = ProgramSpec("gazebo", ("gz", "sim", "world.sdf"))
WINDOW = ProgramSpec("window", ("gz", "sim", "-g"), is_window=True)
PARTS = GazeboParts((SERVER,), "lib/parameter_bridge", "gazebo_bridge.yaml")
GRAPH = gazebo_graph(PARTS, "model")


def node(name: str) -> NodeSpec:
    return next(spec for spec in GRAPH if isinstance(spec, NodeSpec) and spec.name == name)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGz:
    """A machine with Gazebo and its bridge, or what looks like them."""
    bridge = tmp_path / "ros" / "lib" / "ros_gz_bridge" / "parameter_bridge"
    bridge.parent.mkdir(parents=True)
    bridge.write_text("#!/bin/sh\nexec sleep 600\n")
    bridge.chmod(0o755)
    paths = f"{tmp_path / 'ros'}{os.pathsep}{os.environ['AMENT_PREFIX_PATH']}"
    monkeypatch.setenv("AMENT_PREFIX_PATH", paths)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fake = FakeGz(tmp_path / "gz", monkeypatch)
    fake.answers("sim", "8.14.0\n")
    fake.answers("topic", "")
    return fake


@pytest.fixture
def topics(repository: Path) -> Path:
    return repository / "launch" / "config" / "gazebo_bridge.yaml"


def test_the_nodes_between_are_those_of_the_other_simulator() -> None:
    embedded = {spec.name: spec for spec in sim_graph("model")}
    for name in ("inference_node", "servo_node"):
        assert node(name) == embedded[name]
    names = [spec.name for spec in GRAPH]
    assert names[:3] == ["gazebo", "parameter_bridge", "actuator_node"]
    assert set(names[3:]) == {"inference_node", "servo_node"}


def test_the_actuator_node_exists_and_knows_its_parameters() -> None:
    actuator = node("actuator_node")
    assert importlib.util.find_spec(actuator.module) is not None
    known = {*ActuatorSettings.__dataclass_fields__, "use_sim_time"}
    assert set(actuator.parameters) <= known
    assert actuator.parameters["use_sim_time"] is True


def test_the_bridge_is_a_program_with_ros_arguments() -> None:
    line = command(node("parameter_bridge"), Path("config.yaml"))
    assert line[0] == "lib/parameter_bridge"
    assert 'config_file:="gazebo_bridge.yaml"' in line
    assert command(SERVER, Path("config.yaml")) == ["gz", "sim", "world.sdf"]


def test_in_a_race_what_belongs_to_the_simulator_stays_down() -> None:
    race = race_graph(measured(GRAPH), "actuator_node", "reinvent_base", "ccw", 3, "out")
    down = {spec.name for spec in race if not spec.respawn}
    assert down == {"gazebo", "parameter_bridge", "actuator_node", "race_node"}
    assert race[-1].remappings == (
        ("latency", "actuator_node/latency"),
        ("recover", "actuator_node/recover"),
    )


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (GazeboSettings(), [["-s", "-r", "--headless-rendering"]]),
        (GazeboSettings(headless=False, seed=7), [["-s", "-r", "--seed", "7"]]),
        (GazeboSettings(gui=True), [["-s", "-r", "--headless-rendering"], ["-g"]]),
    ],
)
def test_gazebo_is_started_as_asked_for(
    fake: FakeGz, topics: Path, settings: GazeboSettings, options: list[list[str]]
) -> None:
    parts = prepare_gazebo(settings, WorldSettings(), topics)
    server, *_ = parts.programs
    world = server.line[-1]
    assert Path(world).is_file() and "deepracer_world" in Path(world).read_text()
    lines = [list(program.line) for program in parts.programs]
    start = ["gz", "sim", "--force-version", "8"]
    assert lines == [start + options[0] + [world], *(start + each for each in options[1:])]
    assert Path(parts.bridge).name == "parameter_bridge"


def test_what_is_missing_is_told_before_a_world_is_written(
    fake: FakeGz, tmp_path: Path, topics: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="nowhere.yaml is missing"):
        prepare_gazebo(GazeboSettings(), WorldSettings(), tmp_path / "nowhere.yaml")
    monkeypatch.setenv("AMENT_PREFIX_PATH", "")
    with pytest.raises(DeviceError, match="bridge"):
        prepare_gazebo(GazeboSettings(), WorldSettings(), topics)
    no_gz(tmp_path / "empty", monkeypatch)
    with pytest.raises(DeviceError, match="Gazebo is not installed"):
        prepare_gazebo(GazeboSettings(), WorldSettings(), topics)
    assert not (tmp_path / "cache").exists()


def test_a_seed_that_gazebo_cannot_take_is_refused() -> None:
    with pytest.raises(ConfigError, match="seed"):
        GazeboSettings(seed=-1)


def test_each_race_has_a_gazebo_of_its_own(fake: FakeGz, topics: Path, monkeypatch) -> None:
    monkeypatch.setattr(simulators, "config_file", lambda name: topics.with_name(name))
    car = simulators.gazebo_car(Path("model"), "reinvent_base", "cw", 2.0, seed=7)
    assert car.environment["GZ_PARTITION"] == f"deepracer-{os.getpid()}"
    assert car.simulator == "actuator_node"
    *options, world = next(spec for spec in car.graph if spec.name == "gazebo").line
    assert options[-2:] == ["--seed", "7"]
    assert "<real_time_factor>2" in Path(world).read_text()


def ended(program: ProgramSpec, status: int, is_shutdown: bool = False) -> Any:
    on_exit = program.launch_arguments(shutdown=lambda reason: reason)["on_exit"]
    return on_exit(SimpleNamespace(returncode=status), SimpleNamespace(is_shutdown=is_shutdown))


@pytest.mark.parametrize("status", [0, 1, 255, -9])  # 0: the world did not load.
def test_the_launch_ends_with_gazebo_and_says_why(status: int) -> None:
    with pytest.raises(DeviceError, match=rf"gazebo has ended \(exit status {status}\)"):
        ended(SERVER, status)
    assert ended(SERVER, status, is_shutdown=True) is None


def test_who_closes_the_window_ends_the_launch_in_order() -> None:
    assert ended(WINDOW, 0) == "window has ended (exit status 0)"
    with pytest.raises(DeviceError, match="window has ended"):
        ended(WINDOW, 1)


class Recorded:
    """Stands for an action of launch: keeps what it was made with."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.given, self.named = given, named


class Substitution(Recorded):
    """Stands for a substitution: what it was made of, put together."""

    def perform(self, context: Any) -> str:
        (parts,) = self.given
        if isinstance(parts, str):
            return context.get(parts, parts)
        return "/".join(each if isinstance(each, str) else each.perform(context) for each in parts)


STUBS = {
    "launch": ("LaunchContext", "LaunchDescription"),
    "launch.action": ("Action",),
    "launch.actions": (
        "DeclareLaunchArgument",
        "ExecuteProcess",
        "OpaqueFunction",
        "Shutdown",
        "TimerAction",
    ),
    "launch.substitutions": ("LaunchConfiguration", "PathJoinSubstitution"),
    "launch_ros.actions": ("Node",),
    "launch_ros.parameter_descriptions": ("ParameterFile", "ParameterValue"),
    "launch_ros.substitutions": ("FindPackageShare",),
}


@pytest.fixture
def launch_file(repository: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The launch file, which needs no more of launch than that it keeps what it is told."""
    kinds: dict[str, type] = {}
    for module, names in {**STUBS, "launch_ros": ()}.items():
        stub = ModuleType(module)
        base = Substitution if module.endswith("substitutions") else Recorded
        for name in names:
            kinds[name] = type(name, (base,), {})
            setattr(stub, name, kinds[name])
        monkeypatch.setitem(sys.modules, module, stub)
    spec = importlib.util.spec_from_file_location(
        "gazebo_launch", repository / "launch" / "gazebo.launch.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(launch_file: ModuleType, repository: Path) -> Callable[..., list[Recorded]]:
    """Launch with these arguments; return the actions that come of it."""
    (entities,) = launch_file.generate_launch_description().given
    *arguments, opaque = entities
    context = {each.given[0]: each.named["default_value"] for each in arguments}
    context["config"] = "sim.yaml"
    context["deepracer_bringup"] = str(repository / "launch")

    def run(**given: str) -> list[Recorded]:
        assert set(given) <= set(context)
        return opaque.named["function"]({**context, **given})

    return run


def test_the_launch_file_offers_what_people_need(launch_file: ModuleType) -> None:
    names = {name for name, *_ in launch_file.ARGUMENTS}
    asked = [
        "headless",
        "gui",
        "rtf",
        "track",
        "model",
        "spawn",
        "direction",
        "fps",
        "seed",
        "config",
    ]
    assert names == {*asked, "device", "frames"}
    assert all(text for _, _, text, _ in launch_file.ARGUMENTS)


def test_the_launch_starts_gazebo_its_bridge_and_the_nodes(
    fake: FakeGz,
    start: Callable[..., list[Recorded]],
    repository: Path,
) -> None:
    package = str(repository / "models" / "reinvent_v1")
    gazebo, later = start(track="Oval_track", spawn="0.25", rtf="0", model=package)
    assert later.named["period"] > 0.0  # A world that does not load has ended it all by then.
    nodes = later.named["actions"]
    world = Path(gazebo.named["cmd"][-1]).read_text()
    assert "<real_time_factor>0" in world
    assert [each.named["executable"] for each in nodes] == [
        "parameter_bridge",
        "actuator_node",
        "inference_node",
        "servo_node",
    ]
    parameters = {each.named["executable"]: each.named["parameters"][-1] for each in nodes}
    assert parameters["actuator_node"]["start"] == 0.25
    model = parameters["inference_node"]["model"]
    assert (model.given, model.named) == ((package,), {"value_type": str})
    assert "gazebo_bridge.yaml" in parameters["parameter_bridge"]["config_file"]


def test_the_launch_may_have_a_window_and_frames(
    fake: FakeGz, start: Callable[..., list[Recorded]]
) -> None:
    frames, server, window, *_ = start(gui="true", frames="true")
    assert frames.named["executable"] == "robot_state_publisher"
    assert "--headless-rendering" in server.named["cmd"]
    assert window.named["cmd"][-1] == "-g"


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [
        ({"rtf": "fast"}, "rtf:=fast is no number"),
        ({"seed": "1.5"}, "seed:=1.5 is no number"),
        ({"spawn": "2"}, "start is 2.0"),
        ({"fps": "0"}, "fps is 0.0"),
        ({"track": "nowhere"}, "unknown track 'nowhere'"),
        ({"model": "no/such/model"}, "no model package at no/such/model"),
    ],
)
def test_arguments_that_are_wrong_are_refused_by_name(
    fake: FakeGz,
    start: Callable[..., list[Recorded]],
    argument: dict[str, str],
    complaint: str,
) -> None:
    with pytest.raises(Exception, match=complaint):
        start(**argument)


def test_a_second_gazebo_is_refused_by_the_launch(
    fake: FakeGz, start: Callable[..., list[Recorded]]
) -> None:
    fake.answers("topic", "/world/deepracer_world/clock\n")
    with pytest.raises(DeviceError, match="another Gazebo runs"):
        start()
