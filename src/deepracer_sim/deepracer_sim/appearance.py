# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a track looks like: colours and the dimensions of its markings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from deepracer_core.errors import TrackError

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255
Floor = Literal["plain", "carpet", "concrete", "wood"]
Rectangle = tuple[float, float, float, float]  # x low, y low, x high, y high [m]


@dataclass(frozen=True)
class Appearance:
    """Colours as the camera shows them, and markings; all lengths in metres.

    Attributes:
        road: surface between the borders.
        line: side lines.
        centre_line: dashes along the centre.
        field: ground beside the road.
        wall: walls around the field; unused where `wall_height` is 0.
        sky: above the walls, or above the horizon.
        line_width: width of the side lines.
        line_side: whether side lines lie "inside" or "outside" the road polygon.
        dash_length: length of one dash of the centre line.
        dash_period: dash and gap together; it is stretched to fit a whole number of times.
        dash_width: width of the dashes.
        field_rectangle: extent of the field; None lets it end `field_margin` beyond the borders.
        field_margin: see `field_rectangle`.
        wall_height: 0 for no walls: then the field goes on to the horizon.
        floor: what road and field are made of. "plain" gives each its colour; "carpet",
            "concrete" and "wood" are one floor in two shades, `field` the darker, `road` the
            lighter one.
    """

    road: Colour
    line: Colour
    centre_line: Colour
    field: Colour
    wall: Colour
    sky: Colour
    line_width: float
    line_side: Literal["inside", "outside"]
    dash_length: float
    dash_period: float
    dash_width: float
    field_rectangle: Rectangle | None = None
    field_margin: float = 0.914
    wall_height: float = 0.0
    floor: Floor = "plain"

    def __post_init__(self) -> None:
        """Refuse colours and lengths that cannot be painted."""
        for name in ("road", "line", "centre_line", "field", "wall", "sky"):
            colour = getattr(self, name)
            if len(colour) != 3 or not all(0 <= channel <= 255 for channel in colour):
                raise TrackError(
                    f"colour {name} is {colour}, needed is [red, green, blue], 0 to 255"
                )
        for name in ("line_width", "dash_length", "dash_period", "dash_width", "field_margin"):
            if not getattr(self, name) > 0.0:
                raise TrackError(f"{name} is {getattr(self, name)}, it must be above 0 m")
        if self.line_side not in ("inside", "outside"):
            raise TrackError(f"line_side is {self.line_side!r}, allowed is inside or outside")
        if self.wall_height < 0.0:
            raise TrackError(f"wall_height is {self.wall_height}, it must not be negative")
        if self.floor not in get_args(Floor):
            raise TrackError(f"floor is {self.floor!r}, allowed are {', '.join(get_args(Floor))}")
