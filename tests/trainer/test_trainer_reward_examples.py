# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The examples: found by name, free of faults on every track, and worth what they say."""

import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.track_files import load_track
from deepracer_trainer.rewards.reward_check import check_reward
from deepracer_trainer.rewards.reward_files import (
    example_names,
    example_path,
    example_summary,
    find_reward,
)
from deepracer_trainer.rewards.reward_function import RewardFile

WAYPOINTS = [(float(x), 0.0) for x in range(20)]
STATE = {
    "all_wheels_on_track": True,
    "x": 3.2,
    "y": 0.0,
    "heading": 0.0,
    "distance_from_center": 0.0,
    "projection_distance": 3.2,
    "progress": 5.0,
    "steps": 2,
    "speed": 2.0,
    "steering_angle": 0.0,
    "track_width": 0.8,
    "track_length": 20.0,
    "waypoints": WAYPOINTS,
    "closest_waypoints": [3, 4],
    "is_left_of_center": False,
    "is_offtrack": False,
    "is_crashed": False,
    "closest_objects": [0, 0],
    "objects_distance": [],
    "objects_left_of_center": [],
}
OFF = {"is_offtrack": True, "all_wheels_on_track": False, "distance_from_center": 0.6}
BOX = {"objects_distance": [3.95], "objects_left_of_center": [False]}


def reward(name: str, *changes: dict) -> float:
    """Return the reward of the last state of a drive."""
    function = RewardFile(find_reward(name)).new()
    return [function({**STATE, **change}) for change in changes or ({},)][-1]


def module(name: str) -> ModuleType:
    made = ModuleType(name)
    exec(example_path(name).read_text(), made.__dict__)
    return made


def test_there_are_eight_the_simplest_first() -> None:
    names = example_names()
    assert len(names) == 8
    assert names[0] == "no_incentive"
    assert names[-1] == "race_line"
    assert all(example_summary(name).endswith(".") for name in names)


@pytest.mark.parametrize("name", example_names())
@pytest.mark.parametrize("track", ["reinvent_base", "Straight_track"])
def test_an_example_has_no_fault_anywhere(name: str, track: str) -> None:
    check = check_reward(
        RewardFile(example_path(name)), load_track(track).track, DEEPRACER, (False, True)
    )
    assert check.faults == []
    assert len(check.rewards) == check.planned > 5000
    assert np.ptp(check.rewards) > 0.5


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("stay_on_track", [{}], 1.0),
        ("stay_on_track", [{"distance_from_center": 0.34}], 1.0),
        ("stay_on_track", [{"distance_from_center": 0.36}], 0.001),
        ("stay_on_track", [{"all_wheels_on_track": False}], 0.001),
        ("follow_centre_line", [{"distance_from_center": 0.079}], 1.0),
        ("follow_centre_line", [{"distance_from_center": 0.1}], 0.5),
        ("follow_centre_line", [{"distance_from_center": 0.39}], 0.1),
        ("follow_centre_line", [{"distance_from_center": 0.41}], 0.001),
        ("no_incentive", [{}], 0.0),
        ("no_incentive", [OFF], -1.0),
        ("no_incentive", [{"progress": 100.0}], 1.0),
        ("steering_penalty", [{}], 1.0),
        ("steering_penalty", [{"distance_from_center": 0.2}], 0.5),
        ("steering_penalty", [{"steering_angle": -20.0}], 0.8),
        ("steering_penalty", [{"steering_angle": 10.0}, {"steering_angle": -10.0}], 0.8),
        ("steering_penalty", [{"steering_angle": 20.0}, {"steering_angle": -20.0}], 0.64),
        ("steering_penalty", [{"steering_angle": 10.0}, {"steering_angle": -10.0, "steps": 1}], 1),
        ("speed_and_progress", [{"progress": 5.0}, {"progress": 5.0}], 0.001),
        ("speed_and_progress", [{"progress": 5.0}, {"progress": 5.0 + 2 / 3}], 1.0),
        ("speed_and_progress", [{"progress": 2 / 3, "steps": 1}], 1.0),
        ("speed_and_progress", [{"progress": 99.0}, {"progress": 100.0, "steps": 300}], 51.5),
        ("heading_along_waypoints", [{}], 1.0),
        ("heading_along_waypoints", [{"heading": 35.0}], 0.5),
        ("heading_along_waypoints", [{"heading": -80.0}], 0.001),
        (
            "heading_along_waypoints",
            [{"closest_waypoints": [18, 19], "x": 18.5, "heading": 180}],
            1,
        ),
        ("object_avoidance", [{}], 1.0),
        ("object_avoidance", [BOX], 0.5),
        ("object_avoidance", [{**BOX, "is_left_of_center": True}], 1.0),
        ("object_avoidance", [{**BOX, "projection_distance": 19.2, "objects_distance": [0.7]}], 1),
        (
            "object_avoidance",
            [{**BOX, "projection_distance": 19.2, "objects_distance": [0.4]}],
            0.8,
        ),
        ("object_avoidance", [{**BOX, "is_crashed": True}], 0.001),
        ("race_line", [OFF], 0.001),
    ],
)
def test_what_a_state_is_worth(name: str, changes: list[dict], expected: float) -> None:
    assert reward(name, *changes) == pytest.approx(expected)


@pytest.mark.parametrize("track", ["reinvent_base", "Bowtie_track", "AWS_track"])
def test_the_race_line_stays_on_the_road_and_bends_less(track: str) -> None:
    geometry = load_track(track).track
    width = float(geometry.width(geometry.centre[:1])[0])
    race_line = module("race_line")
    points, speeds = race_line.race_line(geometry.centre.tolist(), width)
    centre = race_line.spaced(geometry.centre)
    assert geometry.on_road(points).all()
    bends = [np.square(race_line.bends(line)).sum() for line in (centre, points)]
    assert bends[1] < 0.8 * bends[0]
    assert (speeds > 0.5).all()
    assert (speeds <= race_line.TOP_SPEED).all()


def test_the_race_line_of_a_straight_is_straight_and_fast() -> None:
    points, speeds = module("race_line").race_line(WAYPOINTS, 0.8)
    np.testing.assert_allclose(points[:, 1], 0.0, atol=1e-9)
    assert (speeds == 4.0).all()


def test_the_race_line_earns_more_than_the_centre_line_in_bends() -> None:
    track = load_track("reinvent_base").track
    function = RewardFile(find_reward("race_line")).new()
    points, speeds = module("race_line").race_line(track.centre.tolist(), 0.762)
    base = {**STATE, "track_length": track.length, "track_width": 0.762}
    base["waypoints"] = [tuple(point) for point in track.centre.tolist()]
    on_line = [
        function({**base, "x": x, "y": y, "speed": speed})
        for (x, y), speed in zip(points.tolist(), speeds.tolist(), strict=True)
    ]
    on_centre = [function({**base, "x": x, "y": y, "speed": 2.0}) for x, y in base["waypoints"]]
    assert min(on_line) == pytest.approx(1.001)
    assert np.mean(on_centre) < 0.7


def test_a_name_or_a_path_is_found(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def reward_function(params):\n    return 1\n")
    assert find_reward(str(file)) == file
    assert find_reward("race_line") == example_path("race_line")
    assert find_reward("race_line.py") == Path("race_line.py")
    with pytest.raises(ConfigError, match=r"did you mean follow_centre_line\?.*or the path"):
        find_reward("follow_center_line")


def test_headings_beyond_half_a_turn_are_near(tmp_path: Path) -> None:
    backwards = [(-x, y) for x, y in WAYPOINTS]
    state = {"waypoints": backwards, "x": -3.2, "heading": 179.0, "y": 0.01}
    assert reward("heading_along_waypoints", state) == 1.0
    assert math.isclose(reward("heading_along_waypoints", {**state, "heading": -179.0}), 1.0)
