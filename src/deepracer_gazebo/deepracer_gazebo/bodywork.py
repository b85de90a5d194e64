# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the car looks like: a small race car, within the 0.324 x 0.196 m of the published one.

Nothing of it may be in the camera's view: policies know the road without a bonnet.
"""

from __future__ import annotations

from typing import NamedTuple

from deepracer_gazebo.shapes import ZERO, Box, Cylinder, Shape, Vector

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255, as a screen shows it

TYRE: Colour = (28, 28, 30)
RIM: Colour = (205, 205, 205)
_CARBON: Colour = (38, 40, 44)
_PAINT: Colour = (216, 84, 22)
_STRIPE: Colour = (240, 240, 236)
_GLASS: Colour = (20, 30, 42)
_TAIL_LIGHT: Colour = (190, 16, 16)


class Part(NamedTuple):
    """A coloured shape.

    Attributes:
        shape: its size.
        xyz: [m] its centre in the link.
        colour: of all of it.
        rpy: [rad] its orientation in the link.
    """

    shape: Shape
    xyz: Vector
    colour: Colour
    rpy: Vector = ZERO


KNUCKLE = Part(Box(0.012, 0.02, 0.012), ZERO, _CARBON)

BODYWORK = (
    Part(Box(0.3, 0.1, 0.012), (0.0, 0.0, 0.03), _CARBON),  # floor
    Part(Box(0.012, 0.17, 0.014), (0.153, 0.0, 0.03), _CARBON),  # front wing
    Part(Box(0.012, 0.15, 0.02), (-0.154, 0.0, 0.04), _CARBON),  # rear bumper
    Part(Box(0.1, 0.07, 0.03), (0.1, 0.0, 0.052), _PAINT, (0.0, 0.12, 0.0)),  # nose
    Part(Box(0.15, 0.11, 0.05), (-0.02, 0.0, 0.062), _PAINT),  # tub
    Part(Box(0.08, 0.09, 0.04), (-0.115, 0.0, 0.062), _PAINT),  # tail
    Part(Box(0.085, 0.082, 0.026), (-0.015, 0.0, 0.1), _GLASS),  # canopy
    Part(Box(0.065, 0.074, 0.012), (-0.02, 0.0, 0.119), _PAINT),  # roof
    Part(Box(0.155, 0.022, 0.002), (-0.0225, 0.0, 0.0875), _STRIPE),
    Part(Box(0.067, 0.022, 0.002), (-0.02, 0.0, 0.1255), _STRIPE),
    Part(Box(0.03, 0.012, 0.055), (-0.135, 0.035, 0.105), _CARBON),  # struts of the rear wing
    Part(Box(0.03, 0.012, 0.055), (-0.135, -0.035, 0.105), _CARBON),
    Part(Box(0.045, 0.17, 0.006), (-0.138, 0.0, 0.135), _PAINT),  # rear wing
    Part(Box(0.004, 0.02, 0.012), (-0.157, 0.035, 0.065), _TAIL_LIGHT),
    Part(Box(0.004, 0.02, 0.012), (-0.157, -0.035, 0.065), _TAIL_LIGHT),
    Part(Box(0.012, 0.03, 0.05), (0.112, 0.0, 0.09), _CARBON),  # camera mast
    Part(Box(0.022, 0.06, 0.026), (0.122, 0.0, 0.128), _CARBON),  # camera
    Part(Cylinder(0.009, 0.008), (0.136, 0.0, 0.13), _GLASS, (0.0, 1.5707963, 0.0)),  # lens
)
