# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The drive control in CALIBRATION: jogs and their bounds, and calibrations that come and go."""

import dataclasses

import pytest

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode, ModeRefusedError
from deepracer_servo.freshness import Moment
from deepracer_servo.settings import ServoSettings

MS = 1_000_000
NEUTRAL = Calibration().neutral
OTHER = Calibration(steering=dataclasses.replace(Calibration().steering, mid_ns=1_460_000))


def at(milliseconds: float) -> Moment:
    return Moment(10**18 + round(milliseconds * MS), round(milliseconds * MS))


@pytest.fixture
def control() -> DriveControl:
    control = DriveControl(ServoSettings(), Calibration())
    control.output(at(0))
    control.set_mode(Mode.CALIBRATION)
    return control


def test_a_jog_puts_one_pulse_on_one_channel_until_its_hold_is_over(control):
    control.jog("steering", 1_600_000, 0.2, False, at(0))
    output = control.output(at(199))
    assert output.pulses == (1_600_000, NEUTRAL.throttle_ns)
    assert output.status.enabled and output.status.stop_reason == ""
    output = control.output(at(200))
    assert output.pulses == NEUTRAL
    assert output.status.stop_reason == "the jog is over"


def test_a_repeated_jog_goes_on_and_another_axis_replaces_it(control):
    control.jog("throttle", 1_400_000, 0.5, True, at(0))
    control.jog("throttle", 1_400_000, 0.5, True, at(400))
    assert control.output(at(800)).pulses == (NEUTRAL.steering_ns, 1_400_000)
    control.jog("steering", 1_300_000, 0.5, False, at(810))
    assert control.output(at(811)).pulses == (1_300_000, NEUTRAL.throttle_ns)


@pytest.mark.parametrize(
    ("axis", "pulse_ns", "hold", "wheels_up", "reason"),
    [
        ("steering", 999_999, 0.1, True, "allowed is 1000000 to 2000000"),
        ("throttle", 1_725_001, 0.1, True, "allowed is 1275000 to 1725000"),
        ("throttle", 0, 0.1, True, "allowed is"),
        ("throttle", 1_400_000, 0.1, False, "wheels_up"),
        ("steering", 1_500_000, 0.0, True, "hold"),
        ("steering", 1_500_000, 0.6, True, "up to 0.5 s"),
        ("steering", 1_500_000, float("nan"), True, "hold"),
        ("brake", 1_500_000, 0.1, True, "unknown axis"),
    ],
)
def test_a_jog_out_of_bounds_is_refused_and_nothing_moves(
    control, axis, pulse_ns, hold, wheels_up, reason
):
    with pytest.raises(ModeRefusedError, match=reason):
        control.jog(axis, pulse_ns, hold, wheels_up, at(0))
    assert control.output(at(1)).pulses == NEUTRAL


@pytest.mark.parametrize("mode", [Mode.DISABLED, Mode.MANUAL])
def test_no_other_mode_jogs(control, mode):
    control.set_mode(mode)
    with pytest.raises(ModeRefusedError, match="CALIBRATION"):
        control.jog("steering", 1_600_000, 0.1, True, at(0))


def test_leaving_the_mode_and_the_emergency_stop_end_a_jog(control):
    control.jog("throttle", 1_400_000, 0.5, True, at(0))
    control.set_mode(Mode.DISABLED)
    assert control.output(at(1)).pulses == NEUTRAL
    control.set_mode(Mode.CALIBRATION)
    control.jog("throttle", 1_400_000, 0.5, True, at(2))
    control.emergency_stop()
    assert control.output(at(3)).pulses == NEUTRAL


def test_a_broken_device_does_not_jog(control):
    control.device_failed("no such device")
    with pytest.raises(ModeRefusedError, match="no such device"):
        control.jog("steering", 1_600_000, 0.1, True, at(0))


def test_entering_the_mode_stops_the_car_and_commands_do_nothing_there():
    control = DriveControl(ServoSettings(), Calibration())
    control.output(at(0))
    control.set_mode(Mode.MANUAL)
    control.manual_command("drive", at(1).ros_ns, Action(0.1, 1.0), at(1))
    control.set_mode(Mode.CALIBRATION)
    assert control.output(at(2)).pulses == NEUTRAL
    control.manual_command("drive", at(3).ros_ns, Action(0.1, 1.0), at(3))
    assert control.output(at(4)).pulses == NEUTRAL


def test_a_calibration_that_is_not_lasting_goes_with_the_mode(control):
    control.use_calibration(OTHER, lasting=False)
    assert control.output(at(1)).pulses == OTHER.neutral
    control.set_mode(Mode.MANUAL)
    assert control.output(at(2)).pulses == NEUTRAL


def test_a_lasting_calibration_stays_and_the_emergency_stop_drops_another(control):
    control.use_calibration(OTHER)
    control.use_calibration(Calibration(), lasting=False)
    control.emergency_stop()
    assert control.output(at(1)).pulses == OTHER.neutral


def test_a_calibration_drops_the_jog_that_was_found_with_the_old_one(control):
    control.jog("throttle", 1_400_000, 0.5, True, at(0))
    control.use_calibration(OTHER, lasting=False)
    assert control.output(at(1)).pulses == OTHER.neutral


@pytest.mark.parametrize("mode", [Mode.MANUAL, Mode.AUTONOMOUS])
def test_no_calibration_is_changed_in_a_mode_that_drives(control, mode):
    control.set_model("a" * 64, '{"action_space": [{"steering_angle": 0, "speed": 1}]}')
    control.set_mode(mode)
    with pytest.raises(ModeRefusedError, match=mode.name):
        control.use_calibration(OTHER)
    assert control.output(at(1)).neutral == NEUTRAL


def test_a_damaged_calibration_can_be_replaced_but_not_driven_with():
    control = DriveControl(ServoSettings(), Calibration(), fault="calibration file x: damaged")
    control.output(at(0))
    with pytest.raises(ModeRefusedError, match="damaged"):
        control.set_mode(Mode.MANUAL)
    control.set_mode(Mode.CALIBRATION)
    control.use_calibration(OTHER)
    control.set_mode(Mode.MANUAL)
    assert control.output(at(1)).neutral == OTHER.neutral
