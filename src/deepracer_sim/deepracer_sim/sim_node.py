# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""One simulated car behind the topics of the real one: pulses in, frames out.

Besides `image_raw` and `camera_info`, each frame comes with `odom`, the true pose and velocity at
its instant. This node is the source of `/clock`; a frame's stamp is simulated time. `~/reset` puts
the car back to the start, `~/recover` back on the centre line where it is.

`~/latency` says, for the first pulse that each frame caused, how long it took [s, wall time]: from
the instant of the frame until its pulse is back here, rendering and both ways of transport
included. Stamps cannot tell, because simulated time moves in ticks.
"""

from __future__ import annotations

import math
import sys
import time

from builtin_interfaces.msg import Time as TimeMessage
from nav_msgs.msg import Odometry
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.time import Time
from rosgraph_msgs.msg import Clock as ClockMessage
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_core.pulses import Pulses
from deepracer_core.vehicle import DEEPRACER
from deepracer_interfaces.msg import PwmPulses
from deepracer_ros.camera_info import camera_info
from deepracer_ros.diagnostics import OK, WARN, DiagnosticsReporter, Health
from deepracer_ros.image_messages import bgr_to_image
from deepracer_ros.parameters import declare_settings
from deepracer_ros.qos import COMMAND, NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS, SENSOR
from deepracer_ros.spin import run_node
from deepracer_sim.answer_times import AnswerTimes
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.tick_schedule import TickSchedule


class SimNode(Node):
    """Simulates one car in step with the wall clock."""

    def __init__(self) -> None:
        """Put the car at the start; TrackError or ConfigError where the parameters are bad."""
        super().__init__("sim_node")
        self._settings = settings = declare_settings(self, PlantSettings)
        self._car = PlantCar(settings)
        quiet = {"event_callbacks": NO_PUBLISHER_EVENTS}
        self._clock_publisher = self.create_publisher(ClockMessage, "/clock", COMMAND, **quiet)
        self._image = self.create_publisher(Image, "image_raw", SENSOR, **quiet)
        self._info = self.create_publisher(CameraInfo, "camera_info", SENSOR, **quiet)
        self._odometry = self.create_publisher(Odometry, "odom", SENSOR, **quiet)
        self._latency = self.create_publisher(Float64, "~/latency", 100, **quiet)
        self._answer_times = AnswerTimes()
        self.create_subscription(
            PwmPulses, "pwm", self._take_pulses, COMMAND, event_callbacks=NO_SUBSCRIPTION_EVENTS
        )
        self.create_service(Trigger, "~/reset", self._reset)
        self.create_service(Trigger, "~/recover", self._recover)
        self._reporter = DiagnosticsReporter(self, "simulator", self._health)
        self._reported = (0.0, 0)
        self._schedule = TickSchedule(settings.fps, settings.real_time_factor)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(self._schedule.wall_period, self._tick, clock=steady)

    def _tick(self) -> None:
        for _ in range(self._schedule.due()):
            self._schedule.tick()
            self._car.advance(self._schedule.duration)
            stamp = Time(nanoseconds=self._schedule.time_ns).to_msg()
            self._clock_publisher.publish(ClockMessage(clock=stamp))
            if self._schedule.is_frame:
                self._publish_frame(stamp)

    def _publish_frame(self, stamp: TimeMessage) -> None:
        self._answer_times.frame(self._schedule.time_ns)
        frame_id = self._settings.frame_id
        self._image.publish(bgr_to_image(self._car.frame(), stamp, frame_id))
        if self._info.get_subscription_count():
            self._info.publish(camera_info(DEEPRACER.camera, stamp, frame_id))
        if self._odometry.get_subscription_count():
            self._odometry.publish(self._odometry_message(stamp))

    def _odometry_message(self, stamp: TimeMessage) -> Odometry:
        motion = self._car.motion()
        message = Odometry(child_frame_id="base_link")
        message.header.frame_id, message.header.stamp = "odom", stamp
        pose, twist = message.pose.pose, message.twist.twist
        pose.position.x, pose.position.y = motion.x, motion.y
        pose.orientation.z, pose.orientation.w = math.sin(motion.yaw / 2), math.cos(motion.yaw / 2)
        twist.linear.x, twist.linear.y = motion.forward, motion.sideways
        twist.angular.z = motion.yaw_rate
        return message

    def _take_pulses(self, message: PwmPulses) -> None:
        self._car.pulses(Pulses(message.steering_ns, message.throttle_ns))
        latency = self._answer_times.answer(Time.from_msg(message.source_stamp).nanoseconds)
        if latency is not None:
            self._latency.publish(Float64(data=latency))

    def _reset(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._car.reset()
        response.success, response.message = True, "the car is at the start"
        return response

    def _recover(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._car.recover()
        response.success, response.message = True, "the car is on the centre line"
        return response

    def _health(self) -> Health:
        wall, simulated = time.monotonic(), self._schedule.time_ns
        wall_before, simulated_before = self._reported
        self._reported = (wall, simulated)
        factor = (simulated - simulated_before) / 1e9 / (wall - wall_before)
        wanted = self._settings.real_time_factor
        level, message = OK, "runs"
        if factor < 0.9 * wanted and wall_before:
            level, message = WARN, "this machine does not keep up with real_time_factor"
        elif self._car.silence > self._settings.pwm_timeout:
            level, message = WARN, "no pulses on pwm: the car stands"
        values = {
            "track": self._settings.track,
            "time [s]": simulated / 1e9,
            "real-time factor": factor,
            "since last pulse [s]": self._car.silence,
        }
        return level, message, values


def main() -> int:
    """Run the node; returns the exit status."""
    return run_node(SimNode)


if __name__ == "__main__":
    sys.exit(main())
