# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of a drive over some laps, free of ROS.

A car that leaves the road is put back on the centre line and drives on; the lap counts how often.
A lap is given up with the completion that it has when that happened `MOST_OFF_TRACK` times, when
the lap takes longer than `LONGEST_LAP`, or when the car has stood for `LONGEST_STANDSTILL`; the
next lap begins where it ended, from rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from deepracer_core.errors import ConfigError
from deepracer_core.pose import Pose
from deepracer_core.settings import check_settings, setting
from deepracer_core.track import Track
from deepracer_sim.laps import Lap, LapTimer
from deepracer_sim.starts import DIRECTIONS

MOST_OFF_TRACK = 3
LONGEST_LAP = 120.0  # [s]
LONGEST_STANDSTILL = 10.0  # [s]
STANDSTILL_SPEED = 0.02  # [m/s]


@dataclass(frozen=True)
class RaceSettings:
    """Settings of the race node, one ROS parameter each."""

    track: str = setting("reinvent_base", "name of a track, or path of a .npy or .yaml file")
    direction: str = setting("ccw", "which way round the car drives", choices=DIRECTIONS)
    laps: int = setting(3, "laps to drive", range=(1, 1000))
    report: str = setting("", "folder to which events and the recording are written; needed")
    film_length: float = setting(
        60.0, "so much of what the camera sees is recorded [s, simulated]", range=(0.0, 600.0)
    )
    patience: float = setting(
        60.0, "the nodes have so long to get ready [s, wall time]", range=(1.0, 600.0)
    )

    def __post_init__(self) -> None:
        """Refuse values with which no race can be held."""
        check_settings(self)
        if not self.report:
            raise ConfigError("the race node needs the parameter report: a folder")


class Verdict(NamedTuple):
    """What follows from a pose.

    Attributes:
        lap: the lap that ended here, if any.
        reason: why it was given up; empty for a whole lap.
        recover: whether the car is to be put back on the centre line.
    """

    lap: Lap | None = None
    reason: str = ""
    recover: bool = False


class Race:
    """Judges the poses of one car.

    Attributes:
        laps: those that have ended.
    """

    def __init__(self, track: Track, reverse: bool, count: int) -> None:
        """Drive `count` laps on a closed track, against its direction if `reverse`."""
        self._track = track
        self._reverse = reverse
        self._count = count
        self.laps: list[Lap] = []
        self._begin()

    @property
    def is_over(self) -> bool:
        """Whether all laps have ended."""
        return len(self.laps) == self._count

    @property
    def current(self) -> Lap:
        """The lap under way as it stands."""
        return self._timer.unfinished()

    def pose(self, pose: Pose) -> Verdict:
        """Take the next pose and say what follows from it."""
        lap = self._timer.update(pose.time, pose.x, pose.y, pose.yaw)
        # Poses from before a recovery may still be on their way: they count for nothing.
        if self._recovering and self._timer.is_off_track:
            return Verdict()
        self._recovering = False
        if self._given_up:
            self._begin()
            lap = self._timer.update(pose.time, pose.x, pose.y, pose.yaw)
        return self._judge(pose, lap)

    def _begin(self) -> None:
        self._timer = LapTimer(self._track, self._reverse)
        self._recovering = self._given_up = False
        self._still_since: float | None = None

    def _judge(self, pose: Pose, lap: Lap | None) -> Verdict:
        if lap is not None:
            self.laps.append(lap)
            return Verdict(lap)
        reason = self._why_to_give_up(pose)
        if reason:
            self.laps.append(self.current)
            self._recovering = self._given_up = True
            return Verdict(self.current, reason, recover=True)
        self._recovering = self._timer.is_off_track
        return Verdict(recover=self._recovering)

    def _why_to_give_up(self, pose: Pose) -> str:
        if abs(pose.speed) > STANDSTILL_SPEED or self._still_since is None:
            self._still_since = pose.time
        lap = self.current
        if lap.off_track >= MOST_OFF_TRACK:
            return f"{lap.off_track} times off the track"
        if lap.time_s > LONGEST_LAP:
            return f"longer than {LONGEST_LAP:g} s"
        if pose.time - self._still_since > LONGEST_STANDSTILL:
            return f"the car stood for {LONGEST_STANDSTILL:g} s"
        return ""


def latency_summary_ms(seconds: Iterable[float]) -> dict[str, float | None]:
    """Return p50, p95 and p99 [ms]; None each where nothing was measured."""
    measured = np.fromiter(seconds, float)
    levels = {"p50": 50, "p95": 95, "p99": 99}
    if not measured.size:
        return dict.fromkeys(levels)
    return {
        name: round(float(np.percentile(measured, level)) * 1e3, 3)
        for name, level in levels.items()
    }
