# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds: complete, of the right looks and sizes, and with the car where it belongs."""

import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from sdf_frames import numbers

from deepracer_core.errors import ConfigError, TrackError
from deepracer_core.track import Track
from deepracer_gazebo.sdf_parts import linear
from deepracer_gazebo.topics import MODEL, WORLD
from deepracer_gazebo.world import WorldSettings, describe_world, load_scene
from deepracer_sim import scenes
from deepracer_sim.appearance import Appearance
from deepracer_sim.scenes import Scene, load_scenes
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import start_at
from deepracer_sim.track_files import load_track


def world_of(**options: object) -> Element:
    settings = WorldSettings(**options)
    text = describe_world(load_scene(settings), settings, "ground")
    return ElementTree.fromstring(text).find("world")


@pytest.fixture(scope="module")
def world() -> Element:
    return world_of()


@pytest.fixture(scope="module")
def look() -> Appearance:
    return load_track("reinvent_base").appearance


def shown(text: str) -> tuple[int, ...]:
    """Return the levels, 0 to 255, at which the renderer shows linear light: the sRGB curve."""
    light = numbers(text)[:3]
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return tuple(int(level) for level in np.rint(255 * levels))


def block(visual: Element) -> tuple[np.ndarray, np.ndarray]:
    """Return the low and the high corner of a box."""
    centre, size = numbers(visual.findtext("pose"))[:3], numbers(visual.findtext(".//box/size"))
    return centre - size / 2, centre + size / 2


@pytest.mark.parametrize(("name", "walls"), [("reinvent_base", ["walls"]), ("Oval_track", [])])
def test_a_world_is_a_ground_perhaps_walls_and_a_car(name: str, walls: list[str]) -> None:
    world = world_of(track=name)
    assert world.get("name") == WORLD
    names = [element.get("name") for element in world.findall("model")]
    assert names == ["ground", *walls, MODEL]


def test_a_route_file_makes_a_world(tmp_path: Path) -> None:
    track = load_track("reinvent_base").track
    np.save(tmp_path / "route.npy", np.hstack((track.centre, track.inner, track.outer)))
    world = world_of(track=str(tmp_path / "route.npy"))
    assert world.find("model[@name='walls']") is None  # routes come without a look: a meadow
    assert world.find(f"model[@name='{MODEL}']") is not None


def test_all_systems_are_there(world: Element) -> None:
    names = [plugin.get("name").rpartition("::")[2] for plugin in world.findall("plugin")]
    assert names == ["Physics", "UserCommands", "SceneBroadcaster", "Sensors"]
    files = [plugin.get("filename") for plugin in world.findall("plugin")]
    assert files[2] == "gz-sim-scene-broadcaster-system"
    assert world.findtext("plugin[4]/render_engine") == "ogre2"


@pytest.mark.parametrize("name", ["reinvent_base", "Oval_track"])
def test_no_two_siblings_have_the_same_name(name: str) -> None:
    for element in world_of(track=name, lidar=True).iter():
        # Plugins are no entities: their names are those of classes.
        names = [child.get("name") for child in element if child.tag != "plugin"]
        given = [name for name in names if name is not None]
        assert len(given) == len(set(given)), given


def test_time_runs_as_it_is_told() -> None:
    world = world_of(physics_step=0.002, real_time_factor=0.0, car=False)
    assert float(world.findtext("physics/max_step_size")) == 0.002
    assert float(world.findtext("physics/real_time_factor")) == 0.0


def test_a_pace_at_which_the_clock_seems_to_stand_is_refused() -> None:
    with pytest.raises(ConfigError, match="allowed are 0.05 to 20, and 0 for"):
        WorldSettings(real_time_factor=0.04)


def test_the_sky_is_the_embedded_renderers(world: Element, look: Appearance) -> None:
    assert shown(world.findtext("scene/background")) == look.sky
    assert world.findtext("scene/shadows") == world.findtext("scene/grid") == "false"


def test_what_the_camera_sees_shines_by_itself(world: Element, look: Appearance) -> None:
    for model, colour in (("ground", look.field), ("walls", look.wall)):
        for visual in world.find(f"model[@name='{model}']").iter("visual"):
            if visual.find(".//mesh") is not None:
                assert visual.find("material") is None  # the mesh brings its own
                continue
            for lit in ("ambient", "diffuse", "specular"):
                assert visual.findtext(f"material/{lit}") == "0 0 0 1"
            assert shown(visual.findtext("material/emissive")) == colour


def test_the_sun_shines_from_above(world: Element) -> None:
    (sun,) = world.findall("light")
    assert sun.get("type") == "directional"
    assert min(numbers(sun.findtext("diffuse"))) > 0.5
    x, y, z = numbers(sun.findtext("direction"))
    assert z < 0.0 and abs(z) > math.hypot(x, y)
    assert sun.findtext("cast_shadows") == "false"  # the embedded renderer has none


def test_colours_survive_the_renderers_gamma() -> None:
    for level in range(256):
        assert shown(" ".join(map(str, linear((level, level, level))))) == (level,) * 3


def test_walls_stand_around_the_field(world: Element, look: Appearance) -> None:
    x_low, y_low, x_high, y_high = load_scenes(["reinvent_base"])[0].ground.rectangle
    walls = world.find("model[@name='walls']")
    blocks = {visual.get("name"): block(visual) for visual in walls.iter("visual")}
    solid = {collision.get("name"): block(collision) for collision in walls.iter("collision")}
    assert blocks["south"][1][1] == pytest.approx(y_low)
    assert blocks["north"][0][1] == pytest.approx(y_high)
    assert blocks["west"][1][0] == pytest.approx(x_low)
    assert blocks["east"][0][0] == pytest.approx(x_high)
    for name, (low, high) in blocks.items():
        assert (low[2], high[2]) == pytest.approx((0.0, look.wall_height))
        np.testing.assert_array_equal(solid[f"{name}_side"], (low, high))
    for side in ("south", "north"):  # no gap in the corners
        assert blocks[side][0][0] <= blocks["west"][0][0] + 1e-6
        assert blocks[side][1][0] >= blocks["east"][1][0] - 1e-6


def test_the_ground_goes_on_around_the_field_to_the_horizon() -> None:
    world = world_of(track="Oval_track")
    x_low, y_low, x_high, y_high = load_scenes(["Oval_track"])[0].ground.rectangle
    ground = world.find("model[@name='ground']/link")
    blocks = {
        v.get("name"): block(v) for v in ground.findall("visual") if v.find(".//box") is not None
    }
    assert {high[2] for _, high in blocks.values()} == {0.0}
    assert blocks["south"][1][1] == pytest.approx(y_low) and blocks["south"][0][1] < y_low - 100
    assert blocks["north"][0][1] == pytest.approx(y_high)
    assert blocks["west"][1][0] == pytest.approx(x_low)
    assert blocks["east"][0][0] == pytest.approx(x_high) and blocks["east"][1][0] > x_high + 100
    collision = ground.find("collision")
    assert collision.findtext("geometry/plane/normal") == "0 0 1"
    assert float(collision.findtext("surface/friction/ode/mu")) == 1.0


@pytest.mark.parametrize("away", [0.0, 1e4, 1e6])
def test_the_floor_is_under_the_field_wherever_that_is(away: float, tmp_path: Path) -> None:
    track = load_track("Straight_track").track
    route = np.hstack((track.centre, track.inner, track.outer)) + away
    np.save(tmp_path / "away.npy", route)
    world = world_of(track=str(tmp_path / "away.npy"))
    middle = (track.outer + track.inner).mean(axis=0) / 2.0 + away
    floor = numbers(world.findtext("model[@name='ground']/link/collision/pose"))
    assert math.dist(floor[:2], middle) < 2.0
    assert not floor[2:].any()


@pytest.mark.parametrize("direction", ["ccw", "cw"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
@pytest.mark.parametrize("name", ["reinvent_base", "Straight_track"])
def test_the_car_starts_where_the_simulator_starts_it(
    name: str, share: float, direction: str
) -> None:
    simulation = Simulation(name, 1)
    simulation.reset(np.zeros(1, dtype=np.intp), [start_at(simulation.track, share, direction)])
    x, y, yaw = simulation.state[0, :3]
    world = world_of(track=name, start=share, direction=direction)
    pose = numbers(world.findtext(f"model[@name='{MODEL}']/pose"))
    np.testing.assert_allclose(pose[:3], (x, y, 0.0), atol=1e-8)
    np.testing.assert_allclose(pose[3:5], 0.0)
    assert math.remainder(pose[5] - yaw, 2 * math.pi) == pytest.approx(0.0, abs=1e-8)


def test_options_reach_the_car() -> None:
    assert world_of(car=False).find(f"model[@name='{MODEL}']") is None
    car = world_of(lidar=True, fps=30.0).find(f"model[@name='{MODEL}']")
    assert {sensor.get("type") for sensor in car.iter("sensor")} == {"camera", "gpu_lidar"}
    assert car.findtext(".//sensor[@name='camera']/update_rate") == "30"


def test_a_track_can_have_another_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    # Painting takes seconds: what is not shown is not painted.
    monkeypatch.delattr(scenes, "paint")
    settings = WorldSettings("Oval_track", surface="wood")
    scene: Scene = load_scene(settings)
    wood, oval = load_track("reinvent_wood").appearance, load_track("Oval_track").track
    assert scene.appearance == wood
    assert isinstance(scene.track, Track) and scene.track.length == oval.length
    assert len(np.unique(scene.ground.levels[0])) > 10  # a grain
    assert scene.ground.wall_height == wood.wall_height


def test_what_makes_no_world_is_refused() -> None:
    with pytest.raises(TrackError, match="reinvent_bas"):
        world_of(track="reinvent_bas")
    with pytest.raises(TrackError, match="did you mean wood"):
        world_of(surface="woood")
    with pytest.raises(ConfigError, match="physics_step is 0.5, allowed is"):
        world_of(physics_step=0.5)
