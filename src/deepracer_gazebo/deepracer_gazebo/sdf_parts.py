# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Pieces of SDF that worlds and cars are made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from xml.etree.ElementTree import Element

from deepracer_gazebo.bodywork import Colour
from deepracer_gazebo.shapes import ZERO, Box, Inertial, Shape, Vector
from deepracer_gazebo.xml_tree import add

SDF_VERSION = "1.10"


def add_pose(parent: Element, xyz: Vector, rpy: Vector = ZERO, **attributes: str) -> None:
    """Say where an element is [m] and how it is turned [rad]."""
    add(parent, "pose", (*xyz, *rpy), **attributes)


def add_shape(parent: Element, shape: Shape) -> None:
    """Give an element a geometry."""
    geometry = add(parent, "geometry")
    if isinstance(shape, Box):
        add(add(geometry, "box"), "size", tuple(shape))
        return
    cylinder = add(geometry, "cylinder")
    add(cylinder, "radius", shape.radius)
    add(cylinder, "length", shape.length)


def add_inertial(link: Element, inertial: Inertial) -> None:
    """Give a link mass and inertia."""
    element = add(link, "inertial")
    add(element, "mass", inertial.mass)
    add_pose(element, inertial.centre)
    tensor = add(element, "inertia")
    for name, moment in inertial.moments().items():
        add(tensor, name, moment)


def add_friction(collision: Element, coefficient: float) -> None:
    """Give a collision Coulomb friction, the same in all directions."""
    ode = add(add(add(collision, "surface"), "friction"), "ode")
    add(ode, "mu", coefficient)
    add(ode, "mu2", coefficient)


def add_material(visual: Element, colour: Colour, lit: bool) -> None:
    """Give a visual a colour: one that lamps shade, or one that shines by itself."""
    material = add(visual, "material")
    black, shown = (0.0, 0.0, 0.0, 1.0), (*linear(colour), 1.0)
    diffuse, emissive = (shown, black) if lit else (black, shown)
    add(material, "ambient", diffuse)
    add(material, "diffuse", diffuse)
    add(material, "specular", black)
    add(material, "emissive", emissive)


def linear(colour: Colour) -> Vector:
    """Return the linear light, 0 to 1, that Gazebo's renderer shows as a colour (sRGB)."""

    def light(level: int) -> float:
        share = level / 255.0
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = colour
    return light(red), light(green), light(blue)


def add_system(
    parent: Element, name: str, settings: Mapping[str, object] = MappingProxyType({})
) -> None:
    """Load one of Gazebo's systems, by the name of its class."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
    system = add(
        parent, "plugin", filename=f"gz-sim{words}-system", name=f"gz::sim::systems::{name}"
    )
    for tag, content in settings.items():
        add(system, tag, content)


def add_body(
    link: Element,
    kind: Literal["visual", "collision"],
    name: str,
    xyz: Vector = ZERO,
    rpy: Vector = ZERO,
) -> Element:
    """Add a visual or collision to a link, at a place in it, and return it."""
    element = add(link, kind, name=name)
    add_pose(element, xyz, rpy)
    return element
