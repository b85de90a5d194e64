# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where episodes start, and which way round."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track

Direction = Literal["ccw", "cw", "both"]


class Start(NamedTuple):
    """A start: share of the lap from the track's first point, 0 to 1, and driving direction."""

    share: float
    reverse: bool


def is_reverse(track: Track, direction: str) -> bool:
    """Tell whether driving in `direction`, "ccw" or "cw", is against the track's own."""
    return direction != ("ccw" if track.is_ccw else "cw")


def random_start(track: Track, direction: Direction, generator: np.random.Generator) -> Start:
    """Draw a place on the lap, and a direction where both are allowed.

    Raises:
        ConfigError: the direction is unknown.
    """
    if direction not in ("ccw", "cw", "both"):
        raise ConfigError(f"direction is {direction!r}, allowed are ccw, cw, both")
    share, coin = generator.random(2)
    turned = bool(coin < 0.5) if direction == "both" else is_reverse(track, direction)
    return Start(float(share), turned) if track.closed else Start(float(turned), turned)


def spread_starts(track: Track, count: int, direction: Literal["ccw", "cw"]) -> list[Start]:
    """Return `count` starts evenly spread over the lap; an open track has but one."""
    turned = is_reverse(track, direction)
    if not track.closed:
        return [Start(float(turned), turned)] * count
    return [Start(i / count, turned) for i in range(count)]
