# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Stay on the track: full reward between the borders, next to none elsewhere.

It does not care where on the road the car drives, so the car finds a line by itself.
"""

MARGIN = 0.05  # [m] that the car keeps from the border


def reward_function(params):
    """Reward every step with all wheels on the road and the nose clear of the border."""
    to_border = 0.5 * params["track_width"] - params["distance_from_center"]
    if params["all_wheels_on_track"] and to_border >= MARGIN:
        return 1.0
    return 0.001
