# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What reward functions are told of objects: by value on a circle, and from the simulation."""

from dataclasses import replace

import numpy as np
import pytest
from round_track import RADIUS, at, boxes, circle, one

from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.object_settings import ObjectSettings
from deepracer_sim.simulation import STEP_TIME, Simulation
from deepracer_sim.starts import Start
from deepracer_trainer.rewards.reward_parameters import CarStates, RewardParameters


@pytest.mark.parametrize(
    ("degrees", "closest"), [(10, [2, 1]), (50, [1, 0]), (200, [0, 2]), (350, [2, 1])]
)
def test_the_closest_objects_are_behind_and_ahead_round_the_lap(
    degrees: float, closest: list[int]
) -> None:
    objects = boxes((180, 1.8), (40, 2.2), (300, 1.8))
    parameters = one(circle(), at(degrees), degrees + 90, objects=objects)
    assert parameters["closest_objects"] == closest


def test_objects_are_told_in_the_order_in_which_they_were_placed() -> None:
    objects = boxes((180, 1.8), (40, 2.2), (300, 1.8))
    parameters = one(circle(), at(50), 140, objects=objects)
    assert parameters["objects_left_of_center"] == [True, False, True]
    lengths = [2.0 * np.pi * RADIUS * share for share in (180 / 360, 40 / 360, 300 / 360)]
    assert parameters["objects_distance"] == pytest.approx(lengths)
    assert parameters["objects_distance_from_center"] == pytest.approx([0.2, 0.2, 0.2])
    assert parameters["objects_location"][1] == pytest.approx(at(40, 2.2)[0])


@pytest.mark.parametrize(
    ("degrees", "yaw", "seen"), [(20, 110, True), (20, 20, False), (36, 126, False)]
)
def test_the_next_object_is_seen_or_not(degrees: float, yaw: float, seen: bool) -> None:
    """Ahead; ahead on the track, but the car looks elsewhere; right under the nose."""
    parameters = one(circle(), at(degrees), yaw, objects=boxes((40, RADIUS)))
    assert parameters["object_in_camera"] is seen


def drive(settings: ObjectSettings) -> Simulation:
    """Four cars, two either way round, after a step."""
    simulation = Simulation("reinvent_base", 4, threads=1, objects=settings)
    generators = [np.random.default_rng(seed) for seed in range(4)]
    starts = [Start(0.1 * car, bool(car % 2)) for car in range(4)]
    simulation.reset(np.arange(4), starts, generators)
    simulation.step(np.array([[0.0, 1.0]] * 4))
    return simulation


@pytest.mark.parametrize(
    "settings", [ObjectSettings.boxes(4), ObjectSettings.bots(3)], ids=["boxes", "bots"]
)
def test_objects_are_those_of_the_simulation(settings: ObjectSettings) -> None:
    simulation = drive(settings)
    states = CarStates.of(simulation, slice(None), STEP_TIME)
    for car, row in enumerate(RewardParameters(simulation.track, DEEPRACER).build(states)):
        np.testing.assert_array_equal(row["objects_location"], simulation.objects.points[car])
        distances = np.array(row["objects_distance"])
        gaps = (distances - row["projection_distance"]) % simulation.track.length
        assert row["closest_objects"] == [np.argmax(gaps), np.argmin(gaps)]
        is_bot = settings.kind == "bot_car"
        assert row["objects_speed"] == [0.2 * is_bot] * settings.count
        assert any(row["objects_heading"]) == is_bot


def test_an_object_is_told_as_a_car_in_its_place_would_be() -> None:
    simulation = drive(ObjectSettings.boxes(4))
    builder = RewardParameters(simulation.track, replace(DEEPRACER, front_point=0.0))
    states = CarStates.of(simulation, slice(None), STEP_TIME)
    rows = builder.build(states)
    for index in range(4):
        places = np.column_stack((simulation.objects.points[:, index], np.zeros(4)))
        cars = builder.build(replace(states, poses=places))
        for row, car in zip(rows, cars, strict=True):
            assert row["objects_left_of_center"][index] == car["is_left_of_center"]
            distance, offset = row["objects_distance"], row["objects_distance_from_center"]
            assert distance[index] == pytest.approx(car["projection_distance"], abs=0.05)
            assert offset[index] == pytest.approx(car["distance_from_center"], abs=0.01)
