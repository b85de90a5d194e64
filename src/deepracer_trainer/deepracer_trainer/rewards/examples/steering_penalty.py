# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Steering penalty: follow the centre line, and do not zigzag.

A car that only follows the line learns to swing from lock to lock. Here a large steering angle
costs a fifth of the reward, and so does a change of sides from one step to the next.
"""

SHARP = 15  # [deg]; choose it below the largest angle of the action space
DISCOUNT = 0.8

previous_angle = 0.0


def reward_function(params):
    """Reward being near the line, less what the steering costs."""
    global previous_angle
    angle = params["steering_angle"]
    if params["steps"] <= 1:
        previous_angle = angle  # a new episode

    share = params["distance_from_center"] / (0.5 * params["track_width"])
    reward = max(1.0 - share, 0.001)
    if abs(angle) > SHARP:
        reward *= DISCOUNT
    if angle * previous_angle < 0:
        reward *= DISCOUNT

    previous_angle = angle
    return reward
