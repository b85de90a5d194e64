# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What an evaluation is: where it is driven, by which rules, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from deepracer_core.settings import check_settings, setting
from deepracer_sim.object_settings import TIME_TRIAL, ObjectSettings
from deepracer_sim.randomization import EXACT, Randomization
from deepracer_sim.scenes import TrackNames
from deepracer_sim.starts import Direction


@dataclass(frozen=True)
class RaceRules:
    """What a trial is."""

    duration: float = setting(
        0.0, "as many laps as fit into so many seconds; 0: one lap", range=(0.0, 3600.0)
    )
    resets: int = setting(0, "how often a car is put back on the road", range=(0, 1000))
    penalty: float = setting(2.0, "seconds that each costs", range=(0.0, 60.0))

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        check_settings(self)


@dataclass(frozen=True)
class World:
    """Where trials are driven.

    Attributes:
        track: one or more, as the simulator takes them.
        direction: which way round.
        randomization: how much the world varies from trial to trial.
        objects: what is on the road besides the car.
        seed: of what is random.
    """

    track: TrackNames = "reinvent_base"
    direction: Direction = "both"
    randomization: Randomization = EXACT
    objects: ObjectSettings = TIME_TRIAL
    seed: int = 0


@dataclass(frozen=True)
class Trial:
    """One start and what came of it.

    Attributes:
        start: share of the lap from the track's first point, 0 to 1.
        direction: "ccw" or "cw".
        completion: [%] of the lap; more than 100 where several were driven.
        time_s: [s] on the clock when the trial ended.
        status: lap_complete, off_track, crashed, immobilized, reversed or time_up.
        track: number of the track, from 0.
        lap_times: [s] of every whole lap, penalties included.
        resets: how often the car was put back.
        penalty_s: [s] that this cost.
    """

    start: float
    direction: str
    completion: float
    time_s: float
    status: str
    track: int = 0
    lap_times: tuple[float, ...] = ()
    resets: int = 0
    penalty_s: float = 0.0
