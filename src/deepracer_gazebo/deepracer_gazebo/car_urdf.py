# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car as URDF, for robot_state_publisher and RViz: the same links and frames as in Gazebo."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element

from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_gazebo.car import Joint, Link, describe_car
from deepracer_gazebo.shapes import ZERO, Box, Shape, Vector, inertial
from deepracer_gazebo.topics import MODEL
from deepracer_gazebo.xml_tree import add, document, text


def robot_description(vehicle: VehicleSpec = DEEPRACER) -> str:
    """Return the URDF document."""
    robot = ElementTree.Element("robot", name=MODEL)
    car = describe_car(vehicle)
    for link in car.links:
        _add_link(robot, link)
    for joint in car.joints:
        _add_joint(robot, joint)
    return document(robot)


def _add_link(robot: Element, link: Link) -> None:
    element = add(robot, "link", name=link.name)
    if link.solids:
        body = inertial(link.solids)
        weight = add(element, "inertial")
        _add_origin(weight, body.centre)
        add(weight, "mass", value=text(body.mass))
        moments = {name: text(moment) for name, moment in body.moments().items()}
        add(weight, "inertia", **moments)
    for touching in link.collisions:
        _add_shape(element, "collision", touching.shape, touching.xyz, touching.rpy)
    for part in link.visuals:
        visual = _add_shape(element, "visual", part.shape, part.xyz, part.rpy)
        red, green, blue = part.colour
        material = add(visual, "material", name=f"#{red:02x}{green:02x}{blue:02x}")
        add(material, "color", rgba=text((red / 255.0, green / 255.0, blue / 255.0, 1.0)))


def _add_shape(link: Element, kind: str, shape: Shape, xyz: Vector, rpy: Vector) -> Element:
    element = add(link, kind)
    _add_origin(element, xyz, rpy)
    geometry = add(element, "geometry")
    if isinstance(shape, Box):
        add(geometry, "box", size=text(tuple(shape)))
    else:
        add(geometry, "cylinder", radius=text(shape.radius), length=text(shape.length))
    return element


def _add_joint(robot: Element, joint: Joint) -> None:
    kind = "fixed" if joint.axis is None else "continuous" if joint.limit is None else "revolute"
    element = add(robot, "joint", name=joint.name, type=kind)
    _add_origin(element, joint.xyz, joint.rpy)
    add(element, "parent", link=joint.parent)
    add(element, "child", link=joint.child)
    if joint.axis is None:
        return
    add(element, "axis", xyz=text(joint.axis))
    limits = {"effort": text(joint.effort), "velocity": text(joint.velocity)}
    if joint.limit is not None:
        limits |= {"lower": text(-joint.limit), "upper": text(joint.limit)}
    add(element, "limit", **limits)


def _add_origin(element: Element, xyz: Vector, rpy: Vector = ZERO) -> None:
    add(element, "origin", xyz=text(xyz), rpy=text(rpy))
