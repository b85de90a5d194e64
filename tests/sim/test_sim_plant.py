# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import math

import numpy as np
import pytest

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.errors import ConfigError, TrackError
from deepracer_core.pulses import Pulses
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import Start

CALIBRATION = Calibration()
TICK = 1.0 / 120.0


def drive(car: PlantCar, pulses: Pulses, seconds: float) -> None:
    for _ in range(round(seconds / TICK)):
        car.pulses(pulses)
        car.advance(TICK)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_a_car_reaches_the_speed_that_its_pulse_stands_for(speed: float) -> None:
    car = PlantCar(PlantSettings())
    drive(car, CALIBRATION.pulses(Action(0.0, speed)), 2.0)
    assert car.motion().forward == pytest.approx(speed, rel=1e-3)


def test_neutral_pulses_leave_the_car_where_it_is() -> None:
    car = PlantCar(PlantSettings())
    before = car.motion()
    drive(car, CALIBRATION.neutral, 1.0)
    assert car.motion() == before


def test_longer_steering_pulses_turn_left() -> None:
    car = PlantCar(PlantSettings())
    drive(car, Pulses(1_600_000, CALIBRATION.pulses(Action(0.0, 1.0)).throttle_ns), 0.5)
    assert car.motion().yaw_rate > 0.5


def test_a_car_that_hears_nothing_stops() -> None:
    car = PlantCar(PlantSettings(pwm_timeout=0.5))
    forward = CALIBRATION.pulses(Action(0.2, 1.0))
    drive(car, forward, 2.0)
    for _ in range(round(0.45 / TICK)):
        car.advance(TICK)
    assert car.motion().forward == pytest.approx(1.0, rel=1e-3)
    for _ in range(round(4.0 / TICK)):
        car.advance(TICK)
    assert abs(car.motion().forward) < 1e-3
    drive(car, forward, 2.0)
    assert car.motion().forward == pytest.approx(1.0, rel=1e-3)


def test_velocity_is_that_of_base_link_in_its_own_axes() -> None:
    car = PlantCar(PlantSettings())
    drive(car, CALIBRATION.pulses(Action(0.3, 1.5)), 2.0)
    before = car.motion()
    car.advance(1e-4)
    after = car.motion()
    east, north = (after.x - before.x) / 1e-4, (after.y - before.y) / 1e-4
    c, s = math.cos(before.yaw), math.sin(before.yaw)
    assert before.forward == pytest.approx(c * east + s * north, rel=1e-3)
    assert before.sideways == pytest.approx(-s * east + c * north, rel=1e-3)
    assert before.yaw_rate == pytest.approx((after.yaw - before.yaw) / 1e-4, rel=1e-3)


@pytest.mark.parametrize("direction", ["ccw", "cw"])
@pytest.mark.parametrize("start", [0.0, 0.4])
def test_reset_puts_the_car_to_the_start(direction: str, start: float) -> None:
    car = PlantCar(PlantSettings(start=start, direction=direction))
    at_start = car.motion()
    drive(car, CALIBRATION.pulses(Action(0.1, 2.0)), 1.0)
    car.reset()
    assert car.motion() == at_start
    simulation = Simulation("reinvent_base", 1)
    simulation.reset(np.arange(1), [Start(start, direction == "cw")])
    assert at_start[:3] == pytest.approx(tuple(simulation.state[0, :3]))


@pytest.mark.parametrize("direction", ["ccw", "cw"])
def test_recover_puts_the_car_back_on_the_centre_line_where_it_is(direction: str) -> None:
    car = PlantCar(PlantSettings(start=0.05, direction=direction))
    drive(car, CALIBRATION.pulses(Action(0.1, 1.0)), 1.5)
    strayed = car.motion()
    car.recover()
    back = car.motion()
    assert back.forward == back.yaw_rate == 0.0
    assert 0.02 < math.hypot(back.x - strayed.x, back.y - strayed.y) < 0.5
    line = Simulation("reinvent_base", 1).track.centre_line
    front = np.array([[back.x, back.y]]) + 0.14 * np.array([[np.cos(back.yaw), np.sin(back.yaw)]])
    projection = line.project(front)
    assert projection.offset[0] == pytest.approx(0.0, abs=1e-9)
    heading = line.at(projection.distance)[1][0] + (np.pi if direction == "cw" else 0.0)
    assert math.cos(back.yaw - heading) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("direction", ["ccw", "cw"])
def test_an_open_track_is_driven_from_where_that_direction_begins(direction: str) -> None:
    car = PlantCar(PlantSettings(track="Straight_track", start=0.1, direction=direction))
    before = car.motion()
    drive(car, CALIBRATION.pulses(Action(0.0, 1.0)), 1.0)
    after = car.motion()
    track = Simulation("Straight_track", 1).track
    middle = track.centre.mean(axis=0)
    assert math.dist((after.x, after.y), middle) < math.dist((before.x, before.y), middle)


def test_frames_are_those_of_the_simulation_in_colour() -> None:
    frame = PlantCar(PlantSettings(start=0.3)).frame()
    assert frame.shape == (120, 160, 3) and frame.dtype == np.uint8
    simulation = Simulation("reinvent_base", 1)
    simulation.reset(np.arange(1), [Start(0.3, False)])
    assert np.array_equal(frame, simulation.renderer.bgr(simulation.state[:, :3])[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fps", 0.0),
        ("fps", 241.0),
        ("fps", math.nan),
        ("real_time_factor", 0.0),
        ("real_time_factor", math.inf),
        ("start", -0.1),
        ("start", 1.1),
        ("direction", "left"),
        ("pwm_timeout", 0.0),
    ],
)
def test_bad_settings_are_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"{name} is .*allowed"):
        PlantSettings(**{name: value})


def test_an_unknown_track_is_refused() -> None:
    with pytest.raises(TrackError, match="nowhere"):
        PlantCar(PlantSettings(track="nowhere"))
