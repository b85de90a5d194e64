# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What an episode was, step by step, as the field's tools read it: CSV and SIM_TRACE_LOG lines.

A row is where the car was after a step, what had been commanded, and the reward for it, so that a
reward function can be tried on rows. As in the hosted service's logs, positions are those of the
car's front point, the first row of an episode is where it began, with the status "prepare" and no
reward, and steps count from there. Lines of the log hold the same text as rows of the CSV.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.action_space import ActionSpace, DiscreteActionSpace
from deepracer_core.track import Track
from deepracer_core.vehicle import VehicleSpec
from deepracer_sim.simulation import Status

PREPARE = "prepare"
HEADER = (
    "episode,steps,X,Y,yaw,steer,throttle,action,reward,done,all_wheels_on_track,progress,"
    "closest_waypoint,track_len,tstamp,episode_status,pause_duration,obstacle_crash_counter,"
    "wall_clock"
)
LOG_PREFIX = "SIM_TRACE_LOG:"
# A micrometre, and as much of a degree and a second.
_ROW = "%d,%d,%.6f,%.6f,%.6f,%.4f,%.4f,%s,%.9g,%s,%s,%.6f,%d,%.6f,%.4f,%s,0.0,0,%.4f\n"
_BOOLEANS = np.array(["False", "True"])
_LABELS = np.array([status.label for status in Status])


class Steps(NamedTuple):
    """What is kept of each step of an episode; arrays (T,) in order of time.

    Attributes:
        x: [m] of base_link.
        y: [m] of base_link.
        yaw: [rad].
        steering: [rad], commanded.
        speed: [m/s], commanded.
        reward: for the step.
        on_track: 1 where all wheels are on the road.
        progress: [%] of the lap.
        status: a value of `Status`.
        time: [s] simulated, since the run began.
        wall_clock: [s] since 1970.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    yaw: NDArray[np.float64]
    steering: NDArray[np.float64]
    speed: NDArray[np.float64]
    reward: NDArray[np.float64]
    on_track: NDArray[np.float64]
    progress: NDArray[np.float64]
    status: NDArray[np.float64]
    time: NDArray[np.float64]
    wall_clock: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Episode:
    """An episode from its start to its end.

    Attributes:
        number: from 0, in the order in which episodes ended.
        track: where it was.
        reverse: whether the track was driven against its direction.
        steps: what was kept of each; the first row is the start.
    """

    number: int
    track: Track
    reverse: bool
    steps: Steps

    @property
    def reward(self) -> float:
        """The sum of its rewards."""
        return float(self.steps.reward.sum())

    @property
    def progress(self) -> float:
        """How far it came [%]; 0 where the car rolled back."""
        return max(0.0, float(self.steps.progress[-1]))

    @property
    def status(self) -> Status:
        """How it ended."""
        return Status(int(self.steps.status[-1]))

    @property
    def began(self) -> float:
        """When it began [s], in simulated time."""
        return float(self.steps.time[0])

    @property
    def ended(self) -> float:
        """When it ended [s], in simulated time."""
        return float(self.steps.time[-1])

    @property
    def length(self) -> int:
        """How many steps were driven."""
        return len(self.steps.time) - 1


def trace_rows(episode: Episode, actions: ActionSpace, vehicle: VehicleSpec) -> list[str]:
    """Return an episode as lines of a CSV file, to stand below HEADER or behind LOG_PREFIX.

    Args:
        episode: what to write.
        actions: what the policy chose from.
        vehicle: whose front point counts.
    """
    steps, track = episode.steps, episode.track
    count = len(steps.x)
    front = vehicle.front_points(np.stack((steps.x, steps.y, steps.yaw), axis=1))
    done = np.zeros(count, dtype=np.intp)
    done[-1] = 1
    columns = (
        [episode.number] * count,
        range(1, count + 1),
        front[:, 0].tolist(),
        front[:, 1].tolist(),
        ((np.degrees(steps.yaw) + 180.0) % 360.0 - 180.0).tolist(),
        np.degrees(steps.steering).tolist(),
        steps.speed.tolist(),
        _actions(steps, actions),
        steps.reward.tolist(),
        _BOOLEANS[done].tolist(),
        _BOOLEANS[steps.on_track.astype(np.intp)].tolist(),
        steps.progress.tolist(),
        _waypoints(episode, front).tolist(),
        [track.length] * count,
        steps.time.tolist(),
        [PREPARE, *_LABELS[steps.status[1:].astype(np.intp)].tolist()],
        steps.wall_clock.tolist(),
    )
    return [_ROW % row for row in zip(*columns, strict=True)]


def _actions(steps: Steps, actions: ActionSpace) -> list[Any]:
    """Return indices of discrete actions, and "[steering speed]" of continuous ones."""
    chosen = np.stack((steps.steering, steps.speed), axis=1)
    if isinstance(actions, DiscreteActionSpace):
        table = np.array(actions.actions)
        return np.abs(chosen[:, None] - table).sum(axis=2).argmin(axis=1).tolist()
    degrees = np.degrees(chosen[:, 0]).tolist()
    return [f"[{a:.6g} {v:.6g}]" for a, v in zip(degrees, chosen[:, 1].tolist(), strict=True)]


def _waypoints(episode: Episode, front: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the index of the closest waypoint, of a list that a reversed track has turned."""
    track = episode.track
    # Progress tells where the others are: projecting each would cost more than all the rest.
    first, last = track.centre_line.project(front[[0, -1]]).distance
    begin = track.length - first if episode.reverse else first
    lap = track.length if track.closed else track.length - begin
    driven = (begin + episode.steps.progress / 100.0 * lap) % track.length
    distance = track.length - driven if episode.reverse else driven
    distance[-1] = last  # Progress ends at 100, wherever the car is.
    index = track.nearest_waypoint(front, distance)
    return len(track.centre) - 1 - index if episode.reverse else index
