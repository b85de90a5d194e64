# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""No incentive: only the outcome counts, 1 for a lap and -1 for leaving the road.

Nothing tells the car how to drive. Before it has ever finished a lap it can only learn what to
avoid, so this takes by far the longest: compare it with the others.
"""


def reward_function(params):
    """Reward the end of an episode and nothing before."""
    if params["is_offtrack"] or params["is_crashed"]:
        return -1.0
    if params["progress"] >= 100:
        return 1.0
    return 0.0
