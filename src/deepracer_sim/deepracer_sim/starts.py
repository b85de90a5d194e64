# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where episodes start, and which way round."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track

DIRECTIONS: tuple[Literal["ccw", "cw"], ...] = ("ccw", "cw")
Direction = Literal["ccw", "cw", "both"]
StartOrder = Literal["random", "round_robin"]
ROUND_ROBIN_ADVANCE = 0.05  # share of the lap, as in the hosted service


class Start(NamedTuple):
    """A start: share of the lap from the track's first point, 0 to 1, and driving direction."""

    share: float
    reverse: bool


def is_reverse(track: Track, direction: str) -> bool:
    """Tell whether driving in `direction`, "ccw" or "cw", is against the track's own."""
    return direction != ("ccw" if track.is_ccw else "cw")


def start_at(track: Track, share: float, direction: str) -> Start:
    """Return a start for a driving direction, "ccw" or "cw".

    Its share, given again, is the share it was made of.

    Args:
        track: where.
        share: of the lap, 0 to 1; on an open track it counts from where that direction begins.
        direction: which way round.
    """
    reverse = is_reverse(track, direction)
    return Start(1.0 - share if reverse and not track.closed else share, reverse)


def start_nearby(track: Track, front_point: NDArray[np.float64], reverse: bool) -> Start:
    """Return the start on the centre line that is nearest to a point (2,) [m]."""
    distance = track.centre_line.project(front_point[None]).distance[0]
    return Start(float(distance / track.length), reverse)


def ways_of(direction: str) -> list[Literal["ccw", "cw"]]:
    """Return the ways round that "ccw", "cw" or "both" stands for."""
    return [way for way in DIRECTIONS if direction in (way, "both")]


def direction_of(track: Track, reverse: bool) -> Literal["ccw", "cw"]:
    """Name the direction of a car that drives against the track's own, or not."""
    return "ccw" if track.is_ccw ^ reverse else "cw"


def random_start(track: Track, direction: Direction, generator: np.random.Generator) -> Start:
    """Draw a place on the lap, and a direction where both are allowed.

    Raises:
        ConfigError: the direction is unknown.
    """
    _check("direction", direction, get_args(Direction))
    share, coin = generator.random(2)
    turned = bool(coin < 0.5) if direction == "both" else is_reverse(track, direction)
    return Start(float(share), turned) if track.closed else Start(float(turned), turned)


def spread_starts(track: Track, count: int, direction: Literal["ccw", "cw"]) -> list[Start]:
    """Return `count` starts evenly spread over the lap; an open track has but one."""
    turned = is_reverse(track, direction)
    if not track.closed:
        return [Start(float(turned), turned)] * count
    return [Start(i / count, turned) for i in range(count)]


class StartSequence:
    """The starts of one car, episode after episode.

    In "random" order each is drawn anew. In "round_robin" only the first one is; each later one is
    `ROUND_ROBIN_ADVANCE` of the lap further along the track, and where both directions are
    allowed, they take turns.
    """

    def __init__(self, track: Track, direction: Direction, order: StartOrder) -> None:
        """Begin a sequence.

        Raises:
            ConfigError: the direction or the order is unknown.
        """
        _check("direction", direction, get_args(Direction))
        _check("starts", order, get_args(StartOrder))
        self._track = track
        self._direction: Direction = direction
        self._order = order
        self._last: Start | None = None

    def next(self, generator: np.random.Generator) -> Start:
        """Return the start of the next episode."""
        last = self._last
        if self._order == "random" or last is None:
            self._last = random_start(self._track, self._direction, generator)
        else:
            turned = last.reverse ^ (self._direction == "both")
            further = (last.share + ROUND_ROBIN_ADVANCE) % 1.0
            self._last = Start(further if self._track.closed else float(turned), turned)
        return self._last


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}, allowed are {', '.join(allowed)}")
