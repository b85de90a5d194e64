# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A track as a Gazebo world: ground, walls, sky, light and the car, in one SDF document.

What the camera is to see as the embedded renderer shows it shines by itself: lamps would shade it
and the renderer would mix in their colour. The sun is there for the car.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from deepracer_core.errors import ConfigError
from deepracer_core.settings import check_settings, setting
from deepracer_gazebo.bodywork import Colour
from deepracer_gazebo.car_sdf import FRAME_RATE, add_car
from deepracer_gazebo.ground import middle, tiles
from deepracer_gazebo.sdf_parts import (
    SDF_VERSION,
    add_body,
    add_friction,
    add_material,
    add_pose,
    add_shape,
    add_system,
    linear,
)
from deepracer_gazebo.shapes import Box, Vector
from deepracer_gazebo.topics import WORLD
from deepracer_gazebo.xml_tree import add, document
from deepracer_sim.appearance import Rectangle
from deepracer_sim.painter import GroundMap, paint
from deepracer_sim.places import start_pose
from deepracer_sim.scenes import Scene, load_scenes
from deepracer_sim.starts import DIRECTIONS, start_at
from deepracer_sim.track_files import load_appearance, load_track

_FLOOR_FRICTION = 1.0  # the lesser of two counts, and that is the tyres'
_HORIZON = 150.0  # [m] how far the ground goes on; its edge is 0.1 px below the true horizon
_DEPTH = 0.1  # [m] of the ground beyond the field
_WALL = 0.05  # [m] thickness of walls, outside the field
# [s]. Steps cost: a core has time for 1,700 a second, and each is a tick of /clock for every node.
# A little more than 1/300, lest what comes every six or twenty steps come a step late.
_STEP = 0.003334
SLOWEST = 0.05  # simulated seconds per second
_RENDERER = "ogre2"  # the only one that needs no screen


@dataclass(frozen=True)
class WorldSettings:
    """What a world holds, and how it runs."""

    track: str = setting("reinvent_base", "name of a track, or path of a .npy or .yaml file")
    surface: str = setting("", "look of the track: an entry of appearances.yaml; none: its own")
    car: bool = setting(True, "whether the car is in the world from the beginning")
    start: float = setting(0.0, "where on the lap the car starts [share]", range=(0.0, 1.0))
    direction: str = setting("ccw", "which way round the car drives", choices=DIRECTIONS)
    fps: float = setting(
        FRAME_RATE,
        "frames per simulated second [Hz]; models are trained at 15",
        range=(1.0, 240.0),
    )
    lidar: bool = setting(False, "whether the car has a LiDAR")
    physics_step: float = setting(_STEP, "step of the physics [s]", range=(0.0001, 0.01))
    real_time_factor: float = setting(
        1.0, "simulated seconds per second [-]; 0: as fast as it goes", range=(0.0, 20.0)
    )

    def __post_init__(self) -> None:
        """Refuse values that make no world."""
        check_settings(self)
        if 0.0 < self.real_time_factor < SLOWEST:
            # The servo node would take the pause between two ticks of the clock for its end.
            raise ConfigError(
                f"real_time_factor is {self.real_time_factor:g}, allowed are {SLOWEST:g} to 20, "
                "and 0 for as fast as it goes"
            )


def load_scene(settings: WorldSettings) -> Scene:
    """Load and paint the track of a world.

    Raises:
        TrackError: track or surface are unknown or malformed.
    """
    if not settings.surface:
        return load_scenes([settings.track])[0]
    surface = load_appearance(settings.surface)
    track = load_track(settings.track).track
    return Scene(track, surface, paint(track, surface))


def describe_world(scene: Scene, settings: WorldSettings, ground_folder: str) -> str:
    """Return the SDF document of a world.

    Args:
        scene: the track and its painted ground.
        settings: what else is in it.
        ground_folder: where the files of `tiles` are, from the document's folder.
    """
    root = ElementTree.Element("sdf", version=SDF_VERSION)
    world = add(root, "world", name=WORLD)
    _add_physics(world, settings)
    _add_light(world, scene.appearance.sky)
    _add_ground(world, scene, ground_folder)
    if scene.ground.wall_height > 0.0:
        _add_walls(world, scene.ground, scene.appearance.wall)
    if settings.car:
        start = start_at(scene.track, settings.start, settings.direction)
        add_car(world, start_pose(scene.track, start), settings.fps, settings.lidar)
    return document(root)


def _add_physics(world: Element, settings: WorldSettings) -> None:
    physics = add(world, "physics", name="physics", type="ignored")
    add(physics, "max_step_size", settings.physics_step)
    add(physics, "real_time_factor", settings.real_time_factor)
    add_system(world, "Physics")
    add_system(world, "UserCommands")
    add_system(world, "SceneBroadcaster")
    add_system(world, "Sensors", {"render_engine": _RENDERER})


def _add_light(world: Element, sky: Colour) -> None:
    scene = add(world, "scene")
    add(scene, "ambient", (0.5, 0.5, 0.5, 1.0))
    add(scene, "background", (*linear(sky), 1.0))
    add(scene, "shadows", False)
    add(scene, "grid", False)
    sun = add(world, "light", name="sun", type="directional")
    add_pose(sun, (0.0, 0.0, 10.0))
    add(sun, "cast_shadows", False)
    add(sun, "diffuse", (0.8, 0.8, 0.8, 1.0))
    add(sun, "specular", (0.2, 0.2, 0.2, 1.0))
    add(sun, "direction", (-0.4, 0.3, -0.9))


def _add_ground(world: Element, scene: Scene, folder: str) -> None:
    link = _add_fixed(world, "ground")
    # Physics makes a plane a slab of 2100 m, which has to be under the field wherever that is.
    collision = add_body(link, "collision", "floor", middle(scene.ground.rectangle))
    plane = add(add(collision, "geometry"), "plane")
    add(plane, "normal", (0.0, 0.0, 1.0))
    add(plane, "size", (2.0 * _HORIZON, 2.0 * _HORIZON))
    add_friction(collision, _FLOOR_FRICTION)
    for tile in tiles(scene.ground):
        name = tile.file.removesuffix(".glb")
        visual = add_body(link, "visual", name, middle(tile.rectangle))
        add(visual, "cast_shadows", False)
        add(add(add(visual, "geometry"), "mesh"), "uri", f"{folder}/{tile.file}")
    field = scene.appearance.field
    for name, box, centre in _frame(scene.ground.rectangle, _HORIZON, -_DEPTH, 0.0):
        _add_block(link, name, box, centre, field)


def _add_walls(world: Element, ground: GroundMap, colour: Colour) -> None:
    link = _add_fixed(world, "walls")
    for name, box, centre in _frame(ground.rectangle, _WALL, 0.0, ground.wall_height):
        _add_block(link, name, box, centre, colour)
        add_shape(add_body(link, "collision", f"{name}_side", centre), box)


def _frame(
    rectangle: Rectangle, thickness: float, bottom: float, top: float
) -> list[tuple[str, Box, Vector]]:
    """Return name, size and centre of four blocks around a rectangle, their inner faces on it."""
    x_low, y_low, x_high, y_high = rectangle
    (x, y, _), z = middle(rectangle), (bottom + top) / 2.0
    half, height = thickness / 2.0, top - bottom
    side = Box(x_high - x_low + 2.0 * thickness, thickness, height)
    end = Box(thickness, y_high - y_low, height)
    return [
        ("south", side, (x, y_low - half, z)),
        ("north", side, (x, y_high + half, z)),
        ("west", end, (x_low - half, y, z)),
        ("east", end, (x_high + half, y, z)),
    ]


def _add_fixed(world: Element, name: str) -> Element:
    """Add a model that never moves, and return its link."""
    model = add(world, "model", name=name)
    add(model, "static", True)
    return add(model, "link", name="link")


def _add_block(link: Element, name: str, box: Box, centre: Vector, colour: Colour) -> None:
    visual = add_body(link, "visual", name, centre)
    add(visual, "cast_shadows", False)
    add_shape(visual, box)
    add_material(visual, colour, lit=False)
