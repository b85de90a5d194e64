# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Track geometry: a start pose and a chain of straights and arcs become centre and border lines.

The centre line leaves the start pose and is tangent-continuous by construction; the borders run
parallel to it. Lengths are in metres, angles in radians, left turns positive.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import TrackError

Points = NDArray[np.float64]  # (N, 2) [m]

WAYPOINT_SPACING = 0.15  # [m], that of the community's routes
MOST_WAYPOINTS = 10_000
LONGEST = 1000.0  # [m], eleven times the longest known; more is a slip of units
LARGEST_GAP = 0.02  # [m], what rounding every dimension to a centimetre may leave open


@dataclass(frozen=True)
class Segment:
    """A piece of centre line with constant curvature."""

    length: float  # [m]
    turn: float  # [rad], left positive; 0 for a straight

    @classmethod
    def straight(cls, length: float) -> "Segment":
        """Straight of `length` [m]."""
        return cls(length, 0.0)

    @classmethod
    def arc(cls, radius: float, turn: float) -> "Segment":
        """Arc of `radius` [m] on the centre line through the signed angle `turn` [rad]."""
        return cls(radius * abs(turn), turn)

    @property
    def radius(self) -> float:
        """Radius of the centre line [m]; infinite for a straight."""
        return self.length / abs(self.turn) if self.turn else float("inf")


@dataclass(frozen=True)
class TrackShape:
    """Drawing of a track; `lines` turns it into points.

    Raises:
        TrackError: a dimension is not usable, or a closed track does not meet its start.
    """

    start: tuple[float, float, float]  # x [m], y [m], heading [rad]
    segments: tuple[Segment, ...]
    width: float  # [m], border to border
    closed: bool = True
    waypoints: int | None = None  # rows, the closing one included; None: by WAYPOINT_SPACING

    def __post_init__(self) -> None:
        """Refuse dimensions from which no road can be drawn."""
        if not self.segments:
            raise TrackError("a track needs at least one segment")
        if not self.width > 0:
            raise TrackError(f"width is {self.width} m; it must be above 0")
        if self.waypoints is not None and not 3 <= self.waypoints <= MOST_WAYPOINTS:
            raise TrackError(f"waypoints is {self.waypoints}; it must be 3 to {MOST_WAYPOINTS}")
        for number, segment in enumerate(self.segments, 1):
            if not segment.length > 0:
                raise TrackError(
                    f"segment {number} is {segment.length} m long; it must be above 0"
                )
            if segment.radius <= self.width / 2:
                raise TrackError(
                    f"segment {number} has a radius of {segment.radius:.3f} m; on a road"
                    f" {self.width} m wide it must be above {self.width / 2:.3f} m"
                )
        length = sum(segment.length for segment in self.segments)
        if length > LONGEST:
            raise TrackError(f"the track is {length:.0f} m long; the most is {LONGEST:.0f} m")

    def lines(self) -> tuple[Points, Points, Points]:
        """Return centre, inner and outer line, each (N, 2) [m], in rows that face each other.

        Inner is the side to which a closed track turns, the left side of an open one. Rows are
        equally spaced along the centre line; the last row of a closed track repeats the first.

        Raises:
            TrackError: a closed track does not meet its start.
        """
        segments = close_lap(self.start[2], self.segments) if self.closed else self.segments
        length = sum(segment.length for segment in segments)
        rows = self.waypoints or max(3, round(length / WAYPOINT_SPACING) + 1)
        centre, headings = sample(self.start, segments, np.linspace(0.0, length, rows))
        to_left = np.column_stack((-np.sin(headings), np.cos(headings))) * self.width / 2
        to_inner = to_left if not self.closed or headings[-1] > headings[0] else -to_left
        lines = centre, centre + to_inner, centre - to_inner
        if self.closed:
            for line in lines:
                line[-1] = line[0]  # equal to rounding already; now to the bit
        return lines


def sample(
    start: tuple[float, float, float],
    segments: tuple[Segment, ...],
    distances: NDArray[np.float64],
) -> tuple[Points, NDArray[np.float64]]:
    """Return the points (N, 2) [m] and headings (N,) [rad] at `distances` (N,) [m] along a chain.

    Headings are not wrapped: over a closed lap they grow or fall by a whole turn.
    """
    lengths = np.array([segment.length for segment in segments])
    turns = np.array([segment.turn for segment in segments])
    begins = np.concatenate(([0.0], np.cumsum(lengths)))
    headings = start[2] + np.concatenate(([0.0], np.cumsum(turns)))
    moves = _displacement(headings[:-1], turns, lengths)
    corners = np.array(start[:2]) + np.concatenate((np.zeros((1, 2)), np.cumsum(moves, axis=0)))
    index = np.clip(np.searchsorted(begins, distances, side="right") - 1, 0, len(lengths) - 1)
    into = distances - begins[index]
    turned = turns[index] * into / lengths[index]
    return corners[index] + _displacement(headings[index], turned, into), headings[index] + turned


def close_lap(heading: float, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Return the segments with lengths changed as little as possible so that the lap closes.

    Dimensions on a drawing are rounded, so the end misses the start by millimetres. The end
    depends linearly on the lengths while the turns stay, and the least change of all lengths
    that closes the gap is one pseudo-inverse away. Radii change along with their arcs' lengths.

    Raises:
        TrackError: the arcs do not add up to a whole turn, or the gap is more than rounding.
    """
    lengths = np.array([segment.length for segment in segments])
    turns = np.array([segment.turn for segment in segments])
    if abs(abs(turns.sum()) - 2 * np.pi) > 1e-6:
        raise TrackError(
            f"the arcs turn by {np.degrees(turns.sum()):.2f} degrees in all; a closed track turns"
            " by 360 one way: correct an angle, or set closed: false"
        )
    headings = heading + np.cumsum(turns) - turns
    end_per_length = _displacement(headings, turns, np.ones_like(lengths)).T
    gap = end_per_length @ lengths
    if np.hypot(*gap) > LARGEST_GAP:
        raise TrackError(
            f"the last segment ends {np.hypot(*gap):.3f} m from the start (x {gap[0]:+.3f},"
            f" y {gap[1]:+.3f}); correct a length or a radius, or set closed: false"
        )
    lengths -= np.linalg.pinv(end_per_length) @ gap
    return tuple(
        Segment(float(length), segment.turn)
        for length, segment in zip(lengths, segments, strict=True)
    )


def _displacement(
    heading: NDArray[np.float64], turn: NDArray[np.float64], length: NDArray[np.float64]
) -> Points:
    """Return the chords (N, 2) [m] of arcs that leave at `heading` and turn by `turn` [rad]."""
    chord = length * np.sinc(turn / (2 * np.pi))  # sin(turn / 2) / (turn / 2): 1 for a straight
    middle = heading + turn / 2
    return np.column_stack((chord * np.cos(middle), chord * np.sin(middle)))
