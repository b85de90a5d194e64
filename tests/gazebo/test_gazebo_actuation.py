# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Joint commands by value, and the path on which wheels that do not slip take a car by them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.pulses import Pulses
from deepracer_core.vehicle import DEEPRACER
from deepracer_gazebo.actuation import Actuation, joint_commands
from deepracer_gazebo.car import HINGES, JOINTS, WHEEL_RADIUS, WHEELS
from deepracer_sim.plant import PlantCar, PlantSettings

CALIBRATION = Calibration()
PERIOD = 0.01
TIMEOUT = 0.5
FORWARD = CALIBRATION.pulses(Action(0.0, 1.0))
STEERED = st.floats(-math.radians(30.0), math.radians(30.0))
SPEEDS = st.floats(-4.0, 4.0)


def body_twist(commands: Mapping[str, float]) -> tuple[float, float]:
    """The velocity [m/s] of the point on the rear axle and the yaw rate [rad/s]."""
    left, right = (WHEEL_RADIUS * commands[name] for name in WHEELS[2:])
    y_left, y_right = (y for _, y in DEEPRACER.wheels[2:])
    yaw_rate = (right - left) / (y_left - y_right)
    return (left + right) / 2.0, yaw_rate


@given(STEERED, SPEEDS)
def test_every_wheel_rolls_as_its_place_on_the_turning_car_moves(
    steering: float, speed: float
) -> None:
    commands = joint_commands(steering, speed)
    assert set(commands) == set(JOINTS)
    forward, yaw_rate = body_twist(commands)
    assert forward == pytest.approx(speed, abs=1e-9)
    assert yaw_rate == pytest.approx(speed * DEEPRACER.curvature(steering, speed), abs=1e-9)
    for (x, y), hinge, wheel in zip(DEEPRACER.wheels, HINGES, WHEELS[:2], strict=False):
        velocity = (forward - yaw_rate * y, yaw_rate * (x - DEEPRACER.rear_axle))
        rolling = WHEEL_RADIUS * commands[wheel]
        angle = commands[hinge]
        assert rolling * math.cos(angle) == pytest.approx(velocity[0], abs=1e-9)
        assert rolling * math.sin(angle) == pytest.approx(velocity[1], abs=1e-9)


@given(st.floats(0.05, math.radians(30.0)), SPEEDS)
def test_the_inner_wheel_is_steered_more_and_both_within_the_hinges_limits(
    steering: float, speed: float
) -> None:
    left = joint_commands(steering, speed)
    right = joint_commands(-steering, speed)
    inner, outer = (left[name] for name in HINGES)
    assert 1.0 > inner > outer > 0.0
    assert (right[HINGES[1]], right[HINGES[0]]) == pytest.approx((-inner, -outer))
    assert right[WHEELS[0]] == pytest.approx(left[WHEELS[1]])


def test_straight_on_is_the_speed_over_the_radius_on_all_four() -> None:
    commands = joint_commands(0.0, 1.8)
    assert [commands[name] for name in HINGES] == [0.0, 0.0]
    assert [commands[name] for name in WHEELS] == pytest.approx([1.8 / WHEEL_RADIUS] * 4)


def test_a_quarter_turn_by_hand() -> None:
    """At 0.5 m/s and 20 degrees the measured car turns about a point 0.646 m to its left."""
    radius = (0.22 + 0.06 * 0.25) / math.tan(math.radians(20.0))
    commands = joint_commands(math.radians(20.0), 0.5)
    wheelbase = 0.082311 + 0.081663
    assert commands[HINGES[0]] == pytest.approx(math.atan(wheelbase / (radius - 0.079601)))
    assert commands[HINGES[1]] == pytest.approx(math.atan(wheelbase / (radius + 0.079601)))
    assert commands[WHEELS[2]] == pytest.approx(0.5 * (radius - 0.08105) / radius / 0.036)


def steps(time: float) -> Action:
    angles = (0.0, 0.45, -0.3, 0.1)
    speeds = (1.0, 2.0, 1.5, 3.0)
    part = int(time / 0.75) % 4
    return Action(angles[part], speeds[part])


def ramps(time: float) -> Action:
    return Action(0.5 * math.sin(2.0 * time), 1.5 + math.cos(time))


def start_and_stop(time: float) -> Action:
    return Action(0.3, 2.5 if time < 1.5 else 0.0)


@pytest.mark.parametrize("wanted", [steps, ramps, start_and_stop])
def test_the_path_is_that_of_the_embedded_simulator(wanted: Callable[[float], Action]) -> None:
    plant = PlantCar(PlantSettings())
    actuation = Actuation(lead=PERIOD / 2.0)
    began = plant.motion()
    axle = np.array([DEEPRACER.rear_axle, 0.0])
    yaw, point = 0.0, axle.copy()
    for tick in range(300):
        pulses = CALIBRATION.pulses(wanted(tick * PERIOD))
        forward, yaw_rate = body_twist(actuation.commands_at(tick * PERIOD))
        plant.pulses(pulses)
        actuation.pulses(pulses)
        middle = yaw + yaw_rate * PERIOD / 2.0
        point += forward * PERIOD * np.array([math.cos(middle), math.sin(middle)])
        yaw += yaw_rate * PERIOD
        plant.advance(PERIOD)
    position = point - DEEPRACER.rear_axle * np.array([math.cos(yaw), math.sin(yaw)])
    ended = plant.motion()
    c, s = math.cos(began.yaw), math.sin(began.yaw)
    moved = np.array([ended.x - began.x, ended.y - began.y])
    there = np.array([c * moved[0] + s * moved[1], -s * moved[0] + c * moved[1]])
    assert np.linalg.norm(there) > 0.5
    assert math.dist(position, there) < 0.01
    assert math.remainder(ended.yaw - began.yaw - yaw, math.tau) == pytest.approx(0.0, abs=0.01)


def speed_of(commands: Mapping[str, float]) -> float:
    return body_twist(commands)[0]


class Clock:
    """Drives an actuation through simulated time."""

    def __init__(self, actuation: Actuation, time: float = 100.0) -> None:
        self.actuation, self.time = actuation, time
        self.commands = actuation.commands_at(time)

    def drive(self, seconds: float, pulses: Pulses | None = None) -> Mapping[str, float]:
        for _ in range(round(seconds / PERIOD)):
            if pulses:
                self.actuation.pulses(pulses)
            self.time += PERIOD
            self.commands = self.actuation.commands_at(self.time)
        return self.commands


def test_nothing_moves_before_the_first_pulse_nor_by_neutral_ones() -> None:
    clock = Clock(Actuation())
    assert set(clock.commands.values()) == {0.0}
    assert set(clock.drive(1.0).values()) == {0.0}
    assert set(clock.drive(1.0, CALIBRATION.neutral).values()) == {0.0}


@pytest.mark.parametrize("pulses", [None, CALIBRATION.neutral], ids=["silence", "neutral"])
def test_wheels_stop_in_silence_and_by_neutral_pulses(pulses: Pulses | None) -> None:
    clock = Clock(Actuation(timeout=TIMEOUT))
    assert speed_of(clock.drive(2.0, FORWARD)) == pytest.approx(1.0, rel=1e-3)
    if pulses is None:
        assert speed_of(clock.drive(TIMEOUT - 0.05)) == pytest.approx(1.0, rel=1e-3)
    assert abs(speed_of(clock.drive(2.5, pulses))) < 1e-4
    assert speed_of(clock.drive(1.0, FORWARD)) > 0.9


def test_a_steering_that_settles_stays() -> None:
    angle = math.radians(15.0)
    clock = Clock(Actuation())
    settled = dict(clock.drive(6.0, CALIBRATION.pulses(Action(angle, 0.0))))
    expected = joint_commands(angle, 0.0)
    for name in HINGES:
        assert settled[name] == pytest.approx(expected[name], abs=1e-5)
    assert clock.drive(4.0) == pytest.approx(settled, abs=1e-5)


def test_a_longer_pulse_steers_to_the_left() -> None:
    commands = Clock(Actuation()).drive(2.0, Pulses(1_700_000, FORWARD.throttle_ns))
    assert commands[HINGES[0]] > commands[HINGES[1]] > 0.2


def test_a_clock_that_stands_changes_nothing() -> None:
    clock = Clock(Actuation(timeout=TIMEOUT))
    driving = dict(clock.drive(2.0, FORWARD))
    for _ in range(1000):
        assert clock.actuation.commands_at(clock.time) == driving


def test_where_time_goes_back_the_car_stands_until_the_next_pulse() -> None:
    clock = Clock(Actuation())
    clock.drive(2.0, FORWARD)
    clock.time = 0.0
    assert set(clock.actuation.commands_at(0.0).values()) == {0.0}
    assert set(clock.drive(0.3).values()) == {0.0}
    assert speed_of(clock.drive(1.0, FORWARD)) > 0.9


def test_a_long_pause_between_two_ticks_is_silence() -> None:
    clock = Clock(Actuation(timeout=TIMEOUT))
    clock.drive(2.0, FORWARD)
    clock.time += 10.0
    assert abs(speed_of(clock.actuation.commands_at(clock.time))) < 1e-6


def test_a_car_that_is_held_hears_no_pulse() -> None:
    clock = Clock(Actuation())
    clock.drive(2.0, CALIBRATION.pulses(Action(0.3, 2.0)))
    clock.actuation.hold()
    assert clock.actuation.is_held
    assert set(clock.drive(0.5, FORWARD).values()) == {0.0}
    clock.actuation.release()
    assert set(clock.drive(0.5).values()) == {0.0}
    assert speed_of(clock.drive(1.0, FORWARD)) > 0.9
