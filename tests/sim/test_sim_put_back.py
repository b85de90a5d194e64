# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Cars that are put back on the road, or begin another lap, in a world that stays as it is."""

import numpy as np
import pytest

from deepracer_sim.object_settings import ObjectSettings
from deepracer_sim.objects import CLEAR_AHEAD, CLEAR_BEHIND
from deepracer_sim.randomization import Randomization
from deepracer_sim.simulation import STEP_TIME, Simulation, Status
from deepracer_sim.starts import Start

LATENCY = 3  # [frames]


def begun(
    *starts: Start, track: str = "reinvent_base", seed: int = 0, **options: object
) -> Simulation:
    simulation = Simulation(track, len(starts), **options)
    generators = [np.random.default_rng(seed + car) for car in range(len(starts))]
    simulation.reset(np.arange(len(starts)), starts, generators)
    return simulation


def late(car_starts: Start) -> Simulation:
    """Return a car whose commands come as late as there is."""
    for seed in range(100):
        simulation = begun(car_starts, randomization=Randomization(latency=LATENCY), seed=seed)
        if simulation._variation.actuators.latency[0] == LATENCY:
            return simulation
    raise AssertionError("no seed has that latency")


def along(simulation: Simulation) -> np.ndarray:
    """Return where the fronts of all cars are [m], in driving direction."""
    track = simulation.track
    distance = track.centre_line.project(simulation.front_points()).distance
    return np.where(simulation.reverse, track.length - distance, distance)


def forward(simulation: Simulation, steps: int, steering: float = 0.0) -> None:
    for _ in range(steps):
        simulation.step(np.full((simulation.count, 2), (steering, 1.0)))


@pytest.mark.parametrize("reverse", [False, True])
def test_a_car_is_put_back_at_rest_on_the_line_where_it_was(reverse: bool) -> None:
    simulation = begun(Start(0.3, reverse), Start(0.6, reverse))
    while simulation.status[1] != Status.OFF_TRACK:
        forward(simulation, 1, steering=0.3)
    was, progress, other = (
        along(simulation),
        simulation.progress.copy(),
        simulation.state[0].copy(),
    )
    reached = simulation.put_back(np.array([1]))
    assert reached == pytest.approx(progress[1:])
    assert along(simulation)[1] == pytest.approx(was[1], abs=1e-6)
    assert simulation.progress[1] == 0.0
    assert (simulation.state[1, 3:] == 0.0).all()
    assert simulation.wheels_on_road[1].all()
    assert simulation.status[1] == Status.IN_PROGRESS
    np.testing.assert_array_equal(simulation.state[0], other)
    forward(simulation, 10)
    assert 0.0 < simulation.progress[1] < 5.0


@pytest.mark.parametrize("kind", ["box", "bot_car"])
@pytest.mark.parametrize("reverse", [False, True])
def test_objects_stay_and_a_car_goes_back_until_it_is_clear(kind: str, reverse: bool) -> None:
    objects = ObjectSettings(kind, 6, min_distance=1.0, speed=0.5)
    simulation = begun(*[Start(0.3, reverse)] * 20, objects=objects)
    forward(simulation, 60)
    length, cars = simulation.track.length, np.arange(20)
    places = simulation.objects.distance.copy()
    # Next to an object of theirs, wherever they were.
    centre, heading = simulation.objects.points[:, 2], simulation.objects.heading[:, 2]
    simulation.state[:, :2], simulation.state[:, 2] = centre, heading
    was, progress = along(simulation), simulation.progress.copy()
    reached = simulation.put_back(cars)
    np.testing.assert_array_equal(simulation.objects.distance, places)
    ahead = (places - along(simulation)[:, None]) % length
    assert ahead.min() > CLEAR_AHEAD - 1e-4
    assert ahead.max() < length - CLEAR_BEHIND + 1e-4
    back = (was - along(simulation)) % length
    assert back.min() > 1.0
    np.testing.assert_allclose(reached, progress - 100.0 * back / length, atol=1e-3)
    assert not simulation.crashed.any()


def test_the_nearest_clear_place_is_taken() -> None:
    length = begun(Start(0.0, False)).track.length
    places = tuple((at / length, 1) for at in (8.0, 6.2, 5.2))
    simulation = begun(Start(0.1, False), objects=ObjectSettings("box", 3, places=places))
    simulation.state[0, :2] = simulation.objects.points[0, 0]
    was = along(simulation)[0]
    reached = simulation.put_back(np.array([0]))[0]
    # Between the first two there are but 1.8 m: room for 0.75 and 1.0.
    assert along(simulation)[0] == pytest.approx(8.0 - CLEAR_AHEAD, abs=1e-4)
    assert reached == pytest.approx(-100.0 * (was - 7.0) / length, abs=1e-3)


def test_on_an_open_track_a_car_goes_back_no_farther_than_to_the_start() -> None:
    simulation = begun(Start(0.0, False), track="Straight_track")
    begin = along(simulation)[0]
    length = simulation.track.length
    blocked = ((1.2 / length, 1), (0.9, 1))
    objects = ObjectSettings("box", 2, places=blocked)
    simulation = begun(*[Start(0.0, False)] * 2, track="Straight_track", objects=objects)
    forward(simulation, 45)
    simulation.state[1, 0] = simulation.objects.points[1, 1, 0]
    simulation.state[0, 0] -= along(simulation)[0] - 1.1
    simulation.state[:, 3] = 0.0
    simulation.step(np.zeros((2, 2)))
    reached = simulation.put_back(np.arange(2))
    expected = begin, 0.9 * length - CLEAR_AHEAD
    assert along(simulation) == pytest.approx(expected, abs=1e-6)
    shares = (np.array(expected) - begin) / (length - begin)
    np.testing.assert_allclose(reached, 100.0 * shares, atol=1e-3)


def test_what_a_put_back_car_was_told_before_is_forgotten() -> None:
    simulation = late(Start(0.3, False))
    forward(simulation, 10)
    simulation.put_back(np.array([0]))
    forward(simulation, LATENCY)
    assert simulation.state[0, 3] == 0.0
    forward(simulation, 1)
    assert simulation.state[0, 3] > 0.0


def test_a_car_that_begins_another_lap_drives_on_as_if_it_did_not() -> None:
    plain, laps = late(Start(0.3, False)), late(Start(0.3, False))
    for step in range(12):
        if step == 5:
            laps.begin_laps(np.array([0]))
            assert laps.progress[0] == 0.0
        command = np.array([[0.1 * np.sin(step), 1.0]])
        plain.step(command)
        laps.step(command)
        np.testing.assert_array_equal(laps.state, plain.state)


def test_bot_cars_drive_on_from_where_they_are() -> None:
    simulation = begun(Start(0.3, False), objects=ObjectSettings.bots(2, speed=0.5))
    begin = simulation.objects.distance.copy()
    forward(simulation, 30)
    simulation.put_back(np.array([0]))
    forward(simulation, 30)
    moved = (simulation.objects.distance - begin) % simulation.track.length
    np.testing.assert_allclose(moved, 60 * STEP_TIME * 0.5)
