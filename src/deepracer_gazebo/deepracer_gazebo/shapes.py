# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Simple shapes, and what they weigh and resist when they turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]
Matrix = NDArray[np.float64]  # (3, 3)
ZERO: Vector = (0.0, 0.0, 0.0)


class Box(NamedTuple):
    """A cuboid about its centre: lengths [m] along x, y and z."""

    x: float
    y: float
    z: float

    def moments(self) -> Vector:
        """Return the moments of inertia per mass [m^2] about x, y and z."""
        xx, yy, zz = self.x**2 / 12.0, self.y**2 / 12.0, self.z**2 / 12.0
        return yy + zz, xx + zz, xx + yy


class Cylinder(NamedTuple):
    """A cylinder about its centre, its axis along z: [m]."""

    radius: float
    length: float

    def moments(self) -> Vector:
        """Return the moments of inertia per mass [m^2] about x, y and z."""
        across = self.radius**2 / 4.0 + self.length**2 / 12.0
        return across, across, self.radius**2 / 2.0


Shape = Box | Cylinder


class Solid(NamedTuple):
    """A shape of one density.

    Attributes:
        mass: [kg].
        shape: its size.
        xyz: [m] its centre in the link.
        rpy: [rad] its orientation in the link.
    """

    mass: float
    shape: Shape
    xyz: Vector
    rpy: Vector = ZERO


class Inertial(NamedTuple):
    """Mass [kg], its centre [m], and the inertia [kg m^2] about it, along the link's axes."""

    mass: float
    centre: Vector
    tensor: Matrix

    def moments(self) -> dict[str, float]:
        """Return the six different elements of the tensor by their names, ixx to izz."""
        axes = "xyz"
        return {
            f"i{axes[row]}{axes[column]}": float(self.tensor[row, column])
            for row in range(3)
            for column in range(row, 3)
        }


def inertial(solids: Sequence[Solid]) -> Inertial:
    """Return mass, centre and inertia of solids that are fixed to each other; at least one."""
    mass = sum(solid.mass for solid in solids)
    weighted = [np.array(solid.xyz) * solid.mass for solid in solids]
    centre = np.sum(weighted, axis=0) / mass
    tensor = np.zeros((3, 3))
    for solid in solids:
        turn = rotation(solid.rpy)
        aside = np.array(solid.xyz) - centre
        # The parallel axis theorem.
        moved = aside @ aside * np.eye(3) - np.outer(aside, aside)
        tensor += solid.mass * (turn @ np.diag(solid.shape.moments()) @ turn.T + moved)
    return Inertial(mass, (float(centre[0]), float(centre[1]), float(centre[2])), tensor)


def rotation(rpy: Vector) -> Matrix:
    """Return the matrix of roll, pitch and yaw [rad]: about the fixed axes x, then y, then z."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    about_y = np.array([[cp, 0.0, sp], [0.0, 1.0, 0.0], [-sp, 0.0, cp]])
    about_z = np.array([[cy, -sy, 0.0], [sy, cy, 0.0], [0.0, 0.0, 1.0]])
    turned: Matrix = about_z @ about_y @ about_x
    return turned
