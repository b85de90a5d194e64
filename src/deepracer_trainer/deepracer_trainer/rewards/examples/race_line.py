# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Self-made race line: computes a smooth line through the bends, and rewards driving on it fast.

The line begins as the centre line. Again and again each of its points is moved across the road to
where the line bends less, and back where it would leave the road. What is left enters a bend from
the outside and cuts it on the inside, as race drivers do. The tighter it bends, the lower the
speed that it asks for.
"""

import numpy as np

USED = 0.7  # share of half the road's width that the line may use
SPACING = 0.15  # [m] between its points
ROUNDS = 400
GRIP = 5.0  # [m/s^2] of acceleration across, which bounds the speed in bends
TOP_SPEED = 4.0  # [m/s]

lines = {}  # one for each track and direction that was met


def reward_function(params):
    """Reward being near the line, and a speed near that of the line."""
    if params["is_offtrack"] or params["is_crashed"]:
        return 0.001
    key = (params["track_length"], params["waypoints"][1])
    if key not in lines:
        lines[key] = race_line(params["waypoints"], params["track_width"])
    points, speeds = lines[key]

    gaps = points - (params["x"], params["y"])
    squared = (gaps * gaps).sum(axis=1)
    nearest = squared.argmin()
    off = float(squared[nearest]) ** 0.5 / (0.5 * params["track_width"])
    slip = abs(params["speed"] - float(speeds[nearest])) / TOP_SPEED
    return max(1.0 - off, 0.0) ** 2 * (0.5 + 0.5 * max(1.0 - slip, 0.0)) + 0.001


def race_line(waypoints, track_width):
    """Return the points (N, 2) of the line and the speed (N,) at each."""
    centre = spaced(np.array(waypoints))
    across = np.roll(centre, -1, axis=0) - np.roll(centre, 1, axis=0)
    across = across[:, ::-1] * (-1, 1) / np.hypot(*across.T)[:, None]
    room = USED * track_width / 2  # the width here stands for that of the whole lap
    offset = before = np.zeros(len(centre))
    for turn in range(ROUNDS):
        # With momentum, or long bends would take thousands of rounds.
        ahead = offset + turn / (turn + 3) * (offset - before)
        slope = (difference(bends(centre + ahead[:, None] * across)) * across).sum(axis=1)
        before, offset = offset, np.clip(ahead - slope / 16, -room, room)
    points = centre + offset[:, None] * across
    curvature = np.hypot(*bends(points).T) / SPACING**2
    return points, np.minimum(np.sqrt(GRIP / np.maximum(curvature, 1e-6)), TOP_SPEED)


def spaced(points):
    """Return points along the same line, evenly spaced and without the repeated last one."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    places = np.linspace(0.0, along[-1], max(int(along[-1] / SPACING), 8), endpoint=False)
    return np.column_stack([np.interp(places, along, axis) for axis in points.T])


def bends(points):
    """Return how much and whereto the line bends at each point; not at the ends of an open one."""
    bend = difference(points)
    if np.hypot(*(points[-1] - points[0])) > 3 * SPACING:
        bend[[0, -1]] = 0
    return bend


def difference(points):
    """Return the sum of the steps from each point to its two neighbours, (N, 2)."""
    return np.roll(points, 1, axis=0) - 2 * points + np.roll(points, -1, axis=0)
