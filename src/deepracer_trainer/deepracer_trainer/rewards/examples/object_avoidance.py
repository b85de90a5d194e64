# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Object avoidance: stay on the road, and leave the lane in which the next object is.

Works with boxes and with slow cars, and also without any: then it is "stay on the track".
"""

KEEP = 1.5  # [m] along the track within which an object in the own lane costs reward


def reward_function(params):
    """Reward the road, weighted by how free the own lane is."""
    if params["is_crashed"] or not params["all_wheels_on_track"]:
        return 0.001
    to_border = 0.5 * params["track_width"] - params["distance_from_center"]
    reward = 1.0 if to_border >= 0.05 else 0.1
    return reward * free(params)


def free(params):
    """Return 1 where nothing is ahead in the own lane, less the nearer an object is."""
    distances = params["objects_distance"]
    if not distances:
        return 1.0
    ahead = params["closest_objects"][1]
    # The lap goes round: an object beyond the start line is ahead as well.
    gap = (distances[ahead] - params["projection_distance"]) % params["track_length"]
    same_lane = params["objects_left_of_center"][ahead] == params["is_left_of_center"]
    if not same_lane or gap >= KEEP:
        return 1.0
    return max(gap / KEEP, 0.01)
