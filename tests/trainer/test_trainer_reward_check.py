# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The check of reward functions: the faults that it finds, its picture, its command."""

import json
import signal
from pathlib import Path

import cv2
import pytest
from reward_writing import write_reward

from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.track_files import load_track
from deepracer_trainer.rewards import call_limit
from deepracer_trainer.rewards.reward_check import Check, check_reward, reward_maps
from deepracer_trainer.rewards.reward_command import main
from deepracer_trainer.rewards.reward_files import find_reward
from deepracer_trainer.rewards.reward_function import RewardFile
from deepracer_trainer.rewards.reward_picture import PANEL_WIDTH, draw_rewards

FAULTY = """
import math

def reward_function(params):
    print("a line for every state")
    if params["speed"] > 3:
        return params["sped"]
    if params["progress"] > 90:
        return math.sqrt(-params["speed"])
    if not params["all_wheels_on_track"]:
        return None
    return 1e9 + params["objects_distance"][0]
"""


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


@pytest.fixture(scope="module")
def straight() -> Track:
    return load_track("Straight_track").track


def check(
    folder: Path, track: Track, text: str, objects: tuple[bool, ...] = (False, True)
) -> Check:
    return check_reward(write_reward(folder, text), track, DEEPRACER, objects)


HUNDREDTH_STEP = """
def reward_function(params):
    steps, progress = params["steps"], params["progress"]
    reward = 1.0
    if steps % 100 == 0 and progress > (steps / 300) * 100:
        reward += undefined_bonus
    if progress < 0:
        reward += other_undefined
    return reward
"""


def test_faults_in_rare_branches_of_published_functions_are_found(
    tmp_path: Path, straight: Track
) -> None:
    result = check(tmp_path, straight, HUNDREDTH_STEP)
    messages = sorted(fault.message for fault in result.faults)
    assert len(messages) == 2
    assert "line 6: NameError" in messages[0] and "line 8: NameError" in messages[1]


def test_progress_for_each_step_is_not_the_same_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "reward_function = lambda params: params['progress'] / params['steps']"
    path = write_reward(tmp_path, text).path
    assert main(["check", str(path), "--track", "Straight_track"]) == 0
    assert "nothing to learn" not in capsys.readouterr().out


def test_all_faults_are_told_at_once_each_in_its_line(tmp_path: Path, straight: Track) -> None:
    result = check(tmp_path, straight, FAULTY)
    messages = " ".join(fault.message for fault in result.faults)
    assert len(result.faults) == 5
    for expected in (
        "line 7: KeyError: 'sped', did you mean 'speed'?",
        "line 9: ValueError",
        "reward_function returned None",
        "reward_function returned 1000000",
        "line 12: IndexError",
    ):
        assert expected in messages
    assert sum(fault.states for fault in result.faults) == result.planned == len(result.seconds)
    index_error = next(f for f in result.faults if "IndexError" in f.message)
    assert index_error.objects == {False}
    assert index_error.parameters["objects_distance"] == []
    assert 'params["objects_distance"][0]' in index_error.trace
    assert not len(result.rewards)


@pytest.mark.parametrize(("objects", "count"), [((False,), 1), ((True,), 0), ((False, True), 1)])
def test_objects_may_be_left_out(
    objects: tuple[bool, ...], count: int, tmp_path: Path, straight: Track
) -> None:
    text = "def reward_function(params):\n    return params['objects_speed'][2]\n"
    result = check(tmp_path, straight, text, objects)
    assert len(result.faults) == count
    assert set(result.rewards) <= {0.2}


def test_a_file_that_cannot_be_loaded_is_one_fault(tmp_path: Path, straight: Track) -> None:
    result = check(tmp_path, straight, "def reward_function(params:\n")
    assert ["line 1: SyntaxError" in fault.message for fault in result.faults] == [True]
    assert not len(result.seconds)


@pytest.mark.parametrize(
    "text",
    [
        "def reward_function(params):\n    while params['steps'] > 9: pass\n    return 1\n",
        "def reward_function(params):\n    try:\n        while True: pass\n"
        "    except BaseException:\n        return 1.0\n",
        "while True:\n    pass\n",
    ],
)
def test_a_function_that_hangs_is_broken_off_once(
    text: str, tmp_path: Path, straight: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_limit, "LONGEST_CALL", 0.1)
    before = signal.getsignal(signal.SIGALRM)
    (fault,) = check(tmp_path, straight, text).faults
    assert "broken off after" in fault.message
    assert fault.states <= 1
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_map_is_that_of_the_function(track: Track) -> None:
    (centre_line,) = reward_maps(
        RewardFile(find_reward("follow_centre_line")), track, DEEPRACER, [0.0], 1.0
    )
    lanes, places = centre_line.rewards.shape
    assert centre_line.edges.shape == (lanes + 1, places + 1, 2)
    assert set(centre_line.rewards[lanes // 2]) == {1.0}
    assert set(centre_line.rewards[0]) == {0.001}
    ahead, aside = reward_maps(
        RewardFile(find_reward("heading_along_waypoints")), track, DEEPRACER, [0.0, 1.2], 1.0
    )
    assert ahead.rewards.mean() > 2.0 * aside.rewards.mean()


def test_the_picture_shows_rewards_as_colours_and_faults_in_purple(
    tmp_path: Path, track: Track
) -> None:
    text = "def reward_function(p):\n    return 1.0 if p['x'] > 4 else 1 / (p['y'] > 2.5)\n"
    maps = reward_maps(write_reward(tmp_path, text), track, DEEPRACER, [0.0], 1.0)
    picture = draw_rewards(track, maps, "title")
    assert picture.shape[1] == PANEL_WIDTH
    purple = (picture == (140, 60, 200)).all(axis=2)
    assert purple.mean() > 0.02
    assert not purple[: len(purple) // 2].any()
    both = draw_rewards(track, [*maps, *maps], "title")
    assert both.shape == (picture.shape[0], 2 * PANEL_WIDTH, 3)


def test_the_command_reports_writes_and_tells_by_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, file = tmp_path / "reward.png", tmp_path / "reward.json"
    arguments = ["check", "race_line", "--track", "Oval_track", "--headings", "-30", "30"]
    assert main([*arguments, "--picture", str(picture), "--json", str(file)]) == 0
    assert "0 faults" in capsys.readouterr().out
    assert cv2.imread(str(picture)).shape[1] == 2 * PANEL_WIDTH
    results = json.loads(file.read_text())
    assert results["track"] == "Oval_track"
    assert 0.0 < results["reward"]["min"] < results["reward"]["max"] < 1.1
    assert results["states"] > 5000
    assert results["states_left_out"] == 0
    assert set(results["microseconds"]) == {"first", "median", "longest"}


def test_the_command_tells_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "reward.json"
    path = write_reward(tmp_path, FAULTY).path
    assert main(["check", str(path), "--track", "Straight_track", "--json", str(file)]) == 1
    out = capsys.readouterr().out
    assert "5 faults" in out
    assert "a line for every state" not in out
    assert "all without objects" in out
    assert 'return params["sped"]' in out
    assert "waypoints [" in out
    faults = json.loads(file.read_text())["faults"]
    assert len(faults) == 5
    assert all(len(fault["parameters"]) == 27 for fault in faults)


def test_a_constant_reward_is_remarked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_reward(tmp_path, "reward_function = lambda params: 1").path
    assert main(["check", str(path), "--track", "Straight_track"]) == 0
    assert "nothing to learn" in capsys.readouterr().out


def test_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert "follow_centre_line" in capsys.readouterr().out
    assert main(["show", "follow_centre_line"]) == 0
    assert "def reward_function(params):" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "missing.py"], "cannot be read"),
        (["check", "no_insentive"], "did you mean no_incentive?"),
        (["check", "race_line", "--track", "nowhere"], "unknown track"),
        (["check", "race_line", "--headings", "200"], "--headings 200"),
        (["check", "race_line", "--headings", *["0"] * 13], "at most 12"),
        (["check", "race_line", "--speed", "nan"], "--speed is nan"),
        (["check", "race_line", "--picture", "/nowhere/at/all.png"], "--picture"),
        (["check", "race_line", "--json", "/nowhere/at/all.json"], "--json"),
        (["show", "nothing"], "unknown reward"),
        ([], "required"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("./deepracer reward: ")
    assert message in line
