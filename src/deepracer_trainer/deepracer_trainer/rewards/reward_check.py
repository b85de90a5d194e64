# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Tries a reward function all over a track before it trains anything: faults, range, time."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track
from deepracer_core.vehicle import VehicleSpec
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.rewards.reward_tryout import Fault, trying_out
from deepracer_trainer.rewards.state_spread import Drive, StateSpread, all_drives

LONGEST_CHECK = 30.0  # [s], after which the states that are left are skipped
LANES = 15
_SPACING = 0.25  # [m] along the track between two states
_MAP_SPACING = 0.1  # [m]
_MAP_EDGE = 1.3  # of the outermost lanes: 1 is the border


@dataclass(frozen=True)
class Check:
    """What came of it.

    Attributes:
        planned: states that the function was to be tried in.
        rewards: of all states without a fault.
        seconds: that each call took, in order.
        faults: all there are.
    """

    planned: int
    rewards: NDArray[np.float64]
    seconds: NDArray[np.float64]
    faults: list[Fault]


@dataclass(frozen=True)
class RewardMap:
    """Rewards over a track, for a car at one angle to it.

    Attributes:
        heading: [rad] to the track's direction, + left.
        edges: (LANES + 1, K + 1, 2) [m] corners of the fields.
        rewards: (LANES, K) of the fields, NaN where the function failed.
    """

    heading: float
    edges: NDArray[np.float64]
    rewards: NDArray[np.float64]


def check_reward(
    file: RewardFile, track: Track, vehicle: VehicleSpec, objects: Sequence[bool]
) -> Check:
    """Try a function.

    Args:
        file: the function.
        track: where.
        vehicle: the car.
        objects: whether there are objects on the road: False, True or both in turn.
    """
    spread = StateSpread(track, vehicle, _SPACING)
    drives = all_drives(objects)
    # If time runs out, what was tried shall still be from everywhere.
    random.Random(0).shuffle(drives)
    end = time.perf_counter() + LONGEST_CHECK
    rewards: list[float] = []
    with trying_out(file, track, vehicle) as tryout:
        for drive in drives:
            rewards += tryout.rewards(spread.states(drive))
            if tryout.hangs or time.perf_counter() > end:
                break
    found = np.array(rewards)
    planned = sum(map(spread.count, drives))
    return Check(planned, found[np.isfinite(found)], np.array(tryout.seconds), tryout.faults)


def reward_maps(
    file: RewardFile,
    track: Track,
    vehicle: VehicleSpec,
    headings: Sequence[float],
    speed: float,
) -> list[RewardMap]:
    """Return a map for each heading [rad], at a speed [m/s] and with the wheels straight."""
    spread = StateSpread(track, vehicle, _MAP_SPACING)
    borders = np.linspace(_MAP_EDGE, -_MAP_EDGE, LANES + 1)
    ends = np.append(spread.distances - _MAP_SPACING / 2.0, track.length)
    edges = np.stack([spread.points(ends, border) for border in borders])
    maps = []
    for heading in headings:
        with trying_out(file, track, vehicle) as tryout:
            rows = [
                tryout.rewards(
                    spread.states(Drive(lane, heading, False, False), command=(0.0, speed))
                )
                for lane in (borders[:-1] + borders[1:]) / 2.0
            ]
        maps.append(RewardMap(heading, edges, np.array(rows)))
    return maps
