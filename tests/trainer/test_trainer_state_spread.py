# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The states that reward functions are tried in: everywhere, and as drives."""

import math

import numpy as np
import pytest

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.track_files import load_track
from deepracer_trainer.rewards.reward_parameters import RewardParameters
from deepracer_trainer.rewards.state_spread import Drive, StateSpread, all_drives


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


def test_the_states_are_everywhere(track: Track) -> None:
    spread = StateSpread(track, DEEPRACER, 0.25)
    builder = RewardParameters(track, DEEPRACER)
    rows = [row for drive in all_drives((True,)) for row in builder.build(spread.states(drive))]
    values = {key: {str(row[key]) for row in rows} for key in ("speed", "steering_angle")}
    assert values["speed"] == {"0.1", "1.0", "2.0", "4.0"}
    assert values["steering_angle"] == {"-30.0", "-15.0", "0.0", "15.0", "30.0"}
    for name in (
        "all_wheels_on_track",
        "is_offtrack",
        "is_left_of_center",
        "is_reversed",
        "is_crashed",
        "object_in_camera",
    ):
        assert {row[name] for row in rows} == {True, False}, name
    assert {row["progress"] for row in rows} >= {100.0}
    assert {tuple(row["closest_objects"]) for row in rows} >= {(0, 1), (5, 0), (1, 0), (0, 5)}
    visited = {index for row in rows for index in row["closest_waypoints"]}
    assert visited == set(range(len(track.centre)))
    assert max(row["distance_from_center"] for row in rows) > 0.6


@pytest.mark.parametrize("name", ["Straight_track", "reinvent_base", "AWS_track"])
def test_steps_and_progress_go_together_in_many_ways(name: str) -> None:
    """Published functions look at every 100th step, and at how far a car should be by then."""
    track = load_track(name).track
    spread, builder = StateSpread(track, DEEPRACER, 0.25), RewardParameters(track, DEEPRACER)
    drives = [drive for drive in all_drives((False, True)) if drive.steps]
    rows = [builder.build(spread.states(drive)) for drive in drives]
    everything = [row for drive in rows for row in drive]
    for drive in rows:
        assert [row["steps"] for row in drive] == list(range(1, len(drive) + 1))
        assert drive[-1]["progress"] == 100.0
    hundreds = [row for row in everything if row["steps"] % 100 == 0]
    ahead = {row["progress"] > row["steps"] / 3 for row in hundreds}
    assert ahead == {True, False}
    assert len({(row["speed"], row["steering_angle"]) for row in hundreds}) == 20
    assert max(row["steps"] for row in everything) > 300
    assert min(row["progress"] for row in everything) < 0.0
    assert any(row["progress"] == 0.0 and row["steps"] == 1 for row in everything)


def test_a_drive_goes_along_the_track_at_its_angle(track: Track) -> None:
    spread = StateSpread(track, DEEPRACER, 0.25)
    for reverse in (False, True):
        drive = Drive(0.5, math.radians(20), reverse, objects=False)
        rows = RewardParameters(track, DEEPRACER).build(spread.states(drive, (0.1, 1.5)))
        assert [row["steps"] for row in rows] == list(range(1, len(rows) + 1))
        along = np.diff([row["projection_distance"] for row in rows])
        assert (along > 0.0).all()
        assert {row["is_left_of_center"] for row in rows} == {not reverse}
        assert {row["speed"] for row in rows} == {1.5}
        for row in rows[2:8]:
            before, after = (row["waypoints"][index] for index in row["closest_waypoints"])
            heading = math.degrees(math.atan2(after[1] - before[1], after[0] - before[0]))
            turned = (row["heading"] - heading + 180) % 360 - 180
            assert turned == pytest.approx(20.0, abs=3.0)
