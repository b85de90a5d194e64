# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Speed and progress: reward the ground covered in each step, and a fast lap once more.

Progress is what a race is judged by; speed alone would reward driving fast into the wall.
"""

FAST = 2.0  # [m/s]; the mean speed of a lap that earns the whole bonus
STEPS_PER_SECOND = 15
LAP_BONUS = 100.0

previous_progress = 0.0


def reward_function(params):
    """Reward progress made since the last step, and at the end the time of the lap."""
    global previous_progress
    if params["steps"] <= 1:
        previous_progress = 0.0  # a new episode
    made = params["progress"] - previous_progress
    previous_progress = params["progress"]

    if params["is_offtrack"] or params["is_crashed"]:
        return 0.001
    # The same for a metre on a long track and on a short one.
    metres = made / 100 * params["track_length"]
    full_speed = FAST / STEPS_PER_SECOND
    reward = max(metres / full_speed, 0.001)
    if params["progress"] >= 100:
        steps_at_full_speed = params["track_length"] / full_speed
        reward += LAP_BONUS * min(steps_at_full_speed / params["steps"], 1.0)
    return reward
