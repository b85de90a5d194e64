# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The rules of an episode, on a batch of cars."""

from pathlib import Path

import numpy as np
import pytest

from deepracer_core.errors import TrackError
from deepracer_sim import rewards
from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_sim.starts import Start, is_reverse, spread_starts
from deepracer_sim.track_files import load_track


def follow(simulation: Simulation, speed: float) -> np.ndarray:
    """Steer every car along the centre line by looking 0.4 m ahead: commands (B, 2)."""
    track, state = simulation.track, simulation.state
    distance = track.centre_line.project(simulation.front_points()).distance
    ahead = np.where(simulation.reverse, -0.4, 0.4)
    target, _ = track.centre_line.at((distance + ahead) % track.length)
    gap = target - state[:, :2]
    bearing = np.arctan2(gap[:, 1], gap[:, 0]) - state[:, 2]
    bearing = (bearing + np.pi) % (2 * np.pi) - np.pi
    return np.stack((np.clip(2.0 * bearing, -0.52, 0.52), np.full(len(state), speed)), axis=1)


def start(simulation: Simulation, *starts: Start) -> None:
    simulation.reset(np.arange(simulation.count), list(starts))


def test_cars_start_at_rest_with_their_front_on_the_line() -> None:
    simulation = Simulation("reinvent_base", 4)
    start(simulation, *spread_starts(simulation.track, 4, "ccw"))
    np.testing.assert_allclose(simulation.offset, 0.0, atol=1e-9)
    assert (simulation.state[:, 3:] == 0.0).all()
    assert simulation.wheels_on_road.all()
    assert (simulation.status == Status.IN_PROGRESS).all()


@pytest.mark.parametrize("direction", ["ccw", "cw"])
def test_a_lap_that_follows_the_line_is_complete(direction: str) -> None:
    simulation = Simulation("reinvent_base", 3)
    start(simulation, *spread_starts(simulation.track, 3, direction))
    previous = simulation.progress
    for _ in range(400):
        simulation.step(follow(simulation, 1.0))
        running = simulation.status == Status.IN_PROGRESS
        if not running.any():
            break
        assert (simulation.progress[running] >= previous[running] - 1e-9).all()
        previous = simulation.progress
        simulation.steps[~running] = 0
    assert simulation.progress.max() == 100.0
    assert Status.OFF_TRACK not in simulation.status


def test_progress_per_second_is_speed_over_length() -> None:
    simulation = Simulation("reinvent_base", 1)
    start(simulation, Start(0.0, False))
    for _ in range(30):
        simulation.step(np.array([[0.0, 1.0]]))
    expected = 100.0 * 1.0 * STEP_TIME / simulation.track.length
    assert simulation.progress_made[0] == pytest.approx(expected, rel=0.01)


def test_leaving_the_road_with_all_wheels_ends_the_episode() -> None:
    simulation = Simulation("reinvent_base", 1)
    start(simulation, Start(0.0, False))
    while simulation.status[0] == Status.IN_PROGRESS:
        simulation.step(np.array([[0.5, 1.0]]))
    assert simulation.status[0] == Status.OFF_TRACK
    assert not simulation.wheels_on_road.any()
    assert rewards.progress(simulation)[0] == -1.0


def test_standing_still_for_15_steps_is_immobilized() -> None:
    simulation = Simulation("reinvent_base", 1)
    start(simulation, Start(0.3, False))
    for step in range(15):
        assert simulation.status[0] == Status.IN_PROGRESS, step
        simulation.step(np.zeros((1, 2)))
    assert Status(simulation.status[0]).label == "immobilized"


def test_going_backwards_for_15_steps_is_reversed() -> None:
    simulation = Simulation("reinvent_base", 1)
    start(simulation, Start(0.1, False))
    for _ in range(30):
        simulation.step(np.array([[0.0, -0.5]]))
        if simulation.status[0]:
            break
    assert Status(simulation.status[0]).label == "reversed"


def test_an_episode_has_a_longest_time() -> None:
    simulation = Simulation("reinvent_base", 1, max_steps=5)
    start(simulation, Start(0.0, False))
    for _ in range(5):
        simulation.step(np.array([[0.0, 0.5]]))
    assert simulation.status[0] == Status.TIME_UP


def test_the_longest_time_is_that_of_a_lap_at_a_fifth_of_a_metre_a_second() -> None:
    simulation = Simulation("reinvent_base,reInvent2019_track", 2)
    lap = simulation.tracks[1].length / 0.2
    np.testing.assert_allclose(simulation.time_limit, [100.0, lap])
    start(simulation, Start(0.0, False), Start(0.0, False))
    ended = np.zeros(2)
    while not ended.all():
        simulation.step(np.array([[0.0, 0.01]] * 2))
        late = simulation.status == Status.TIME_UP
        ended = np.where(late & (ended == 0.0), simulation.steps, ended)
    np.testing.assert_array_equal(ended, [1500, round(lap / STEP_TIME)])


def test_an_open_track_is_driven_to_its_end() -> None:
    simulation = Simulation("Straight_track", 2)
    start(simulation, Start(0.0, False), Start(1.0, True))
    for _ in range(200):
        simulation.step(np.array([[0.0, 1.0]] * 2))
        if simulation.status.all():
            break
    assert (simulation.status == Status.LAP_COMPLETE).all()


def test_directions_are_those_of_the_world_not_of_the_file() -> None:
    track = load_track("reinvent_base").track
    assert track.is_ccw
    assert not is_reverse(track, "ccw")
    assert is_reverse(track, "cw")


def test_any_route_file_can_be_driven(shared: Path) -> None:
    simulation = Simulation(shared / "routes" / "reInvent2019_track.npy", 2)
    start(simulation, *spread_starts(simulation.track, 2, "ccw"))
    simulation.step(np.array([[0.0, 1.0]] * 2))
    assert simulation.frames().std() > 10.0


def test_an_unknown_track_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrackError, match="reinvent_base"):
        Simulation("reinvent_bass", 1)


def test_the_same_actions_give_the_same_bits_alone_and_in_a_batch() -> None:
    generator = np.random.default_rng(3)
    commands = np.stack(
        (generator.uniform(-0.5, 0.5, (30, 64)), generator.uniform(0.3, 2.0, (30, 64))), axis=-1
    )
    batch = Simulation("reinvent_base", 64)
    starts = [Start(float(s), bool(i % 2)) for i, s in enumerate(generator.random(64))]
    batch.reset(np.arange(64), starts)
    record = []
    for row in commands:
        batch.step(row)
        record.append((batch.state.copy(), batch.progress.copy(), batch.frames()))
    single = Simulation("reinvent_base", 1)
    for car in (0, 17, 63):
        single.reset(np.arange(1), [starts[car]])
        for row, (state, progress, frames) in zip(commands, record, strict=True):
            single.step(row[car : car + 1])
            np.testing.assert_array_equal(single.state[0], state[car])
            assert single.progress[0] == progress[car]
            np.testing.assert_array_equal(single.frames()[0], frames[car])


def test_a_car_that_something_else_moves_is_judged_as_one_that_drives() -> None:
    driving, followed = Simulation("reinvent_base", 2), Simulation("reinvent_base", 2)
    for simulation in (driving, followed):
        start(simulation, Start(0.1, False), Start(0.6, True))
    commands = np.array([[0.1, 1.5], [0.4, 2.0]])
    for _ in range(40):
        driving.step(commands)
        followed.follow(driving.state, commands)
        for name in ("progress", "progress_made", "status", "wheels_on_road", "offset", "steps"):
            assert np.array_equal(getattr(followed, name), getattr(driving, name)), name
    assert driving.status[1] == Status.OFF_TRACK
