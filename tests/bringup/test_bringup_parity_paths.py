# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Pulses without feedback: where they lead, and how far two cars come apart."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_bringup.parity.open_loop import (
    Divergence,
    compare_drive,
    draw_divergences,
    worst_at,
)
from deepracer_bringup.parity.paths import (
    Drive,
    Errors,
    Sent,
    car_along,
    embedded_path,
    path_errors,
    seen_from_start,
)
from deepracer_bringup.parity.pulse_profiles import PERIOD, ROOM, profiles
from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.errors import ConfigError
from deepracer_core.pose import Pose
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.scenes import Scene, load_scenes

CALIBRATION = Calibration()
TIMES = np.linspace(0.0, 4.0, 41)


@pytest.fixture(scope="module")
def car() -> PlantCar:
    return PlantCar(PlantSettings())


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scenes("reinvent_base")[0]


def circle(radius: float, speed: float, times: np.ndarray) -> np.ndarray:
    angle = speed * times / radius
    return np.stack((radius * np.sin(angle), radius * (1.0 - np.cos(angle)), angle), axis=1)


def moved(path: np.ndarray, x: float, y: float, yaw: float) -> np.ndarray:
    c, s = math.cos(yaw), math.sin(yaw)
    turned = path[:, :2] @ np.array([[c, s], [-s, c]]) + (x, y)
    return np.column_stack((turned, np.remainder(path[:, 2] + yaw + np.pi, 2 * np.pi) - np.pi))


places = st.tuples(st.floats(-9.0, 9.0), st.floats(-9.0, 9.0), st.floats(-3.0, 3.0))


@given(places, places)
def test_where_a_path_begins_makes_no_error(one: tuple, other: tuple) -> None:
    path = circle(0.7, 1.5, TIMES)
    errors = path_errors(moved(path, *one), moved(path, *other), TIMES)
    assert errors.position.max() < 1e-9
    assert errors.heading.max() < 1e-9


def test_errors_of_known_paths() -> None:
    straight = np.stack((TIMES, 0.0 * TIMES, 0.0 * TIMES), axis=1)
    slower = straight * (0.9, 1.0, 1.0)
    errors = path_errors(straight, slower, TIMES)
    assert errors.at(3.0) == pytest.approx((0.3, 0.0))
    assert errors.at(99.0) == pytest.approx((0.4, 0.0))
    bend = circle(1.0, 1.0, TIMES)
    errors = path_errors(straight, bend, TIMES)
    assert errors.at(1.0) == pytest.approx(
        (math.hypot(1.0 - math.sin(1.0), 1.0 - math.cos(1.0)), 1.0)
    )
    # Beyond half a turn, the shorter way counts.
    assert errors.at(4.0)[1] == pytest.approx(2.0 * math.pi - 4.0)


def test_the_embedded_car_hears_pulses_when_they_were_sent(car: PlantCar) -> None:
    go = CALIBRATION.pulses(Action(0.0, 1.0))
    times = np.arange(0.0, 2.0, 0.02)
    sent = [Sent(0.5 + 0.1 * number, go) for number in range(15)]
    path = seen_from_start(embedded_path(car, sent, times))
    assert (path[times <= 0.5] == 0.0).all()
    # A first-order lag is as far behind as its time constant; the limit of acceleration adds.
    late = 0.5 + DEEPRACER.speed_lag
    assert path[-1, 0] == pytest.approx(times[-1] - late, abs=0.08)
    again = embedded_path(car, sent, times)
    assert np.array_equal(again, embedded_path(car, sent, times))
    # More frequent looks change nothing.
    fine = embedded_path(car, sent, np.arange(0.0, 2.0, 0.005))[::4]
    assert np.abs(fine[: len(again)] - again).max() < 1e-3


@pytest.mark.parametrize("duration", [4.0, 10.0])
def test_profiles_are_whole_valid_and_keep_off_walls(
    scene: Scene, car: PlantCar, duration: float
) -> None:
    x_low, y_low, x_high, y_high = scene.ground.rectangle
    names = []
    for profile in profiles(scene, car, duration):
        names.append(profile.name)
        assert len(profile.pulses) == round(duration / PERIOD)
        sent = [Sent(number * PERIOD, each) for number, each in enumerate(profile.pulses)]
        path = embedded_path(car, sent, [each.time for each in sent])
        x, y, _ = moved(seen_from_start(path), *profile.start).T
        assert x.min() >= x_low + ROOM - 1e-6 and x.max() <= x_high - ROOM + 1e-6
        assert y.min() >= y_low + ROOM - 1e-6 and y.max() <= y_high - ROOM + 1e-6
        assert np.abs(path[:, :2] - path[0, :2]).max() > 2.0
    assert names == ["steps", "ramps", "a lap"]


@pytest.mark.parametrize("is_ccw", [True, False])
def test_a_laps_worth_stays_on_the_road_and_comes_back(
    is_ccw: bool, scene: Scene, tmp_path: Path
) -> None:
    route = np.hstack((scene.track.centre, scene.track.inner, scene.track.outer))
    file = tmp_path / "route.npy"
    np.save(file, route if is_ccw else route[::-1])
    (scene,) = load_scenes([file])
    car = car_along(scene.track, str(file))
    lap = profiles(scene, car, 10.0)[2]
    sent = [Sent(number * PERIOD, each) for number, each in enumerate(lap.pulses)]
    path = embedded_path(car, sent, [each.time for each in sent])
    assert scene.track.on_road(path[:, :2]).all()
    assert math.dist(path[-1, :2], path[0, :2]) < 1.0


def test_an_open_road_ends_the_lap(car: PlantCar) -> None:
    (scene,) = load_scenes("Straight_track")
    straight = car_along(scene.track, "Straight_track")
    lap = profiles(scene, straight, 10.0)[2]
    assert lap.pulses[-1] == CALIBRATION.neutral
    sent = [Sent(number * PERIOD, each) for number, each in enumerate(lap.pulses)]
    path = embedded_path(straight, sent, [each.time for each in sent])
    assert scene.track.on_road(path[:, :2]).all()


def test_a_field_without_room_is_refused(scene: Scene, car: PlantCar) -> None:
    small = replace(scene, ground=replace(scene.ground, rectangle=(0.0, 0.0, 3.0, 3.0)))
    with pytest.raises(ConfigError, match="no room .* steps"):
        profiles(small, car, 10.0)


def test_a_drive_like_the_embedded_one_has_no_errors(scene: Scene, car: PlantCar) -> None:
    profile = profiles(scene, car, 4.0)[0]
    sent = tuple(Sent(7.0 + number * PERIOD, each) for number, each in enumerate(profile.pulses))
    times = np.arange(6.99, sent[-1].time, 0.02)
    path = moved(seen_from_start(embedded_path(car, sent, times)), 1.0, 2.0, 0.5)
    poses = tuple(Pose(t, *place, 0.0) for t, place in zip(times, path, strict=True))
    name, errors = compare_drive("steps", Drive(sent, poses), car)
    assert name == "steps"
    assert errors.time[0] == pytest.approx(-0.01)
    assert max(errors.position.max(), errors.heading.max()) < 1e-9


def test_the_worst_of_all_profiles_counts_and_is_drawn() -> None:
    flat = np.zeros(len(TIMES))
    divergences = [
        Divergence("steps", Errors(TIMES, 0.02 * TIMES, flat)),
        Divergence("ramps", Errors(TIMES, flat, 0.01 * TIMES)),
    ]
    assert worst_at(divergences, 3.0) == pytest.approx((0.06, 0.03))
    picture = draw_divergences(divergences)
    assert picture.shape[2] == 3
    one, other = np.hsplit(picture, 2)
    assert one.std() > 5.0 and other.std() > 5.0 and not np.array_equal(one, other)
