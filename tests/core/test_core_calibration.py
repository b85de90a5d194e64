# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From actions to pulses and back, by value and by property; and the file that holds it."""

import dataclasses
import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deepracer_core.action_space import Action
from deepracer_core.aws_calibration import calibration_from_aws_json, calibration_to_aws_json
from deepracer_core.calibration import (
    STEERING_LIMITS_NS,
    STOCK_SPEED_CURVE,
    THROTTLE_LIMITS_NS,
    VEHICLES,
    AxisCalibration,
    Calibration,
)
from deepracer_core.errors import ActionError, CalibrationError
from deepracer_core.pulses import Pulses

STOCK = Calibration()
RIGHT, LEFT = -math.radians(30.0), math.radians(30.0)
AWS_FILE = {
    "Calibration": {
        "Motor": {"max": 1603500, "mid": 1446000, "min": 1311000, "polarity": -1},
        "Servo": {"max": 1700000, "mid": 1450000, "min": 1200000, "polarity": 1},
        "version": 1,
    }
}


@pytest.mark.parametrize(
    ("action", "pulses"),
    [
        (Action(0.0, 0.0), (1_450_000, 1_446_000)),
        (Action(LEFT, 4.0), (1_700_000, 1_311_000)),
        (Action(RIGHT, 1.0), (1_200_000, 1_381_875)),
        (Action(math.radians(15.0), 2.0), (1_575_000, 1_338_000)),
        (Action(math.radians(-15.0), 3.0), (1_325_000, 1_314_375)),
        (Action(0.0, 1.5), (1_450_000, 1_359_938)),
        (Action(0.0, -1.0), (1_450_000, 1_520_812)),
        (Action(0.0, -4.0), (1_450_000, 1_603_500)),
    ],
)
def test_pulses_of_the_stock_car(action, pulses):
    assert STOCK.pulses(action) == pulses


def test_beyond_the_curve_its_end_holds():
    assert STOCK.pulses(Action(2.0, 50.0)) == STOCK.pulses(Action(LEFT, 4.0))
    assert STOCK.pulses(Action(-2.0, -50.0)) == STOCK.pulses(Action(RIGHT, -4.0))


def test_the_maximum_speed_setting_multiplies_the_speed_only():
    assert STOCK.pulses(Action(LEFT, 4.0), 0.25) == STOCK.pulses(Action(LEFT, 1.0))
    assert STOCK.pulses(Action(0.0, 4.0), 0.0) == STOCK.neutral


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_actions_that_are_not_finite_are_refused(value):
    with pytest.raises(ActionError, match="finite"):
        STOCK.pulses(Action(value, 1.0))
    with pytest.raises(ActionError, match="finite"):
        STOCK.pulses(Action(0.0, value))


@st.composite
def axes(draw, limits_ns=THROTTLE_LIMITS_NS, curve=STOCK_SPEED_CURVE):
    pulses = st.integers(*limits_ns)
    low, mid, high = sorted(draw(st.tuples(pulses, pulses, pulses)))
    assume(mid - low > 1000 and high - mid > 1000)
    return AxisCalibration(low, mid, high, draw(st.sampled_from((-1, 1))), curve, limits_ns)


@given(axes(), st.floats(-4.0, 4.0))
def test_a_pulse_stands_for_the_value_that_made_it(axis, speed):
    # Pulses are whole ns; the steepest part of the curve, 1 m/s for 0.025 of 1000 ns, is coarse.
    span = min(axis.max_ns - axis.mid_ns, axis.mid_ns - axis.min_ns)
    assert axis.value(axis.pulse_ns(speed)) == pytest.approx(speed, abs=0.5 / span / 0.025 + 1e-9)


@given(axes(), st.floats(-10.0, 10.0), st.floats(-10.0, 10.0))
def test_pulses_stay_in_bounds_and_rise_with_the_polarity(axis, one, other):
    slower, faster = sorted((one, other))
    pulses = axis.pulse_ns(slower), axis.pulse_ns(faster)
    assert all(axis.min_ns <= pulse <= axis.max_ns for pulse in pulses)
    assert axis.polarity * (pulses[1] - pulses[0]) >= 0


@given(axes(), st.floats(-4.0, 4.0))
def test_the_opposite_polarity_mirrors_the_deflection(axis, speed):
    mirrored = dataclasses.replace(axis, polarity=-axis.polarity)
    assert mirrored.pulse_ns(-speed) == axis.pulse_ns(speed)


@given(axes())
def test_standing_is_neutral(axis):
    assert axis.pulse_ns(0.0) == axis.mid_ns
    assert axis.value(axis.mid_ns) == 0.0


@given(st.floats(RIGHT, LEFT), st.floats(-4.0, 4.0))
def test_actions_survive_the_stock_pulses(steering, speed):
    action = STOCK.action(STOCK.pulses(Action(steering, speed)))
    assert action.steering_angle == pytest.approx(steering, abs=2e-6)
    assert action.speed == pytest.approx(speed, abs=2e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"min_ns": 1_446_000}, "must rise"),
        ({"max_ns": 1_446_000}, "must rise"),
        ({"min_ns": 1_274_999}, "lie in 1275000 to 1725000 ns"),
        ({"max_ns": 1_725_001}, "lie in 1275000 to 1725000 ns"),
        ({"polarity": 0}, "polarity is 0, allowed is 1 or -1"),
        ({"curve": ((-1.0, -1.0), (0.0, 0.0), (0.0, 1.0))}, "must rise"),
        ({"curve": ((-1.0, -1.0), (0.0, 0.0), (1.0, 0.0))}, "must rise"),
        ({"curve": ((-1.0, -1.0), (0.0, 0.1), (1.0, 1.0))}, r"through \(0, 0\)"),
        ({"curve": ((-1.0, -1.0), (0.0, 0.0), (1.0, 1.1))}, "within -1 to 1"),
        ({"curve": ((-1.0, -1.0), (0.0, 0.0), (math.nan, 1.0))}, "must rise"),
        ({"curve": ((-1.0, -1.0), (0.0, 0.0), (math.inf, 1.0))}, "must rise"),
        ({"curve": ((0.0, 0.0), (1e-5, 0.5), (1.0, 1.0))}, "by 0.0001 or more"),
        ({"curve": ((0.0, 0.0), (1.0, 0.5), (2.0, 0.50001))}, "by 0.0001 or more"),
        ({"curve": ((0.0, 0.0),)}, "1 points, allowed are 2 to 64"),
        ({"curve": tuple((i / 10, i / 65) for i in range(65))}, "65 points"),
    ],
)
def test_a_calibration_that_could_hurt_is_refused(change, message):
    with pytest.raises(CalibrationError, match=message):
        dataclasses.replace(STOCK.throttle, **change)


@pytest.mark.parametrize(
    ("axis", "ends", "message"),
    [
        ("steering", (-30.0, 30.0), "steering: the curve goes from -30 to 30 rad"),
        ("steering", (-0.5, 0.01), "between 0.05 and 1.05 rad on both sides"),
        ("throttle", (-4.0, 0.01), "throttle: the curve goes from -4 to 0.01 m/s"),
        ("throttle", (-4.0, 4000.0), "must end between 0.1 and 20 m/s"),
    ],
)
def test_a_curve_in_another_unit_is_refused(axis, ends, message):
    curve = ((ends[0], -1.0), (0.0, 0.0), (ends[1], 1.0))
    changed = dataclasses.replace(getattr(STOCK, axis), curve=curve)
    with pytest.raises(CalibrationError, match=message):
        dataclasses.replace(STOCK, **{axis: changed})


def test_steering_needs_both_sides_but_not_every_car_reverses():
    one_way = ((0.0, 0.0), (1.0, 1.0))
    with pytest.raises(CalibrationError, match="steering"):
        dataclasses.replace(STOCK, steering=dataclasses.replace(STOCK.steering, curve=one_way))
    throttle = dataclasses.replace(STOCK.throttle, curve=one_way)
    car = dataclasses.replace(STOCK, throttle=throttle)
    assert car.pulses(Action(0.0, -1.0)) == car.neutral


def test_what_was_not_reached_is_not_extrapolated():
    throttle = dataclasses.replace(STOCK.throttle, curve=((-1.0, -0.2), (0.0, 0.0), (1.0, 0.5)))
    assert throttle.pulse_ns(9.0) == throttle.deflection_pulse_ns(0.5)
    assert throttle.pulse_ns(-9.0) == throttle.deflection_pulse_ns(-0.2)


def test_the_profiles():
    assert VEHICLES["deepracer"] == STOCK
    hobby = VEHICLES["hobby"].throttle
    assert (hobby.min_ns, hobby.mid_ns, hobby.max_ns, hobby.polarity) == (
        1_400_000,
        1_500_000,
        1_600_000,
        1,
    )
    for profile in VEHICLES.values():
        for axis in (profile.steering, profile.throttle):
            low, high = axis.limits_ns
            assert low < axis.min_ns and axis.max_ns < high  # There is room to look for others.


def test_the_aws_file_of_the_stock_car_is_read_and_written():
    assert calibration_from_aws_json(json.dumps(AWS_FILE)) == STOCK
    assert json.loads(calibration_to_aws_json(STOCK)) == AWS_FILE


@given(axes(), st.sampled_from((-1, 1)))
def test_the_aws_file_keeps_pulses_and_polarity(throttle, polarity):
    steering = AxisCalibration(
        1_100_000, 1_500_000, 1_900_000, polarity, STOCK.steering.curve, STEERING_LIMITS_NS
    )
    calibration = Calibration(steering, throttle)
    assert calibration_from_aws_json(calibration_to_aws_json(calibration)) == calibration


def altered(axis: str, **fields) -> str:
    content = json.loads(json.dumps(AWS_FILE))
    content["Calibration"][axis].update(fields)
    return json.dumps(content)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"Calibration": null}',
        '{"Calibration": {"Motor": {}, "Servo": {}}}',
        "[" * 100_000,
        altered("Motor", mid=None),
        altered("Motor", mid="1446000"),
        altered("Motor", mid=1446000.5),
        altered("Motor", polarity=True),
        altered("Motor", polarity=2),
        altered("Motor", min=1_500_000),
        altered("Servo", max=2_000_001),
        altered("Servo", min=-1),
        altered("Servo", max=10**400),
        json.dumps({"Calibration": {**AWS_FILE["Calibration"], "version": 2}}),
        json.dumps({"Calibration": [1, 2]}),
    ],
)
def test_a_damaged_file_is_refused(text):
    with pytest.raises(CalibrationError):
        calibration_from_aws_json(text)


def test_the_aws_file_of_another_vehicle_is_read_within_its_bounds():
    text = altered("Motor", min=1_000_000, max=2_000_000)
    with pytest.raises(CalibrationError, match="Motor: .* 1275000 to 1725000 ns"):
        calibration_from_aws_json(text)
    hobby = calibration_from_aws_json(text, VEHICLES["hobby"])
    assert (hobby.throttle.min_ns, hobby.throttle.max_ns) == (1_000_000, 2_000_000)
    assert hobby.throttle.curve == VEHICLES["hobby"].throttle.curve


def test_the_oldest_aws_files_have_no_version():
    axes = {name: AWS_FILE["Calibration"][name] for name in ("Motor", "Servo")}
    assert calibration_from_aws_json(json.dumps({"Calibration": axes})) == STOCK


def test_neutral_is_straight_and_off():
    assert STOCK.neutral == Pulses(1_450_000, 1_446_000) == STOCK.pulses(Action(0.0, 0.0))
