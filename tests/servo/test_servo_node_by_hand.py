# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The servo node driven by hand: drive, cmd_vel and joy over DDS."""

import math

from geometry_msgs.msg import TwistStamped
from sensor_msgs.msg import Joy
from servo_world import (
    CALIBRATION,
    NEUTRAL,
    good_output,
)
from waiting import wait_until

from deepracer_core.action_space import Action
from deepracer_core.vehicle import DEEPRACER
from deepracer_interfaces.msg import DriveCommand, DriveState
from deepracer_ros.qos import COMMAND
from deepracer_servo.joystick import JoySettings


def test_manual_commands_drive_in_manual_mode_only(world, start):
    start()
    command = DriveCommand(steering_angle=0.2, speed=1.5)
    expected = CALIBRATION.pulses(Action(float(command.steering_angle), 1.5))
    world.make_output = good_output
    world.drive.publish(command)
    assert world.set_mode(DriveState.MANUAL).success

    def keep_driving(stamped: bool):
        def make(stamp):
            if stamped:
                command.header.stamp = stamp
            world.drive.publish(command)
            return good_output(stamp)

        return make

    world.make_output = keep_driving(stamped=False)
    world.wait_for_pulses(expected)
    world.make_output = keep_driving(stamped=True)
    driving = world.wait_for_pulses(expected)
    assert driving.mode == DriveState.MANUAL
    world.make_output = good_output
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("no fresh command")


def test_a_twist_drives_the_circle_that_it_describes(world, start):
    start()
    twist = TwistStamped()
    twist.twist.linear.x, twist.twist.angular.z = 1.0, 1.0
    expected = CALIBRATION.pulses(Action(DEEPRACER.steering_for(curvature=1.0, speed=1.0), 1.0))

    def make(stamp):
        twist.header.stamp = stamp
        world.twist.publish(twist)
        return good_output(stamp)

    assert world.set_mode(DriveState.MANUAL).success
    world.make_output = make
    world.wait_for_pulses(expected)
    twist.twist.linear.x = math.nan
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("cmd_vel: the command is not finite")


def test_the_maximum_speed_is_set_while_driving(world, start):
    start(max_speed_scale=1.0)
    world.start_driving()
    refusal = world.set_parameter("max_speed_scale", 1.5)
    assert not refusal.successful and "max_speed_scale" in refusal.reason
    assert world.set_parameter("max_speed_scale", 0.5).successful
    world.wait_for_pulses(CALIBRATION.pulses(Action(0.0, 2.0)))
    wait_until(lambda: world.state.max_speed_scale == 0.5, "the factor on drive_state")


def test_a_gamepad_drives_while_its_button_is_held(world, start):
    start()
    publisher = world.node.create_publisher(Joy, "joy", COMMAND)

    def send(stamp, axes, buttons):
        joy = Joy(axes=axes, buttons=buttons)
        joy.header.stamp = stamp
        publisher.publish(joy)
        return good_output(stamp)

    def drive(stamp):
        # After a gap, as a busy machine makes it, the stick has to be let go once more.
        throttle = 1.0 if world.state.enabled else 0.0
        return send(stamp, [0.0, throttle], [0, 0, 0, 0, 0, 1])

    full = CALIBRATION.pulses(Action(0.0, JoySettings().joy_max_speed))
    assert world.set_mode(DriveState.MANUAL).success
    world.make_output = drive
    world.wait_for_pulses(full)
    world.make_output = lambda stamp: send(stamp, [0.0, 1.0], [0] * 6)
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("the enable button (5) is not held")
    world.make_output = lambda stamp: send(stamp, [], [])
    world.wait_for_reason("the gamepad reports 0 axes")


def test_a_stick_takes_over_from_the_policy(world, start):
    start()
    world.start_driving()
    publisher = world.node.create_publisher(Joy, "joy", COMMAND)
    joy = Joy(axes=[0.8, 0.0], buttons=[0] * 6)

    def make(stamp):
        joy.header.stamp = stamp
        publisher.publish(joy)
        return good_output(stamp)

    world.make_output = make
    world.wait_for_pulses(NEUTRAL)
    wait_until(lambda: world.state.mode == DriveState.MANUAL, "manual mode")
