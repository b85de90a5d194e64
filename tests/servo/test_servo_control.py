# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The drive control by value: which command makes which pulses or neutral, and why."""

import json
import math

import pytest

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode, ModeRefusedError
from deepracer_servo.freshness import Moment, Refusal
from deepracer_servo.settings import ServoSettings

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
MODEL = "a" * 64
METADATA = json.dumps(
    {
        "action_space": [
            {"steering_angle": -30, "speed": 1.0},
            {"steering_angle": 0, "speed": 4.0},
            {"steering_angle": 30, "speed": 2.0},
        ],
        "sensor": ["FRONT_FACING_CAMERA"],
        "action_space_type": "discrete",
    }
)
CONTINUOUS = json.dumps(
    {
        "action_space": {
            "steering_angle": {"low": -20, "high": 20},
            "speed": {"low": 1, "high": 3},
        },
        "sensor": ["FRONT_FACING_CAMERA"],
        "action_space_type": "continuous",
    }
)
STRAIGHT = [0.1, 0.8, 0.1]
FULL_SPEED_NS = 1_311_000
NEUTRAL = Calibration().neutral


def at(milliseconds: float, steady_milliseconds: float | None = None) -> Moment:
    steady = milliseconds if steady_milliseconds is None else steady_milliseconds
    return Moment(START_NS + round(milliseconds * MS), round(steady * MS))


def autonomous() -> DriveControl:
    control = DriveControl(ServoSettings(), Calibration())
    control.output(at(0))
    control.set_model(MODEL, METADATA)
    control.set_mode(Mode.AUTONOMOUS)
    return control


def manual() -> DriveControl:
    control = DriveControl(ServoSettings(), Calibration())
    control.output(at(0))
    control.set_mode(Mode.MANUAL)
    return control


def send(control, stamp_ms, now_ms=None, model=MODEL, values=STRAIGHT, index=1) -> None:
    now = at(stamp_ms if now_ms is None else now_ms)
    control.policy_output(at(stamp_ms).ros_ns, model, values, index, now)


def throttle(control: DriveControl, now: Moment) -> int:
    return control.output(now).pulses.throttle_ns


def assert_stands(control: DriveControl, now: Moment, reason: str) -> None:
    output = control.output(now)
    assert output.pulses == NEUTRAL
    assert output.source_ns == 0
    assert not output.status.enabled
    assert reason in output.status.stop_reason


def test_starts_disabled_and_neutral():
    control = DriveControl(ServoSettings(), Calibration())
    assert_stands(control, at(0), "mode is DISABLED")
    assert control.output(at(0)).status.mode == Mode.DISABLED
    assert control.command_age(at(0)) == -1.0


def test_a_fresh_command_drives_until_its_image_is_150_ms_old():
    control = autonomous()
    send(control, stamp_ms=100, now_ms=130)
    output = control.output(at(131))
    assert output.pulses == (1_450_000, FULL_SPEED_NS)
    assert output.source_ns == at(100).ros_ns
    assert output.status.enabled and output.status.stop_reason == ""
    assert control.command_age(at(131)) == pytest.approx(0.031)
    assert throttle(control, at(250)) == FULL_SPEED_NS
    assert_stands(control, at(250.001), "no fresh command for 0.15 s")
    assert control.expired == 1


def test_the_action_that_the_policy_prefers_makes_the_stock_pulses():
    control = autonomous()
    send(control, 20, values=[0.9, 0.05, 0.05], index=0)
    assert control.output(at(21)).pulses == (1_200_000, 1_381_875)
    send(control, 40, values=[0.0, 0.2, 0.8], index=2)
    assert control.output(at(41)).pulses == (1_700_000, 1_338_000)


def test_means_of_a_continuous_model_are_decoded_with_its_bounds():
    control = autonomous()
    control.set_model("b" * 64, CONTINUOUS)
    assert_stands(control, at(10), "waiting for output of the new model")
    send(control, 80, model="b" * 64, values=[-1.0, 0.0], index=-1)
    expected = Calibration().pulses(Action(math.radians(-20), 2.0))
    assert control.output(at(81)).pulses == expected
    send(control, 90, model="b" * 64, values=[-1.0, 0.0], index=0)
    assert_stands(control, at(91), "action index 0 is not what")


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ({"values": [math.nan, 0.8, 0.1]}, Refusal.VALUES, "NaN or infinity"),
        ({"values": [math.inf, 0.8, 0.1]}, Refusal.VALUES, "NaN or infinity"),
        ({"values": [0.2, 0.8]}, Refusal.VALUES, "shape (2,)"),
        ({"values": [0.1, 0.7, 0.1, 0.1]}, Refusal.VALUES, "shape (4,)"),
        ({"values": []}, Refusal.VALUES, "shape (0,)"),
        ({"index": 3}, Refusal.INDEX, "action index 3"),
        ({"index": 0}, Refusal.INDEX, "action index 0 is not what the 3 values"),
        ({"index": -1}, Refusal.INDEX, "action index -1"),
        ({"model": "c" * 64}, Refusal.MODEL, "cccccccccccc"),
        ({"model": ""}, Refusal.MODEL, "model"),
        ({"stamp_ms": 40, "now_ms": 60}, Refusal.FROZEN, "that of the one before"),
        ({"stamp_ms": 39, "now_ms": 60}, Refusal.DISORDER, "older than that of the one before"),
        ({"stamp_ms": 60, "now_ms": 211}, Refusal.STALE, "older on arrival than 0.15 s"),
        ({"stamp_ms": 211, "now_ms": 60}, Refusal.FUTURE, "in the future"),
    ],
)
def test_every_refusal_is_neutral_at_once_says_why_and_ends_with_a_good_command(
    fault, kind, reason
):
    control = autonomous()
    send(control, stamp_ms=40)
    assert throttle(control, at(41)) == FULL_SPEED_NS
    arguments = {"stamp_ms": 60, **fault}
    send(control, **arguments)
    now_ms = arguments.get("now_ms", 60)
    assert_stands(control, at(now_ms), reason)
    assert control.refusals == {kind: 1}
    send(control, stamp_ms=now_ms + 10)
    assert_stands(control, at(now_ms + 59), reason)
    assert throttle(control, at(now_ms + 60)) == FULL_SPEED_NS


def test_a_stamp_of_zero_is_refused_from_a_policy():
    control = autonomous()
    control.policy_output(0, MODEL, STRAIGHT, 1, at(10))
    assert_stands(control, at(10), "the stamp is zero")


def test_a_frozen_stamp_does_not_renew_a_command():
    control = autonomous()
    for now_ms in range(40, 400, 16):
        send(control, stamp_ms=40, now_ms=now_ms)
    assert_stands(control, at(400), "the stamp is that of the one before")


def test_a_stamp_slightly_ahead_does_not_live_longer():
    control = autonomous()
    send(control, stamp_ms=100, now_ms=50)
    assert throttle(control, at(200)) == FULL_SPEED_NS
    assert_stands(control, at(200.001), "no fresh command")


def test_commands_of_the_wrong_mode_do_nothing():
    control = autonomous()
    control.manual_command("drive", at(10).ros_ns, Action(0.0, 1.0), at(10))
    assert_stands(control, at(10), "waiting for the first command in mode AUTONOMOUS")
    control.set_mode(Mode.MANUAL)
    send(control, 20)
    assert_stands(control, at(20), "waiting for the first command in mode MANUAL")
    control.set_mode(Mode.DISABLED)
    control.manual_command("drive", at(30).ros_ns, Action(0.0, 1.0), at(30))
    send(control, 30)
    assert_stands(control, at(30), "mode is DISABLED")
    assert not control.refusals


def test_leaving_a_mode_drops_its_command():
    control = autonomous()
    send(control, 10)
    control.set_mode(Mode.MANUAL)
    assert_stands(control, at(11), "waiting for the first command in mode MANUAL")
    control.set_mode(Mode.AUTONOMOUS)
    assert_stands(control, at(12), "waiting for the first command in mode AUTONOMOUS")


def test_setting_the_same_mode_again_does_not_disturb():
    control = autonomous()
    send(control, 10)
    control.set_mode(Mode.AUTONOMOUS)
    assert throttle(control, at(11)) == FULL_SPEED_NS


def test_unknown_modes_are_refused_and_the_old_one_stays():
    control = manual()
    with pytest.raises(ModeRefusedError, match="unknown mode 9: .*0 DISABLED, 1 MANUAL"):
        control.set_mode(9)
    assert control.output(at(1)).status.mode == Mode.MANUAL


def test_autonomous_needs_a_model():
    control = DriveControl(ServoSettings(), Calibration())
    with pytest.raises(ModeRefusedError, match="no model has arrived"):
        control.set_mode(Mode.AUTONOMOUS)
    control.set_model(MODEL, "{}")
    with pytest.raises(ModeRefusedError, match="has no action_space"):
        control.set_mode(Mode.AUTONOMOUS)


def test_the_emergency_stop_latches_and_leaves_disabled():
    control = autonomous()
    send(control, 10)
    control.emergency_stop()
    assert_stands(control, at(11), "emergency stop is latched")
    send(control, 20)
    assert_stands(control, at(21), "emergency stop is latched")
    for mode in (Mode.MANUAL, Mode.AUTONOMOUS):
        with pytest.raises(ModeRefusedError, match="emergency stop"):
            control.set_mode(mode)
    control.set_mode(Mode.DISABLED)
    control.clear_emergency_stop()
    send(control, 30)
    assert_stands(control, at(31), "mode is DISABLED")
    control.set_mode(Mode.AUTONOMOUS)
    send(control, 40)
    assert throttle(control, at(41)) == FULL_SPEED_NS


def test_a_broken_calibration_enables_nothing():
    control = DriveControl(ServoSettings(), Calibration(), fault="calibration file x: damaged")
    control.set_model(MODEL, METADATA)
    for mode in (Mode.MANUAL, Mode.AUTONOMOUS):
        with pytest.raises(ModeRefusedError, match="calibration file x"):
            control.set_mode(mode)
    assert_stands(control, at(10), "calibration file x: damaged")


def test_a_new_model_drops_the_command_and_the_same_one_does_not():
    control = autonomous()
    send(control, 10)
    control.set_model(MODEL, METADATA)
    assert throttle(control, at(11)) == FULL_SPEED_NS
    control.set_model("b" * 64, CONTINUOUS)
    assert_stands(control, at(12), "waiting for output of the new model")
    send(control, 20)
    assert_stands(control, at(21), "policy_output is of model")
    send(control, 90, model="b" * 64, values=[0.0, 1.0], index=-1)
    assert control.output(at(91)).status.enabled


def test_a_model_that_does_not_parse_stops_until_a_good_one_comes():
    control = autonomous()
    send(control, 10)
    control.set_model("d" * 64, "not json")
    assert_stands(control, at(11), "not valid JSON")
    send(control, 20, model="d" * 64)
    assert_stands(control, at(21), "not valid JSON")
    control.set_model(MODEL, METADATA)
    assert_stands(control, at(22), "waiting for output of the new model")
    send(control, 90)
    assert throttle(control, at(91)) == FULL_SPEED_NS


def test_maximum_speed_scales_every_command_and_the_present_one():
    control = manual()
    control.manual_command("drive", at(10).ros_ns, Action(0.0, 4.0), at(10))
    control.set_max_speed_scale(0.5)
    assert throttle(control, at(11)) == Calibration().pulses(Action(0.0, 2.0)).throttle_ns
    control.set_max_speed_scale(0.0)
    assert throttle(control, at(12)) == NEUTRAL.throttle_ns


def test_manual_commands_may_share_a_stamp_but_not_live_by_it():
    control = manual()
    for now_ms in (10, 60, 110, 160):
        control.manual_command("drive", at(10).ros_ns, Action(0.0, 1.0), at(now_ms))
    assert throttle(control, at(160)) != NEUTRAL.throttle_ns
    control.manual_command("drive", at(10).ros_ns, Action(0.0, 1.0), at(161))
    assert_stands(control, at(161), "drive: older on arrival")


@pytest.mark.parametrize("action", [Action(math.nan, 1.0), Action(0.0, math.inf)])
def test_manual_commands_that_are_not_finite_are_refused(action):
    control = manual()
    control.manual_command("cmd_vel", at(10).ros_ns, Action(0.0, 1.0), at(10))
    control.manual_command("cmd_vel", at(20).ros_ns, action, at(20))
    assert_stands(control, at(20), "cmd_vel: the command is not finite")


@pytest.mark.parametrize("action", [Action(0.0, 1e30), Action(0.0, -21.0), Action(1.6, 1.0)])
def test_manual_commands_that_no_car_can_do_are_refused(action):
    control = manual()
    control.manual_command("drive", at(1).ros_ns, action, at(1))
    assert_stands(control, at(2), "no car can do")
    assert control.refusals == {Refusal.VALUES: 1}


def test_a_little_more_than_the_car_can_do_is_as_much_as_it_can():
    control = manual()
    control.manual_command("drive", at(1).ros_ns, Action(0.7, 5.0), at(1))
    assert control.output(at(2)).pulses == (1_700_000, FULL_SPEED_NS)


def test_a_clock_that_stands_still_stops_the_car_until_it_runs_again():
    control = autonomous()
    send(control, 10)
    assert control.output(at(11, 11)).status.enabled
    assert control.output(at(11, 161)).status.enabled
    assert_stands(control, at(11, 161.001), "the clock stands still")
    control.policy_output(at(12).ros_ns, MODEL, STRAIGHT, 1, at(11, 170))
    assert_stands(control, at(11, 170), "the clock stands still")
    assert control.refusals == {Refusal.CLOCK: 1}
    assert_stands(control, at(20, 180), "the clock stands still")
    control.policy_output(at(80).ros_ns, MODEL, STRAIGHT, 1, at(81, 241))
    assert throttle(control, at(81, 242)) == FULL_SPEED_NS


def test_once_the_clock_runs_again_silence_is_the_reason():
    control = autonomous()
    send(control, 10)
    assert control.output(at(11)).status.enabled
    for steady_milliseconds in (162, 180, 1000):
        assert_stands(control, at(11, steady_milliseconds), "the clock stands still")
    assert_stands(control, at(20, 1010), "the clock stands still")
    assert_stands(control, at(170, 1160), "no fresh command")


def test_a_clock_that_jumps_backwards_stops_the_car_and_old_stamps_are_forgotten():
    control = autonomous()
    send(control, 5000)
    assert_stands(control, at(10, 5010), "the clock jumped backwards")
    control.policy_output(at(80).ros_ns, MODEL, STRAIGHT, 1, at(81, 5081))
    assert throttle(control, at(82, 5082)) == FULL_SPEED_NS


def test_a_system_clock_that_jumps_forwards_stops_the_car_until_a_fresh_command():
    control = autonomous()
    send(control, 10)
    assert_stands(control, at(3_600_000, 20), "the clock jumped forwards")
    control.policy_output(at(3_600_080).ros_ns, MODEL, STRAIGHT, 1, at(3_600_081, 101))
    assert throttle(control, at(3_600_082, 102)) == FULL_SPEED_NS


def test_a_jump_that_the_first_command_after_it_meets_refuses_that_command():
    control = autonomous()
    send(control, 10)
    control.policy_output(at(3_600_010).ros_ns, MODEL, STRAIGHT, 1, at(3_600_011, 12))
    assert_stands(control, at(3_600_012, 13), "the clock jumped forwards")
    assert control.refusals == {Refusal.CLOCK: 1}


def test_simulated_time_may_run_faster_than_the_wall_clock():
    control = DriveControl(ServoSettings(), Calibration(), simulated=True)
    control.output(at(0))
    control.set_mode(Mode.MANUAL)
    control.manual_command("drive", at(1000).ros_ns, Action(0.0, 1.0), at(1000, 50))
    assert control.output(at(1100, 55)).status.enabled
    assert_stands(control, at(1200, 60), "no fresh command")


def test_a_device_that_fails_is_a_reason_to_stand_until_it_is_back():
    control = autonomous()
    send(control, 10)
    control.device_failed("no such device")
    assert_stands(control, at(11), "no such device")
    send(control, 20)
    assert_stands(control, at(21), "no such device")
    assert control.refusals == {Refusal.DEVICE: 1}
    control.device_recovered()
    assert_stands(control, at(22), "the device is back")
    send(control, 90)
    assert throttle(control, at(91)) == FULL_SPEED_NS


def test_no_mode_is_enabled_while_the_device_is_broken() -> None:
    control = autonomous()
    control.set_mode(Mode.DISABLED)
    control.device_failed("cable torn")
    with pytest.raises(ModeRefusedError, match="cable torn"):
        control.set_mode(Mode.MANUAL)
    assert_stands(control, at(1), "cable torn")
    control.device_recovered()
    control.set_mode(Mode.MANUAL)


def test_a_model_without_an_id_is_none() -> None:
    control = autonomous()
    control.set_model("", METADATA)
    send(control, 10, model="")
    assert_stands(control, at(10), "it has no id")
