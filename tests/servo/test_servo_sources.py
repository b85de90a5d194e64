# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Sources with more to say than a command: a frozen picture, and a gamepad that takes over."""

import dataclasses
import math

import pytest

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode
from deepracer_servo.freshness import Moment, Refusal
from deepracer_servo.joystick import JoyCommand
from deepracer_servo.settings import ServoSettings

MS = 1_000_000
MODEL = "a" * 64
ONE_ACTION = '{"action_space": [{"steering_angle": 0, "speed": 1}]}'
NEUTRAL = Calibration().neutral
FORWARD = Calibration().pulses(Action(0.0, 1.0))
PRESSED = JoyCommand(Action(0.0, 1.0), "", touched=True)
RELEASED = JoyCommand(None, "joy: the enable button (5) is not held", touched=False)
TOUCHED = JoyCommand(None, "joy: the enable button (5) is not held", touched=True)


def at(milliseconds: float) -> Moment:
    return Moment(10**18 + round(milliseconds * MS), round(milliseconds * MS))


def in_mode(mode: Mode, **settings: object) -> DriveControl:
    control = DriveControl(dataclasses.replace(ServoSettings(), **settings), Calibration())
    control.output(at(0))
    control.set_model(MODEL, ONE_ACTION)
    control.set_mode(mode)
    return control


def see(control: DriveControl, milliseconds: float, unchanged: float) -> bool:
    """Give the output for a picture; return whether the car drives by it."""
    now = at(milliseconds)
    control.policy_output(now.ros_ns, MODEL, [1.0], 0, now, unchanged)
    return control.output(now).status.enabled


def test_a_frozen_picture_stops_the_car_and_says_so_until_it_changes():
    control = in_mode(Mode.AUTONOMOUS)
    assert all(see(control, ms, 0.0) for ms in range(66, 600, 66))
    assert see(control, 660, 0.066)
    assert not see(control, 726, 0.132)
    assert "the picture does not change" in control.output(at(727)).status.stop_reason
    assert control.refusals == {Refusal.PICTURE: 1}
    assert not any(see(control, ms, (ms - 594) / 1000) for ms in range(792, 3000, 66))
    assert see(control, 3036, 0.0)


def test_no_car_starts_by_a_frozen_picture():
    control = in_mode(Mode.AUTONOMOUS)
    assert not any(see(control, ms, 60.0) for ms in range(66, 2000, 66))


def test_no_interruption_makes_a_frozen_picture_good():
    control = in_mode(Mode.AUTONOMOUS)
    for number, ms in enumerate(range(66, 3000, 33)):
        if number % 8 == 7:
            control.policy_output(at(ms).ros_ns, MODEL, [math.nan], 0, at(ms), 10.0)
        assert not see(control, ms + 1, 10.0)


def test_nobody_looks_at_the_picture_where_the_limit_is_zero():
    control = in_mode(Mode.AUTONOMOUS, frozen_picture_limit=0.0)
    assert all(see(control, ms, math.nan) for ms in range(66, 2000, 66))


def test_a_time_that_is_no_number_counts_as_frozen():
    control = in_mode(Mode.AUTONOMOUS)
    assert not see(control, 66, math.nan)


def joy(control: DriveControl, milliseconds: float, command: JoyCommand) -> None:
    control.joystick(at(milliseconds).ros_ns, command, at(milliseconds))


def test_a_gamepad_drives_and_its_button_let_go_stops_at_once():
    control = in_mode(Mode.MANUAL)
    joy(control, 10, PRESSED)
    assert control.output(at(11)).pulses == FORWARD
    joy(control, 20, RELEASED)
    assert control.output(at(20)).pulses == NEUTRAL
    assert control.output(at(20)).status.stop_reason == RELEASED.reason


def test_a_gamepad_that_falls_silent_stops_within_the_time_to_live():
    control = in_mode(Mode.MANUAL)
    joy(control, 10, PRESSED)
    assert control.output(at(160)).pulses == FORWARD
    assert control.output(at(161)).pulses == NEUTRAL


def test_an_idle_gamepad_does_not_disturb_another_source():
    control = in_mode(Mode.MANUAL)
    control.manual_command("drive", at(10).ros_ns, Action(0.0, 1.0), at(10))
    joy(control, 20, RELEASED)
    assert control.output(at(21)).pulses == FORWARD


def test_a_touched_stick_takes_over_from_the_policy():
    control = in_mode(Mode.AUTONOMOUS)
    assert see(control, 66, 0.0)
    joy(control, 70, RELEASED)
    assert control.mode is Mode.AUTONOMOUS
    joy(control, 80, TOUCHED)
    assert control.mode is Mode.MANUAL
    assert control.output(at(81)).pulses == NEUTRAL
    joy(control, 90, PRESSED)
    assert control.output(at(91)).pulses == FORWARD


def test_after_a_person_took_over_no_planner_drives_until_a_mode_is_set():
    control = in_mode(Mode.AUTONOMOUS)
    joy(control, 80, TOUCHED)
    control.manual_command("cmd_vel", at(90).ros_ns, Action(0.0, 1.0), at(90))
    assert control.output(at(91)).pulses == NEUTRAL
    control.set_mode(Mode.MANUAL)
    control.manual_command("cmd_vel", at(100).ros_ns, Action(0.0, 1.0), at(100))
    assert control.output(at(101)).pulses == FORWARD


def test_the_silence_after_a_refusal_becomes_the_reason_to_stand():
    control = in_mode(Mode.AUTONOMOUS)
    control.policy_output(at(10).ros_ns, MODEL, [math.nan], 0, at(10))
    assert "NaN" in control.output(at(10)).status.stop_reason
    assert "NaN" in control.output(at(100)).status.stop_reason
    assert "no fresh command" in control.output(at(200)).status.stop_reason


def test_a_clock_that_stands_still_is_the_reason_also_before_the_first_command():
    control = in_mode(Mode.AUTONOMOUS)
    standing = Moment(at(0).ros_ns, at(200).steady_ns)
    assert "the clock stands still" in control.output(standing).status.stop_reason


def test_a_device_that_failed_is_the_reason_whatever_else_there_is():
    control = in_mode(Mode.MANUAL)
    control.device_failed("no such device")
    joy(control, 10, RELEASED)
    assert "no such device" in control.output(at(11)).status.stop_reason


def test_a_stamp_that_is_repeated_does_not_live_longer():
    control = in_mode(Mode.MANUAL)
    for ms in range(10, 160, 10):
        control.manual_command("drive", at(140).ros_ns, Action(0.0, 1.0), at(ms))
    assert control.output(at(160)).status.enabled
    assert not control.output(at(161)).status.enabled


def test_taking_over_works_while_the_device_is_broken():
    control = in_mode(Mode.AUTONOMOUS)
    control.device_failed("no such device")
    joy(control, 80, PRESSED)
    assert control.mode is Mode.MANUAL
    assert control.output(at(81)).pulses == NEUTRAL


def test_taking_over_can_be_switched_off():
    control = in_mode(Mode.AUTONOMOUS, joy_takes_over=False)
    assert see(control, 66, 0.0)
    joy(control, 80, PRESSED)
    assert control.mode is Mode.AUTONOMOUS
    assert control.output(at(81)).status.enabled


@pytest.mark.parametrize("mode", [Mode.DISABLED, Mode.CALIBRATION])
def test_a_gamepad_enables_nothing(mode):
    control = in_mode(mode)
    joy(control, 10, PRESSED)
    assert control.mode is mode
    assert control.output(at(11)).pulses == NEUTRAL
