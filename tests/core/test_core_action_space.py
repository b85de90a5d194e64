# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.action_space import (
    Action,
    ContinuousActionSpace,
    DiscreteActionSpace,
    parse_continuous,
    parse_discrete,
)
from deepracer_core.errors import ActionError, ModelError

LEFT, AHEAD, RIGHT = Action(0.5, 1.0), Action(0.0, 2.0), Action(-0.5, 1.0)
SPACE = DiscreteActionSpace((LEFT, AHEAD, RIGHT))
CLIP = ContinuousActionSpace(-0.4, 0.5, 1.0, 3.0)
TANH = ContinuousActionSpace(-0.4, 0.5, 1.0, 3.0, "tanh")

degrees = st.floats(-30.0, 30.0)
speeds = st.floats(0.0, 4.0)
outputs = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("values", "index"),
    [((0.2, 0.5, 0.3), 1), ((0.9, 0.05, 0.05), 0), ((0.4, 0.2, 0.4), 0), ((-3.0, -2.0, -1.0), 2)],
)
def test_discrete_takes_the_first_of_the_most_probable(values, index):
    decision = SPACE.decode(np.array(values, np.float32))
    assert decision.action == SPACE.actions[index]
    assert decision.index == index


@pytest.mark.parametrize(
    ("means", "steering", "speed"),
    [
        ((0.0, 0.0), 0.05, 2.0),
        ((1.0, -1.0), 0.5, 1.0),
        ((-1.0, 1.0), -0.4, 3.0),
        ((9.0, -9.0), 0.5, 1.0),
        ((0.5, 0.25), 0.275, 2.25),
    ],
)
def test_clipped_means_scale_to_the_bounds(means, steering, speed):
    decision = CLIP.decode(means)
    assert decision.action.steering_angle == pytest.approx(steering)
    assert decision.action.speed == pytest.approx(speed)
    assert decision.index == -1


def test_sac_means_are_squashed_before_they_scale():
    action = TANH.decode((0.5, -2.0)).action
    assert action.steering_angle == pytest.approx(-0.4 + (math.tanh(0.5) + 1.0) / 2.0 * 0.9)
    assert action.speed == pytest.approx(1.0 + (math.tanh(-2.0) + 1.0) / 2.0 * 2.0)


@pytest.mark.parametrize("space", [SPACE, CLIP, TANH])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_are_refused(space, bad):
    values = np.zeros(space.output_count)
    values[-1] = bad
    with pytest.raises(ActionError, match="NaN or infinity"):
        space.decode(values)


@pytest.mark.parametrize("space", [SPACE, CLIP, TANH])
@pytest.mark.parametrize("shape", [(0,), (1,), (4,), (1, 3), (2, 1), ()])
def test_a_wrong_length_is_refused(space, shape):
    with pytest.raises(ActionError, match="policy output has shape"):
        space.decode(np.zeros(shape))


@given(st.lists(outputs, min_size=2, max_size=2), st.sampled_from([CLIP, TANH]))
def test_every_finite_output_is_within_the_bounds(means, space):
    action = space.decode(np.array(means, np.float32)).action
    assert -0.4 <= action.steering_angle <= 0.5 + 1e-12
    assert 1.0 <= action.speed <= 3.0 + 1e-12


@given(st.lists(outputs, min_size=3, max_size=3))
def test_every_finite_output_is_one_of_the_actions(values):
    decision = SPACE.decode(np.array(values, np.float32))
    assert decision.action is SPACE.actions[decision.index]
    assert values[decision.index] == max(values)


@pytest.mark.parametrize("index", [-1, 3, 2**31 - 1])
def test_an_index_beyond_the_list_is_refused(index):
    assert SPACE.action(2) == RIGHT
    with pytest.raises(ActionError, match="0 to 2"):
        SPACE.action(index)


@given(st.lists(st.tuples(degrees, speeds), min_size=1, max_size=40))
def test_a_discrete_space_survives_its_file_format(entries):
    written = [{"steering_angle": angle, "speed": speed} for angle, speed in entries]
    space = parse_discrete(written)
    again = parse_discrete(space.to_json())
    assert again.output_count == space.output_count == len(entries)
    for one, two, (angle, speed) in zip(space.actions, again.actions, entries, strict=True):
        assert one.steering_angle == pytest.approx(math.radians(angle))
        assert two.steering_angle == pytest.approx(one.steering_angle, abs=1e-7)
        assert one.speed == two.speed == speed


def test_a_continuous_space_survives_its_file_format():
    written = {"steering_angle": {"low": -25, "high": 30}, "speed": {"low": "0.5", "high": 4}}
    space = parse_continuous(written, "clip")
    assert space.steering_low == pytest.approx(math.radians(-25.0))
    assert (space.speed_low, space.speed_high) == (0.5, 4.0)
    assert parse_continuous(space.to_json(), "clip") == space


def entry(**fields):
    return {"steering_angle": 0.0, "speed": 1.0, **fields}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([], "must be a list"),
        ("none", "must be a list"),
        ([{"speed": 1.0}], r"action_space\[0\] needs steering_angle and speed"),
        ([entry(), 7], r"action_space\[1\] needs"),
        ([entry(steering_angle=31)], r"action_space\[0\].steering_angle is 31.*-30 to 30"),
        ([entry(speed=4.5)], r"action_space\[0\].speed is 4.5.*0 to 4"),
        ([entry(speed=-1)], "speed is -1"),
        ([entry(speed=math.nan)], "finite number"),
        ([entry(speed=math.inf)], "finite number"),
        ([entry(speed="fast")], "'fast'"),
        ([entry(speed="nan")], "finite number"),
        ([entry(speed=True)], "finite number"),
        ([entry(speed=None)], "finite number"),
        ([entry(speed=[1.0])], "finite number"),
        ([entry(index=1)], r"index is 1, its place in the list is 0"),
        ([entry(speed=10**400)], "speed"),
    ],
)
def test_a_wrong_discrete_space_is_refused_by_name(entries, words):
    with pytest.raises(ModelError, match=words):
        parse_discrete(entries)


def bounds(steering=(-30, 30), speed=(0.5, 2.0)):
    names = ("low", "high")
    return {
        "steering_angle": dict(zip(names, steering, strict=True)),
        "speed": dict(zip(names, speed, strict=True)),
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ([], "steering_angle and speed"),
        ({}, "action_space.steering_angle needs low and high"),
        ({"steering_angle": {"low": 1, "high": 2}}, "action_space.speed needs"),
        ({"steering_angle": {"low": 1}, "speed": {}}, "needs low and high"),
        (bounds(steering=(30, -30)), "steering_angle: low must be below high"),
        (bounds(speed=(2.0, 2.0)), "speed: low must be below high"),
        (bounds(speed=(-1.0, 2.0)), "low.speed is -1.0"),
        (bounds(steering=(-90, 30)), "low.steering_angle is -90"),
        (bounds(speed=(0.5, math.nan)), "finite number"),
    ],
)
def test_wrong_continuous_bounds_are_refused_by_name(written, words):
    with pytest.raises(ModelError, match=words):
        parse_continuous(written, "clip")
