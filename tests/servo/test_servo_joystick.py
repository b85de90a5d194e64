# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.action_space import MAX_SPEED, MAX_STEERING
from deepracer_core.errors import ActionError, ConfigError
from deepracer_servo.joystick import JoyCommand, JoySettings, Joystick, shape_stick

SETTINGS = JoySettings(joy_dead_zone=0.1, joy_expo=0.0, joy_max_angle=0.5, joy_max_speed=2.0)
DEFLECTION = st.floats(-1.0, 1.0)
DEAD_ZONE = st.floats(0.0, 0.9)
EXPO = st.floats(0.0, 1.0)


def state(steering: float = 0.0, throttle: float = 0.0, held: bool = True) -> tuple:
    """Axes and buttons as an Xbox pad on a cable has them, triggers at rest."""
    axes = [steering, throttle, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    buttons = [0] * 11
    buttons[5] = int(held)
    return axes, buttons


class Reader:
    """A joystick whose messages come 50 ms apart."""

    def __init__(self, settings: JoySettings) -> None:
        self.joystick = Joystick(settings, longest_gap=0.15)
        self.now = 0.0

    def read(self, axes: list[float], buttons: list[int], after: float = 0.05) -> JoyCommand:
        self.now += after
        return self.joystick.read(axes, buttons, self.now)


def drive(steering: float, throttle: float, settings: JoySettings = SETTINGS) -> JoyCommand:
    joystick = Reader(settings)
    joystick.read(*state())
    return joystick.read(*state(steering, throttle))


@given(DEFLECTION, DEAD_ZONE, EXPO)
def test_a_stick_is_odd_and_stays_in_range(value: float, dead_zone: float, expo: float) -> None:
    shaped = shape_stick(value, dead_zone, expo)
    assert -1.0 <= shaped <= 1.0
    assert shape_stick(-value, dead_zone, expo) == -shaped
    assert shaped == 0.0 or abs(value) > dead_zone and (shaped > 0.0) == (value > 0.0)


@given(DEFLECTION, DEFLECTION, DEAD_ZONE, EXPO)
def test_a_stick_rises(first: float, second: float, dead_zone: float, expo: float) -> None:
    low, high = sorted((first, second))
    assert shape_stick(low, dead_zone, expo) <= shape_stick(high, dead_zone, expo)


@given(DEAD_ZONE, EXPO)
def test_a_stick_starts_from_nothing_and_reaches_all(dead_zone: float, expo: float) -> None:
    assert shape_stick(dead_zone, dead_zone, expo) == 0.0
    assert shape_stick(dead_zone + 1e-6, dead_zone, expo) < 1.1e-5
    assert shape_stick(1.0, dead_zone, expo) == pytest.approx(1.0, abs=1e-12)
    assert shape_stick(1e30, dead_zone, expo) == shape_stick(1.0, dead_zone, expo)


def test_expo_is_gentle_around_the_centre_and_reaches_the_same_end() -> None:
    assert shape_stick(0.5, 0.0, 0.0) == 0.5
    assert shape_stick(0.5, 0.0, 1.0) == 0.125
    assert shape_stick(0.5, 0.0, 0.5) == 0.3125


def test_left_and_up_are_positive_and_full_stick_is_full_scale() -> None:
    assert drive(1.0, 1.0).action == (0.5, 2.0)
    assert drive(-1.0, -1.0).action == (-0.5, -2.0)
    assert drive(0.55, 0.0).action == pytest.approx((0.25, 0.0))


def test_axes_can_be_chosen_and_turned_round() -> None:
    settings = JoySettings(
        joy_steering_axis=3, joy_throttle_axis=4, joy_steering_inverted=True, joy_expo=0.0
    )
    joystick = Reader(settings)
    axes, buttons = state()
    joystick.read(axes, buttons)
    axes[3], axes[4] = 1.0, 0.55
    assert joystick.read(axes, buttons).action == pytest.approx((-MAX_STEERING, 0.5))
    backwards = JoySettings(joy_throttle_inverted=True, joy_max_speed=MAX_SPEED)
    assert drive(0.0, 1.0, backwards).action == (0.0, -MAX_SPEED)


def test_the_car_stands_as_soon_as_the_button_is_released() -> None:
    joystick = Reader(SETTINGS)
    joystick.read(*state())
    assert joystick.read(*state(throttle=1.0)).action
    released = joystick.read(*state(throttle=1.0, held=False))
    assert released.action is None
    assert "enable button (5) is not held" in released.reason


def test_the_button_alone_does_not_make_the_car_leap() -> None:
    joystick = Reader(SETTINGS)
    joystick.read(*state(throttle=1.0, held=False))
    pressed = joystick.read(*state(throttle=1.0))
    assert pressed.action is None and "let go of the throttle stick" in pressed.reason
    assert joystick.read(*state(throttle=0.05)).action == (0.0, 0.0)
    assert joystick.read(*state(throttle=1.0)).action == (0.0, 2.0)


def test_a_trigger_taken_for_a_stick_never_drives() -> None:
    joystick = Reader(JoySettings(joy_throttle_axis=5))
    for held in (False, True, False, True):
        assert joystick.read(*state(held=held)).action is None


def test_steering_may_be_held_while_the_button_is_pressed() -> None:
    assert Reader(SETTINGS).read(*state(steering=1.0)).action == (0.5, 0.0)


@pytest.mark.parametrize(
    ("steering", "throttle", "touched"),
    [(0.0, 0.0, False), (0.1, -0.1, False), (0.11, 0.0, True), (0.0, -0.11, True)],
)
@pytest.mark.parametrize("held", [False, True])
def test_a_touch_is_a_stick_beyond_its_dead_zone(
    steering: float, throttle: float, touched: bool, held: bool
) -> None:
    assert Reader(SETTINGS).read(*state(steering, throttle, held)).touched == touched


@pytest.mark.parametrize(
    ("axes", "buttons", "words"),
    [
        ([], [], "0 axes, but joy_steering_axis is 0"),
        ([0.0], [0] * 11, "1 axes, but joy_throttle_axis is 1"),
        ([0.0, 0.0], [0] * 5, "5 buttons, but joy_enable_button is 5"),
        ([math.nan, 0.0], [0] * 11, "axis 0 is nan"),
        ([0.0, -math.inf], [0] * 11, "axis 1 is -inf"),
    ],
)
def test_a_message_that_cannot_be_read_says_why_and_ends_driving(
    axes: list[float], buttons: list[int], words: str
) -> None:
    joystick = Reader(SETTINGS)
    joystick.read(*state())
    with pytest.raises(ActionError, match=words.replace("(", r"\(")):
        joystick.read(axes, buttons)
    assert joystick.read(*state(throttle=1.0)).action is None


@given(st.lists(st.floats(), max_size=4), st.lists(st.integers(-(2**31), 2**31 - 1), max_size=8))
def test_whatever_arrives_is_in_range_or_refused(axes: list[float], buttons: list[int]) -> None:
    joystick = Reader(SETTINGS)
    joystick.read(*state())
    try:
        action = joystick.read(axes, buttons).action
    except ActionError:
        return
    if action is not None:
        assert buttons[5] != 0
        assert abs(action.steering_angle) <= 0.5 and abs(action.speed) <= 2.0


def test_the_defaults_drive_gently_and_need_the_button() -> None:
    assert drive(1.0, 1.0, JoySettings()).action == (MAX_STEERING, 1.0)
    assert Reader(JoySettings()).read(*state(throttle=1.0, held=False)).action is None


def test_every_setting_is_described_and_has_its_prefix() -> None:
    for entry in fields(JoySettings):
        assert entry.name.startswith("joy_") and entry.metadata["description"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"joy_enable_button": -1}, "joy_enable_button is -1"),
        ({"joy_steering_axis": -1}, "joy_steering_axis is -1"),
        ({"joy_dead_zone": 1.0}, "joy_dead_zone is 1.0"),
        ({"joy_expo": math.nan}, "joy_expo is nan"),
        ({"joy_max_speed": 4.1}, "joy_max_speed is 4.1"),
        ({"joy_max_angle": 0.0}, "joy_max_angle is 0.0"),
        ({"joy_throttle_axis": 0}, "are the same"),
    ],
)
def test_a_setting_nobody_could_drive_with_is_refused(
    values: dict[str, float], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        JoySettings(**values)


def test_after_a_gap_driving_starts_from_a_stick_at_rest_again():
    joystick = Reader(SETTINGS)
    joystick.read(*state())
    assert joystick.read(*state(throttle=1.0)).action == (0.0, 2.0)
    assert joystick.read(*state(throttle=1.0), after=0.2).action is None
    assert joystick.read(*state()).action == (0.0, 0.0)
    assert joystick.read(*state(throttle=1.0)).action == (0.0, 2.0)


def test_after_a_reset_too():
    joystick = Reader(SETTINGS)
    joystick.read(*state())
    joystick.joystick.reset()
    assert joystick.read(*state(throttle=1.0)).action is None
