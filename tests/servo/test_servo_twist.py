# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Twists as actions: the car turns at the yaw rate that was asked for, where it can."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.action_space import Action
from deepracer_core.vehicle import DEEPRACER
from deepracer_servo.twist import twist_action


@given(st.floats(0.01, 4.0), st.floats(-10.0, 10.0), st.sampled_from((-1, 1)))
def test_the_yaw_rate_is_that_of_the_twist(speed, yaw_rate, direction):
    action = twist_action(DEEPRACER, direction * speed, yaw_rate)
    assert action.speed == direction * speed
    curvature = DEEPRACER.curvature(action.steering_angle, action.speed)
    assert curvature * action.speed == pytest.approx(yaw_rate, rel=1e-9, abs=1e-9)


def test_left_is_positive_forwards_and_the_wheels_turn_right_to_go_left_backwards():
    assert twist_action(DEEPRACER, 1.0, 0.5).steering_angle > 0.0
    assert twist_action(DEEPRACER, -1.0, 0.5).steering_angle < 0.0


def test_without_speed_the_wheels_stay_straight():
    assert twist_action(DEEPRACER, 0.0, 3.0) == Action(0.0, 0.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_stays_so(bad):
    for twist in ((bad, 1.0), (1.0, bad), (0.0, bad)):
        assert not all(math.isfinite(value) for value in twist_action(DEEPRACER, *twist))


def test_tiny_speeds_and_huge_rates_do_not_overflow():
    assert math.isfinite(twist_action(DEEPRACER, 1e-300, 1e300).steering_angle)


@given(st.floats(), st.floats())
def test_no_twist_is_an_error(linear_x, angular_z):
    action = twist_action(DEEPRACER, linear_x, angular_z)
    assert math.isnan(action.speed) or abs(action.speed) == abs(linear_x)
