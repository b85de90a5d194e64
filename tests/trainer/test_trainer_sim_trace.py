# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded episodes say what the cars did, row by row, as the field's tools read it."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from deepracer_core.action_space import ActionSpace, ContinuousActionSpace
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.env import default_actions
from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_sim.starts import Start
from deepracer_trainer.sim_trace import HEADER, Episode, trace_rows
from deepracer_trainer.trace_recorder import TraceRecorder

STARTS = [Start(0.0, False), Start(0.3, True), Start(0.9, False)]


def driven(
    count: int = 3, track: str = "reinvent_base", max_steps: int = 400, seed: int = 0
) -> list[Episode]:
    """Let each car drive one episode at random, rewarded by the number of the step."""
    simulation = Simulation(track, count, max_steps=max_steps)
    simulation.reset(np.arange(count), STARTS[:count])
    recorder = TraceRecorder(simulation, episodes=5, began=100.0)
    recorder.started(np.arange(count))
    table = np.array(default_actions().actions)
    random = np.random.default_rng(seed)
    episodes: list[Episode] = []
    while len(episodes) < count:
        simulation.step(table[random.integers(1, 4, count)])
        episodes += recorder.step(simulation.steps.astype(np.float64))
    return episodes


def table(episode: Episode, actions: ActionSpace | None = None) -> list[dict[str, str]]:
    rows = trace_rows(episode, actions or default_actions(), DEEPRACER)
    return list(csv.DictReader(io.StringIO(f"{HEADER}\n{''.join(rows)}")))


def test_the_columns_are_those_of_the_hosted_service_and_its_successors(shared: Path) -> None:
    trace = shared / "oracle" / "training-simtrace" / "0-iteration.csv"
    columns = trace.read_text().splitlines()[0]
    assert f"{columns},obstacle_crash_counter,wall_clock" == HEADER


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_values_are_written_as_the_hosted_service_wrote_them(shared: Path) -> None:
    trace = shared / "oracle" / "training-simtrace" / "0-iteration.csv"
    with trace.open() as lines:
        theirs = next(csv.DictReader(lines))
    ours = table(driven()[0])[0]
    for column, value in theirs.items():
        same = is_number(ours[column]) if is_number(value) else ours[column] == value
        assert same, column


def test_the_first_row_is_the_start_and_the_last_one_is_done() -> None:
    for number, episode in enumerate(driven(), start=5):
        rows = table(episode)
        assert {row["episode"] for row in rows} == {str(number)}
        assert [int(row["steps"]) for row in rows] == list(range(1, len(rows) + 1))
        assert [row["done"] for row in rows] == ["False"] * (len(rows) - 1) + ["True"]
        statuses = [row["episode_status"] for row in rows]
        assert statuses[0] == "prepare" and float(rows[0]["reward"]) == 0.0
        assert set(statuses[1:-1]) == {"in_progress"}
        assert statuses[-1] == episode.status.label == "off_track"
        assert episode.length == len(rows) - 1


def test_rows_hold_pose_command_reward_and_time() -> None:
    simulation = Simulation("reinvent_base", 1)
    simulation.reset(np.arange(1), [Start(0.25, False)])
    recorder = TraceRecorder(simulation)
    recorder.started(np.arange(1))
    fronts = [simulation.front_points()[0]]
    command = np.array([default_actions().actions[3]])
    for _ in range(5):
        simulation.step(command)
        fronts.append(simulation.front_points()[0])
        episodes = recorder.step(np.array([0.5]), ended=simulation.steps == 5)
    (episode,) = episodes
    rows = table(episode)
    positions = [(float(row["X"]), float(row["Y"])) for row in rows]
    np.testing.assert_allclose(positions, fronts, atol=1e-6)
    last = rows[-1]
    assert float(last["yaw"]) == pytest.approx(np.degrees(simulation.state[0, 2]), abs=1e-6)
    assert (float(last["steer"]), float(last["throttle"]), last["action"]) == (15.0, 1.3, "3")
    assert float(last["progress"]) == pytest.approx(simulation.progress[0], abs=1e-6)
    assert float(last["track_len"]) == pytest.approx(simulation.track.length, abs=1e-6)
    times = [float(row["tstamp"]) for row in rows]
    np.testing.assert_allclose(np.diff(times), STEP_TIME, atol=1e-4)
    assert episode.reward == 2.5
    assert episode.ended - episode.began == pytest.approx(5 * STEP_TIME)
    assert last["all_wheels_on_track"] == "True"
    assert last["episode_status"] == "in_progress"


def test_continuous_actions_are_written_as_angle_and_speed() -> None:
    row = table(driven()[0], ContinuousActionSpace(-0.5, 0.5, 0.5, 2.0))[-1]
    assert row["action"] == f"[{float(row['steer']):g} {float(row['throttle']):g}]"


@pytest.mark.parametrize("track", ["reinvent_base", "Oval_track"])
def test_waypoints_are_those_nearest_to_the_projection_in_both_directions(track: str) -> None:
    for episode in driven(track=track):
        road = episode.track
        if episode.reverse:
            turned = (road.centre[::-1], road.inner[::-1], road.outer[::-1])
            road = Track(road.name, *turned, road.closed)
        points = np.array([(float(row["X"]), float(row["Y"])) for row in table(episode)])
        distance = road.centre_line.project(points).distance
        given = [int(row["closest_waypoint"]) for row in table(episode)]
        assert given == road.nearest_waypoint(points, distance).tolist()


def test_cars_on_several_tracks_keep_their_own() -> None:
    lengths = {len(episode.track.centre) for episode in driven(track="reinvent_base,Oval_track")}
    assert len(lengths) == 2


def test_long_episodes_are_kept_whole() -> None:
    simulation = Simulation("reinvent_base", 2, max_steps=700)
    simulation.PATIENCE = 10_000  # type: ignore[misc]
    simulation.reset(np.arange(2), STARTS[:2])
    recorder = TraceRecorder(simulation)
    recorder.started(np.arange(2))
    episodes: list[Episode] = []
    while len(episodes) < 2:
        simulation.step(np.zeros((2, 2)))
        episodes += recorder.step(np.ones(2))
    assert [episode.length for episode in episodes] == [700, 700]
    assert [episode.reward for episode in episodes] == [700.0, 700.0]
    assert [episode.status for episode in episodes] == [Status.TIME_UP, Status.TIME_UP]


def test_a_car_that_has_not_started_anew_is_not_recorded() -> None:
    simulation = Simulation("reinvent_base", 2)
    simulation.reset(np.arange(2), STARTS[:2])
    recorder = TraceRecorder(simulation)
    recorder.started(np.array([1]))
    for _ in range(3):
        simulation.step(np.ones((2, 2)))
        ended = recorder.step(np.ones(2), ended=np.array([True, True]))
        assert len(ended) == (recorder.episodes == 1 and simulation.steps[0] == 1)
    recorder.started(np.array([0]))
    simulation.step(np.ones((2, 2)))
    (episode,) = recorder.step(np.ones(2), ended=np.array([True, True]))
    assert (episode.number, episode.length, episode.reverse) == (1, 1, False)
