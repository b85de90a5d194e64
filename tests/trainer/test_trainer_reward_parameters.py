# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of reward functions: by value on a circle, and against a logged training run."""

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from round_track import RADIUS, WIDTH, at, boxes, circle, one, states

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.rewards.reward_parameters import RewardParameters

TYPES = {
    "all_wheels_on_track": bool,
    "x": float,
    "y": float,
    "heading": float,
    "distance_from_center": float,
    "projection_distance": float,
    "progress": float,
    "steps": int,
    "speed": float,
    "steering_angle": float,
    "track_width": float,
    "track_length": float,
    "waypoints": list,
    "closest_waypoints": list,
    "is_left_of_center": bool,
    "is_reversed": bool,
    "is_offtrack": bool,
    "is_crashed": bool,
    "closest_objects": list,
    "objects_location": list,
    "objects_left_of_center": list,
    "objects_speed": list,
    "objects_heading": list,
    "objects_distance": list,
    "objects_distance_from_center": list,
    "object_in_camera": bool,
    "sim_time": float,
}


def test_every_key_has_its_type() -> None:
    alone = one(circle(), at(30), 120)
    among = one(circle(), at(30), 120, objects=boxes((60, 1.8), (90, 2.2)))
    for parameters in (alone, among):
        assert {name: type(value) for name, value in parameters.items()} == TYPES
    assert all(type(point) is tuple for point in alone["waypoints"])
    assert [type(index) for index in alone["closest_waypoints"]] == [int, int]
    kinds = {"objects_location": tuple, "objects_left_of_center": bool, "closest_objects": int}
    for name in (name for name in TYPES if name.startswith(("objects", "closest_o"))):
        assert [type(item) for item in among[name]] == [kinds.get(name, float)] * 2, name


def test_a_car_on_a_circle() -> None:
    parameters = one(
        circle(),
        at(30.2, RADIUS - 0.3),
        120.2,
        commands=np.array([[math.radians(15.0), 1.3]]),
        progress=np.array([12.5]),
        steps=np.array([7]),
        time=np.array([3.0]),
    )
    length = 2.0 * np.pi * RADIUS
    expected = {
        "x": (RADIUS - 0.3) * math.cos(math.radians(30.2)),
        "y": (RADIUS - 0.3) * math.sin(math.radians(30.2)),
        "heading": 120.2,
        "distance_from_center": 0.3,
        "projection_distance": length * 30.2 / 360.0,
        "progress": 12.5,
        "steps": 7,
        "speed": 1.3,
        "track_width": WIDTH,
        "track_length": length,
        "sim_time": 3.0,
    }
    for name, value in expected.items():
        assert parameters[name] == pytest.approx(value, rel=2e-3), name
    assert parameters["steering_angle"] == 15.0
    assert parameters["closest_waypoints"] == [30, 31]
    assert parameters["waypoints"][0] == parameters["waypoints"][-1] == (RADIUS, 0.0)
    assert parameters["is_left_of_center"]
    assert not parameters["is_reversed"]
    assert not parameters["is_offtrack"]


def test_driven_in_reverse_waypoints_distances_and_sides_are_turned_round() -> None:
    track = circle()
    parameters = one(track, at(30.2, RADIUS - 0.3), -59.8, reverse=np.array([True]))
    assert parameters["is_reversed"]
    expected = track.length * (1.0 - 30.2 / 360.0)
    assert parameters["projection_distance"] == pytest.approx(expected, rel=2e-3)
    before, after = (parameters["waypoints"][i] for i in parameters["closest_waypoints"])
    assert before == pytest.approx(at(31)[0])
    assert after == pytest.approx(at(30)[0])
    assert not parameters["is_left_of_center"]


@given(
    point=st.integers(0, 359),
    share=st.floats(
        0.25, 0.75
    ),  # of the way to the next point: corners are as near to either side
    radius=st.floats(1.2, 2.8),
    heading=st.floats(-np.pi, np.pi),
)
def test_reverse_is_what_a_track_drawn_the_other_way_round_gives(
    point: int, share: float, radius: float, heading: float
) -> None:
    track = circle()
    turned = replace(
        track, centre=track.centre[::-1], inner=track.inner[::-1], outer=track.outer[::-1]
    )
    front = at(point + share, radius)
    driven = one(track, front, math.degrees(heading), reverse=np.array([True]))
    drawn = one(turned, front, math.degrees(heading))
    assert driven["waypoints"] == drawn["waypoints"]
    for name in ("projection_distance", "distance_from_center", "track_width", "track_length"):
        assert driven[name] == pytest.approx(drawn[name], abs=1e-9), name
    if abs(radius - RADIUS) > 1e-3:
        assert driven["is_left_of_center"] == drawn["is_left_of_center"]
    assert driven["closest_waypoints"] == drawn["closest_waypoints"]


@given(st.floats(-50.0, 50.0))
def test_the_heading_stays_in_half_a_turn(yaw: float) -> None:
    heading = one(circle(), at(0), math.degrees(yaw))["heading"]
    assert -180.0 <= heading <= 180.0
    assert math.cos(math.radians(heading)) == pytest.approx(math.cos(yaw), abs=1e-9)
    assert math.sin(math.radians(heading)) == pytest.approx(math.sin(yaw), abs=1e-9)


@pytest.mark.parametrize("degrees", [-30.0, -15.0, -0.1, 0.0, 7.5, 10.0, 20.0, 25.0, 30.0])
def test_steering_angles_come_back_to_the_degree(degrees: float) -> None:
    commands = np.array([[math.radians(degrees), 1.0]])
    assert one(circle(), at(0), 90, commands=commands)["steering_angle"] == degrees


def test_off_the_road_with_all_wheels_and_with_some() -> None:
    edge = one(circle(), at(0, RADIUS + 0.4), 90)
    outside = one(circle(), at(0, RADIUS + 0.8), 90)
    assert (edge["all_wheels_on_track"], edge["is_offtrack"]) == (False, False)
    assert (outside["all_wheels_on_track"], outside["is_offtrack"]) == (False, True)


def test_what_a_function_does_to_its_lists_reaches_no_other_car() -> None:
    track = circle()
    builder = RewardParameters(track, DEEPRACER)
    both = states(track, np.concatenate((at(0), at(90))), np.radians([90.0, 180.0]))
    first, second = builder.build(both)
    for parameters in (first, second):
        for value in parameters.values():
            if isinstance(value, list):
                value.append("spoilt")
        assert [*parameters["objects_speed"]] == ["spoilt"]
    assert "spoilt" not in builder.build(both)[0]["waypoints"]


class LoggedRun:
    """The states of a logged training run on re:Invent 2018, `prepare` rows aside."""

    def __init__(self, file: Path, track: Track) -> None:
        with file.open() as lines:
            rows = [row for row in csv.DictReader(lines) if row["episode_status"] != "prepare"]
        self.columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        front = np.column_stack((self.numbers("X"), self.numbers("Y")))
        commands = np.column_stack((np.radians(self.numbers("steer")), self.numbers("throttle")))
        self.states = states(
            track,
            front,
            np.radians(self.numbers("yaw")),
            commands=commands,
            progress=self.numbers("progress"),
            steps=self.numbers("steps").astype(np.int64),
            time=self.numbers("tstamp"),
        )

    def numbers(self, name: str) -> np.ndarray:
        return self.columns[name].astype(float)


@pytest.mark.parametrize("name", ["0-iteration.csv", "9-iteration.csv"])
def test_a_logged_run_is_reproduced_by_its_own_reward_function(name: str, shared: Path) -> None:
    track = Track.from_route(shared / "routes" / "reinvent_base.npy")
    run = LoggedRun(shared / "oracle" / "training-simtrace" / name, track)
    rows = RewardParameters(track, DEEPRACER).build(run.states)
    assert len(rows) > 500

    logged = {"X": "x", "Y": "y", "yaw": "heading", "steer": "steering_angle"}
    logged |= {"throttle": "speed", "progress": "progress", "track_len": "track_length"}
    for column, key in logged.items():
        ours = [row[key] for row in rows]
        np.testing.assert_allclose(ours, run.numbers(column), rtol=0, atol=1e-9, err_msg=key)

    function = RewardFile(shared / "oracle" / "reward_function.py").new()
    wheels = run.columns["all_wheels_on_track"] == "True"
    off_track = run.columns["episode_status"] == "off_track"
    pairs = {
        "reward": np.array([function(row) for row in rows]) == run.numbers("reward"),
        "closest_waypoint": np.array([nearer(row) for row in rows])
        == run.numbers("closest_waypoint"),
        "all_wheels_on_track": np.array([row["all_wheels_on_track"] for row in rows]) == wheels,
        "is_offtrack": np.array([row["is_offtrack"] for row in rows]) == off_track,
    }
    for key, equal in pairs.items():
        assert equal.mean() >= (1.0 if key in ("reward", "closest_waypoint") else 0.999), key


def nearer(row: dict) -> int:
    """The one of the two closest waypoints that the log names: the nearer."""
    before, after = row["closest_waypoints"]
    place = (row["x"], row["y"])
    gaps = [math.dist(place, row["waypoints"][index]) for index in (before, after)]
    return after if gaps[1] < gaps[0] else before
