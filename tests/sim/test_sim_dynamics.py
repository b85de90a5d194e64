# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The car's motion: steady states and transients by value, and against logged runs."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_sim.dynamics import SPEED, STEERING, YAW, advance, parameters

PROMPT = replace(DEEPRACER, steering_lag=0.0, speed_lag=0.0, max_acceleration=1e9, max_braking=1e9)


def drive(
    vehicle: VehicleSpec,
    steering: float,
    speed: float,
    time: float,
    step: float = 0.01,
    rolling: bool = False,
) -> np.ndarray:
    """Return the state after driving from rest at the origin, or rolling as commanded already."""
    state = np.array([[0.0, 0.0, 0.0, speed, steering]]) * rolling
    for _ in range(round(time / step)):
        advance(state, np.array([[steering, speed]]), parameters(vehicle, 1), step)
    return state[0]


def test_straight_ahead() -> None:
    x, y, yaw, speed, _ = drive(PROMPT, 0.0, 1.5, 2.0, rolling=True)
    assert (x, y, yaw, speed) == pytest.approx((3.0, 0.0, 0.0, 1.5))


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0, -1.0])
def test_the_rear_axle_draws_the_circle_that_the_curvature_says(speed: float) -> None:
    steering = 0.3
    radius = 1.0 / PROMPT.curvature(steering, speed)
    x, y, yaw, _, _ = drive(PROMPT, steering, speed, 0.8, rolling=True)
    expected = speed * 0.8 / radius
    assert yaw == pytest.approx(expected, rel=1e-4)
    rear = np.array([x, y]) + PROMPT.rear_axle * np.array([np.cos(yaw), np.sin(yaw)])
    centre = np.array([PROMPT.rear_axle, radius])
    assert np.hypot(*(rear - centre)) == pytest.approx(radius, rel=1e-4)


def test_steering_for_inverts_curvature() -> None:
    assert DEEPRACER.steering_for(DEEPRACER.curvature(0.4, 1.7), 1.7) == pytest.approx(0.4)


def test_faster_turns_wider() -> None:
    assert DEEPRACER.curvature(0.5, 2.0) < DEEPRACER.curvature(0.5, 1.0)


def test_lags_close_63_percent_in_one_time_constant() -> None:
    gentle = replace(PROMPT, steering_lag=0.2, speed_lag=0.1)
    assert drive(gentle, 0.5, 0.0, 0.2)[STEERING] == pytest.approx(0.5 * (1 - np.exp(-1)))
    assert drive(gentle, 0.0, 1.0, 0.1)[SPEED] == pytest.approx(1 - np.exp(-1))


def test_acceleration_and_braking_are_limited() -> None:
    limited = replace(PROMPT, max_acceleration=3.0, max_braking=4.0)
    state = np.zeros((1, 5))
    advance(state, np.array([[0.0, 4.0]]), parameters(limited, 1), 0.5)
    assert state[0, SPEED] == pytest.approx(1.5)
    advance(state, np.array([[0.0, 0.0]]), parameters(limited, 1), 0.1)
    assert state[0, SPEED] == pytest.approx(1.1)


@given(st.floats(-0.5, 0.5), st.floats(-2.0, 4.0))
def test_results_hardly_depend_on_the_frame_rate(steering: float, speed: float) -> None:
    coarse = drive(DEEPRACER, steering, speed, 1.0, step=1 / 15)
    fine = drive(DEEPRACER, steering, speed, 1.0, step=1 / 240)
    apart = coarse - fine
    apart[YAW] = (apart[YAW] + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(apart).max() < 0.02


def test_one_car_moves_as_in_a_batch_to_the_bit() -> None:
    generator = np.random.default_rng(0)
    state = generator.normal(0.0, 1.0, (64, 5))
    commands = generator.normal(0.0, 0.5, (64, 2))
    alone = state.copy()
    advance(state, commands, parameters(DEEPRACER, 64), 1 / 15)
    for i in range(64):
        advance(alone[i : i + 1], commands[i : i + 1], parameters(DEEPRACER, 1), 1 / 15)
    np.testing.assert_array_equal(state, alone)


def test_a_logged_second_is_predicted_to_a_quarter_of_a_metre(shared: Path) -> None:
    """From every row of a logged run, play the next 15 actions: row k's action acts in row k+1."""
    misses = []
    for file in sorted((shared / "oracle" / "training-simtrace").glob("*.csv")):
        with file.open() as lines:
            rows = [r for r in csv.DictReader(lines) if r["episode_status"] != "prepare"]
        for episode in sorted({r["episode"] for r in rows}):
            misses += prediction_misses([r for r in rows if r["episode"] == episode])
    assert len(misses) > 500
    assert np.sqrt(np.mean(np.square(misses))) < 0.25


def prediction_misses(rows: list[dict[str, str]], horizon: int = 15) -> list[float]:
    names = ("X", "Y", "yaw", "steer", "throttle", "tstamp")
    x, y, yaw, steer, speed, time = np.array([[float(r[n]) for n in names] for r in rows]).T
    front = np.stack((x, y), axis=1)
    heading = np.radians(yaw)
    base = front - DEEPRACER.front_point * np.stack((np.cos(heading), np.sin(heading)), axis=1)
    actions = np.stack((np.radians(steer), speed), axis=1)
    # Wheel angle and speed are not logged: they follow from the actions since the episode began.
    hidden = np.zeros((len(rows), 5))
    for k in range(1, len(rows)):
        hidden[k] = hidden[k - 1]
        advance(
            hidden[k : k + 1], actions[k - 1 : k], parameters(DEEPRACER, 1), time[k] - time[k - 1]
        )
    starts = range(len(rows) - horizon)
    state = np.array([[*base[k], heading[k], *hidden[k, 3:]] for k in starts]).reshape(-1, 5)
    for k, row in enumerate(state):
        for j in range(k, k + horizon):
            step = (row[None], actions[j : j + 1], parameters(DEEPRACER, 1))
            advance(*step, time[j + 1] - time[j])
    ends = base[horizon:]
    return list(np.hypot(*(state[:, :2] - ends[: len(state)]).T)) if len(state) else []
