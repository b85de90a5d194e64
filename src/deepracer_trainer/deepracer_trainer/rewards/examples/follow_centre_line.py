# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Follow the centre line: the nearer to it, the more reward.

Three bands on either side of the line, given as shares of the road's width, so that it means the
same on a narrow and on a wide track.
"""

# Up to which share of the width, from the centre, and the reward there.
BANDS = ((0.1, 1.0), (0.25, 0.5), (0.5, 0.1))


def reward_function(params):
    """Reward the innermost band that the car is in."""
    share = params["distance_from_center"] / params["track_width"]
    for edge, reward in BANDS:
        if share <= edge:
            return reward
    return 0.001  # off the road
