# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Heading against the waypoints: point where the road goes.

Looks a little ahead along the waypoints and compares the car's heading with the direction to
there. It steers the car into bends early, and back to the middle when it has strayed.
"""

import math

LOOK_AHEAD = 0.8  # [m]
TOLERANCE = 10  # [deg] that cost nothing
NO_REWARD = 60  # [deg] off that earn nothing


def reward_function(params):
    """Reward a heading towards the point ahead."""
    if params["is_offtrack"]:
        return 0.001
    x, y = point_ahead(params)
    direction = math.degrees(math.atan2(y - params["y"], x - params["x"]))
    # Degrees go round: 179 and -179 differ by 2.
    off = abs((direction - params["heading"] + 180) % 360 - 180)
    share = (off - TOLERANCE) / (NO_REWARD - TOLERANCE)
    return min(max(1 - share, 0.001), 1.0)


def point_ahead(params):
    """Return the first waypoint that is at least so far ahead."""
    waypoints = params["waypoints"]
    index = params["closest_waypoints"][1]
    for _ in waypoints:
        x, y = waypoints[index]
        if math.hypot(x - params["x"], y - params["y"]) >= LOOK_AHEAD:
            break
        index = (index + 1) % len(waypoints)
    return waypoints[index]
