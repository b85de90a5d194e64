# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car as rigid bodies: one description, of which the SDF and the URDF are translations.

Places come from `VehicleSpec`; masses, sizes, limits and friction are those of the hosted
service's simulated car, 7.5 kg in all. Inertias follow from shapes; that of the chassis is the
published one to 1 %. Axes are those of REP-103, in metres from `base_link` (REP-105), which lies
midway between the axles at the height of the ground.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_gazebo.bodywork import BODYWORK, KNUCKLE, RIM, TYRE, Part
from deepracer_gazebo.shapes import ZERO, Box, Cylinder, Shape, Solid, Vector

CORNERS = ("front_left", "front_right", "rear_left", "rear_right")  # as VehicleSpec.wheels
HINGES = ("front_left_hinge", "front_right_hinge")
WHEELS = tuple(f"{corner}_wheel" for corner in CORNERS)
JOINTS = (*HINGES, *WHEELS)

WHEEL_RADIUS = 0.036  # [m]
WHEEL_WIDTH = 0.034  # [m]
TYRE_FRICTION = 0.5  # Coulomb, in every direction
STEERING_RATE = 20.0  # [rad/s] of the hinges at most: they follow a command, its lag is not theirs

_WHEEL_MASS, _HINGE_MASS = 0.34055, 0.1  # [kg]
_EFFORT, _VELOCITY = 10.0, 100.0  # limits of all joints [N m, rad/s], but that of wheels:
# the published 100 rad/s end at 3.6 m/s, short of the 4 m/s that actions may ask for.
_WHEEL_VELOCITY = 130.0  # [rad/s]; at 4 m/s the outer wheel of the tightest curve turns at 116
_HINGE_LIMIT = 1.0  # [rad]
_LIDAR = ((0.029, 0.0, 0.184249), (0.0, 0.0, np.pi))  # where, and it looks backwards
_SIDEWAYS = (0.0, 1.0, 0.0)
_UPRIGHT = (0.0, 0.0, 1.0)
# A cylinder's axis is z; a quarter turn lays it across the car.
_LYING = (-np.pi / 2.0, 0.0, 0.0)


class Collision(NamedTuple):
    """A shape that touches the ground and the walls.

    Attributes:
        shape: what touches.
        xyz: [m] its centre in the link.
        rpy: [rad] its orientation in the link.
        friction: Coulomb coefficient.
    """

    shape: Shape
    xyz: Vector
    rpy: Vector
    friction: float


class Link(NamedTuple):
    """A rigid body; its frame is where the joint to its parent is.

    Attributes:
        name: also that of its frame.
        solids: what weighs; none for a mere frame.
        collisions: what touches.
        visuals: what is seen.
    """

    name: str
    solids: tuple[Solid, ...] = ()
    collisions: tuple[Collision, ...] = ()
    visuals: tuple[Part, ...] = ()


class Joint(NamedTuple):
    """How a link moves against its parent; without an axis it does not.

    Attributes:
        name: one of `JOINTS` for those that move.
        parent: name of a link.
        child: name of a link.
        xyz: [m] of the child in the parent.
        rpy: [rad] of the child in the parent.
        axis: unit vector it turns about, in the child; None where it is fixed.
        limit: [rad] to either side; None where it turns for ever.
        effort: [N m] at most.
        velocity: [rad/s] at most.
    """

    name: str
    parent: str
    child: str
    xyz: Vector
    rpy: Vector = ZERO
    axis: Vector | None = None
    limit: float | None = None
    effort: float = _EFFORT
    velocity: float = _VELOCITY


class Car(NamedTuple):
    """Links and the joints between them, parents first.

    Attributes:
        links: the first is the root.
        joints: one for each other link.
    """

    links: tuple[Link, ...]
    joints: tuple[Joint, ...]


def describe_car(vehicle: VehicleSpec = DEEPRACER) -> Car:
    """Return the links and joints of a vehicle."""
    links, joints = [_base()], []
    for corner, (x, y) in zip(CORNERS, vehicle.wheels, strict=True):
        parent, place = "base_link", (x, y, WHEEL_RADIUS)
        if corner.startswith("front"):
            hinge = f"{corner}_hinge"
            links.append(_knuckle(f"{hinge}_link", inwards=-np.sign(y)))
            joints.append(
                Joint(hinge, parent, f"{hinge}_link", place, axis=_UPRIGHT, limit=_HINGE_LIMIT)
            )
            parent, place = f"{hinge}_link", ZERO
        wheel = f"{corner}_wheel"
        links.append(_wheel(f"{wheel}_link"))
        link = f"{wheel}_link"
        joints.append(Joint(wheel, parent, link, place, axis=_SIDEWAYS, velocity=_WHEEL_VELOCITY))
    camera = vehicle.camera
    place = (camera.forward, 0.0, camera.height)
    links += [Link("camera_link"), Link("camera_optical"), Link("lidar_link")]
    joints.append(Joint("camera", "base_link", "camera_link", place, (0.0, camera.pitch, 0.0)))
    # REP-103: an optical frame looks along z, x is right and y is down.
    optical = (-np.pi / 2.0, 0.0, -np.pi / 2.0)
    joints.append(Joint("camera_optics", "camera_link", "camera_optical", ZERO, optical))
    joints.append(Joint("lidar", "base_link", "lidar_link", *_LIDAR))
    return Car(tuple(links), tuple(joints))


def _base() -> Link:
    """Chassis, shell and camera: one body."""
    solids = (
        Solid(5.0, Box(0.344, 0.15, 0.0533), (0.0, 0.0, 0.045)),  # chassis, battery, computer
        Solid(0.3, Box(0.28, 0.12, 0.04), (0.0, 0.0, 0.09)),  # shell
        Solid(2 * 0.34055, Box(0.03, 0.06, 0.03), (0.11, 0.0, 0.115)),  # camera and its mount
    )
    underside = Collision(Box(0.3235, 0.12, 0.08), (0.0, 0.0, 0.065), ZERO, 0.0)
    return Link("base_link", solids, (underside,), BODYWORK)


def _knuckle(name: str, inwards: float) -> Link:
    solid = Solid(_HINGE_MASS, Box(0.03, 0.03, 0.03), (0.0, 0.0, 0.0))
    visual = KNUCKLE._replace(xyz=(0.0, float(inwards) * 0.028, 0.0))
    return Link(name, (solid,), (), (visual,))


def _wheel(name: str) -> Link:
    tyre = Cylinder(WHEEL_RADIUS, WHEEL_WIDTH)
    # The rim is the wider of the two that are seen, or it would not show.
    rubber, rim = Cylinder(WHEEL_RADIUS, WHEEL_WIDTH - 0.002), Cylinder(0.022, WHEEL_WIDTH)
    return Link(
        name,
        (Solid(_WHEEL_MASS, tyre, ZERO, _LYING),),
        (Collision(tyre, ZERO, _LYING, TYRE_FRICTION),),
        (Part(rubber, ZERO, TYRE, _LYING), Part(rim, ZERO, RIM, _LYING)),
    )
