# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Steering and motor of Gazebo's car: pulses in, joint commands out, and race control.

It takes the place of `sim_node`, whose services and topics it has: `~/reset` puts the car to the
start, `~/recover` back on the centre line where it is, `~/latency` says how long the first pulse
for a frame took [s, wall time], from the frame's arrival by the bridge.

Joint commands go out at a fixed rate in simulated time. Gazebo's controllers repeat the last one
for ever, so those that stop the car go out as well as any other: without pulses for
`pwm_timeout`, while the car is put elsewhere, when this node ends, and before the first pulse that
it hears. So the car drives on when this node or the bridge is killed, until that has been started
again, one to two seconds later.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from nav_msgs.msg import Odometry
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.task import Future
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_core.errors import DeepRacerError
from deepracer_core.pulses import Pulses
from deepracer_gazebo.actuation import Actuation
from deepracer_gazebo.car import JOINTS
from deepracer_gazebo.race_control import RaceControl
from deepracer_gazebo.settings import ActuatorSettings
from deepracer_gazebo.topics import ros_command_topic
from deepracer_interfaces.msg import PwmPulses
from deepracer_ros.diagnostics import OK, WARN, DiagnosticsReporter, Health
from deepracer_ros.odometry import odometry_pose
from deepracer_ros.parameters import declare_settings, follow_settings
from deepracer_ros.qos import COMMAND, NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS, SENSOR
from deepracer_ros.spin import run_node
from deepracer_sim.answer_times import AnswerTimes
from deepracer_sim.starts import start_at
from deepracer_sim.track_files import load_track

# The bridge asks for reliable topics; the newest command still is the only one.
RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
LAST_WORD = 0.5  # [s]; a bridge that hangs, or has ended, does not answer


class ActuatorNode(Node):
    """Drives one car in Gazebo."""

    def __init__(self) -> None:
        """Stand; TrackError or ConfigError where the parameters are bad."""
        super().__init__("actuator_node")
        self._settings = settings = declare_settings(self, ActuatorSettings)
        self._track = load_track(settings.track).track
        period = 1.0 / settings.rate
        self._actuation = Actuation(timeout=settings.pwm_timeout, lead=period / 2.0)
        start = start_at(self._track, settings.start, settings.direction)
        self._control = RaceControl(self._track, start)
        self._answer_times = AnswerTimes()
        follow_settings(self, settings, self._apply)
        self._connect()
        self.create_timer(period, self._tick)

    def _connect(self) -> None:
        quiet = {"event_callbacks": NO_PUBLISHER_EVENTS}
        self._joints = {
            joint: self.create_publisher(Float64, ros_command_topic(joint), RELIABLE, **quiet)
            for joint in JOINTS
        }
        self._latency = self.create_publisher(Float64, "~/latency", 100, **quiet)
        deaf = {"event_callbacks": NO_SUBSCRIPTION_EVENTS}
        self.create_subscription(PwmPulses, "pwm", self._take_pulses, COMMAND, **deaf)
        self.create_subscription(Odometry, "odom", self._see, SENSOR, **deaf)
        self.create_subscription(CameraInfo, "camera_info", self._note_frame, SENSOR, **deaf)
        # They wait for what the other callbacks hear, so they must not keep those waiting.
        beside = ReentrantCallbackGroup()
        self.create_service(Trigger, "~/reset", self._reset, callback_group=beside)
        self.create_service(Trigger, "~/recover", self._recover, callback_group=beside)
        DiagnosticsReporter(self, "actuator", self._health)

    def destroy_node(self) -> None:
        """Stop the car, then end; what was said last must be heard before."""
        self._actuation.hold()
        if self.context.ok():  # Else somebody has shut ROS down already.
            self._tick()
            self._await_hearing()
        super().destroy_node()

    def _await_hearing(self) -> None:
        deadline = time.monotonic() + LAST_WORD
        for publisher in self._joints.values():
            left = max(0.0, deadline - time.monotonic())
            publisher.wait_for_all_acked(Duration(seconds=left))

    def _apply(self, settings: ActuatorSettings) -> None:
        self._settings = settings
        self._control.start = start_at(self._track, settings.start, settings.direction)

    def _tick(self) -> None:
        now = self.get_clock().now().nanoseconds * 1e-9
        for joint, value in self._actuation.commands_at(now).items():
            self._joints[joint].publish(Float64(data=value))

    def _take_pulses(self, message: PwmPulses) -> None:
        self._actuation.pulses(Pulses(message.steering_ns, message.throttle_ns))
        latency = self._answer_times.answer(Time.from_msg(message.source_stamp).nanoseconds)
        if latency is not None:
            self._latency.publish(Float64(data=latency))

    def _see(self, message: Odometry) -> None:
        self._control.see(odometry_pose(message))

    def _note_frame(self, message: CameraInfo) -> None:
        self._answer_times.frame(Time.from_msg(message.header.stamp).nanoseconds)

    async def _reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return await self._move(self._control.reset, "the car is at the start", response)

    async def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return await self._move(self._control.recover, "the car is on the centre line", response)

    async def _move(
        self, move: Callable[[], None], done: str, response: Trigger.Response
    ) -> Trigger.Response:
        """Let `move` wait for Gazebo in a thread of its own, and the car stand meanwhile."""
        if self._actuation.is_held:
            response.message = "the car is being put elsewhere already: try again in a second"
            return response
        outcome = Future()

        def work() -> None:
            fault = "it ended without a result"
            try:
                move()
                fault = ""
            except DeepRacerError as error:
                fault = str(error)
            finally:
                outcome.set_result(fault)

        self._actuation.hold()
        threading.Thread(target=work, name="move", daemon=True).start()
        fault = await outcome
        self._actuation.release()
        response.success, response.message = not fault, fault or done
        return response

    def _health(self) -> Health:
        level, message = OK, "drives"
        if self._actuation.is_held:
            message = "puts the car elsewhere"
        elif self._actuation.silence > self._settings.pwm_timeout:
            level, message = WARN, "no pulses on pwm: the car stands"
        values = {
            "track": self._settings.track,
            "time [s]": self.get_clock().now().nanoseconds * 1e-9,
            "since last pulse [s]": self._actuation.silence,
        }
        return level, message, values


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(ActuatorNode)


if __name__ == "__main__":
    sys.exit(main())
