# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A round track, on which every parameter of a reward function is known beforehand."""

import functools
import math

import numpy as np

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_trainer.rewards.object_parameters import ObjectStates
from deepracer_trainer.rewards.reward_parameters import CarStates, RewardParameters

RADIUS, WIDTH, POINTS = 2.0, 0.8, 361


@functools.cache
def circle() -> Track:
    """A round counter-clockwise track about the origin that starts at (RADIUS, 0)."""
    angle = np.linspace(0.0, 2.0 * np.pi, POINTS)
    ring = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    ring[-1] = ring[0]
    half = WIDTH / 2.0
    rows = np.hstack((RADIUS * ring, (RADIUS - half) * ring, (RADIUS + half) * ring))
    return Track.from_rows("circle", rows)


def states(track: Track, front: np.ndarray, yaw: np.ndarray, **known: np.ndarray) -> CarStates:
    """States of cars whose front points are (B, 2); what is not given is at rest and alone."""
    count = len(front)
    heading = np.stack((np.cos(yaw), np.sin(yaw)), axis=1)
    poses = np.column_stack((front - DEEPRACER.front_point * heading, yaw))
    defaults = {
        "poses": poses,
        "commands": np.zeros((count, 2)),
        "reverse": np.zeros(count, dtype=bool),
        "wheels_on_road": track.on_road(DEEPRACER.wheel_points(poses)),
        "crashed": np.zeros(count, dtype=bool),
        "objects": None,
        "progress": np.zeros(count),
        "steps": np.ones(count, dtype=np.int64),
        "time": np.zeros(count),
    }
    return CarStates(**{**defaults, **known})


def at(degrees: float, radius: float = RADIUS) -> np.ndarray:
    angle = math.radians(degrees)
    return np.array([[radius * math.cos(angle), radius * math.sin(angle)]])


def one(track: Track, front: np.ndarray, yaw_degrees: float, **known: np.ndarray) -> dict:
    given_states = states(track, front, np.radians([yaw_degrees]), **known)
    return RewardParameters(track, DEEPRACER).build(given_states)[0]


def boxes(*places: tuple[float, float]) -> ObjectStates:
    """Standing objects on the circle: (degrees, radius) each."""
    degrees, radii = (np.array(column) for column in zip(*places, strict=True))
    points = np.concatenate([at(*place) for place in places])
    return ObjectStates(
        distance=np.radians(degrees)[None] * RADIUS,
        points=points[None],
        heading=np.zeros((1, len(places))),
        speed=np.zeros((1, len(places))),
        left_of_centre=(radii < RADIUS)[None],
        offset=np.abs(radii - RADIUS)[None],
    )
