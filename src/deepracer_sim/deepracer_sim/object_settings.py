# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Which objects are on the road, and what they are like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from deepracer_core.errors import ConfigError
from deepracer_core.settings import check_settings, setting

CAR_LENGTH, CAR_WIDTH = 0.32352, 0.1961  # [m], of the rectangle around base_link that crashes


class ObjectKind(NamedTuple):
    """The size of an object and what it looks like; it must be higher than the camera.

    Attributes:
        footprint: length and width [m] of what a car must not touch.
        body: length and width [m] of what is seen.
        parts: lower and upper height [m] of each part, and its colour (blue, green, red).
    """

    footprint: tuple[float, float]
    body: tuple[float, float]
    parts: tuple[tuple[float, float, tuple[int, int, int]], ...]


_SHELL, _DARK = (190, 190, 190), (25, 25, 25)
OBJECT_KINDS = {
    # The footprint has 5 cm to spare on all sides, as in the hosted service.
    "box": ObjectKind((0.4, 0.5), (0.3, 0.4), ((0.0, 0.25, (79, 97, 123)),)),
    "bot_car": ObjectKind(
        (CAR_LENGTH, CAR_WIDTH),
        (CAR_LENGTH, CAR_WIDTH),
        ((0.0, 0.05, _DARK), (0.05, 0.12, _SHELL), (0.12, 0.165, _DARK), (0.165, 0.194, _SHELL)),
    ),
}


@dataclass(frozen=True)
class ObjectSettings:
    """Settings of the objects: none for a time trial, boxes to avoid, or bot cars."""

    kind: str = setting(
        "none", "what is on the road besides the car", choices=("none", *OBJECT_KINDS)
    )
    count: int = setting(6, "how many objects", range=(1, 20))
    min_distance: float = setting(
        2.0, "least distance between random places, along the road [m]", range=(0.5, 50.0)
    )
    places: tuple[tuple[float, int], ...] = setting(
        (),
        "place of each object: share of the lap in driving direction, and lane, 1 inner or -1 "
        "outer; none for random places, drawn anew at every start",
    )
    speed: float = setting(0.2, "speed of bot cars [m/s]", range=(0.0, 4.0))
    lane_change: bool = setting(False, "whether bot cars change lanes, every 3 to 5 s")

    def __post_init__(self) -> None:
        """Refuse what cannot be placed."""
        check_settings(self)
        if self.places and len(self.places) != self.count:
            raise ConfigError(
                f"{len(self.places)} places are given for {self.count} objects: give one for each"
            )
        for share, lane in self.places:
            if not (0.0 <= share <= 1.0 and lane in (-1, 1)):
                raise ConfigError(
                    f"an object cannot be at {share:g}, {lane:g}: give a share of the lap, 0 to "
                    "1, and a lane, 1 (inner) or -1 (outer)"
                )

    @classmethod
    def boxes(cls, count: int = 6, min_distance: float = 2.0) -> ObjectSettings:
        """Return those of object avoidance: boxes at random places."""
        return cls("box", count, min_distance)

    @classmethod
    def bots(cls, count: int = 3, speed: float = 0.2, lane_change: bool = False) -> ObjectSettings:
        """Return those of head-to-bot: bot cars that begin at random places."""
        return cls("bot_car", count, speed=speed, lane_change=lane_change)


TIME_TRIAL = ObjectSettings()
