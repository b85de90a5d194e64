# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The servo node: from policy output and manual commands to pulses, or to a standing car."""

from __future__ import annotations

import os
import time
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import TwistStamped
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from sensor_msgs.msg import Joy
from std_srvs.srv import Trigger

from deepracer_core.action_space import Action
from deepracer_core.errors import ActionError
from deepracer_core.vehicle import DEEPRACER
from deepracer_interfaces.msg import DriveCommand, DriveState, Model, PolicyOutput, PwmPulses
from deepracer_interfaces.srv import SetMode
from deepracer_ros.diagnostics import ERROR, OK, WARN, DiagnosticsReporter, Health
from deepracer_ros.parameters import declare_settings, follow_settings
from deepracer_ros.qos import COMMAND, LATCHED, NO_PUBLISHER_EVENTS, NO_SUBSCRIPTION_EVENTS
from deepracer_ros.spin import run_node
from deepracer_servo.calibration.calibration_session import CalibrationSession
from deepracer_servo.calibration_services import CalibrationServices
from deepracer_servo.devices.pwm_device import DEVICES
from deepracer_servo.devices.pwm_output import open_pwm_output
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import DriveOutput, DriveStatus, Mode, ModeRefusedError
from deepracer_servo.driver import Driver
from deepracer_servo.freshness import Moment
from deepracer_servo.joystick import JoyCommand, Joystick
from deepracer_servo.settings import ServoSettings
from deepracer_servo.twist import twist_action
from deepracer_servo.watchdog import Watchdog

STATE_PERIOD_S = 0.5


class ServoNode(Node):
    """Topics and services around the driver; see the modules beside for what it decides."""

    def __init__(self) -> None:
        """Write neutral, then listen; ConfigError for settings that cannot be used."""
        super().__init__("servo_node")
        self._settings = declare_settings(self, ServoSettings)
        self._pulses = PwmPulses()
        self._state = DriveState()
        self._logged = ""
        self._pwm_publisher = self.create_publisher(
            PwmPulses, "pwm", COMMAND, event_callbacks=NO_PUBLISHER_EVENTS
        )
        self._state_publisher = self.create_publisher(
            DriveState, "drive_state", LATCHED, event_callbacks=NO_PUBLISHER_EVENTS
        )
        devices = {name: declare_settings(self, kind.settings) for name, kind in DEVICES.items()}
        session = CalibrationSession(self._settings.vehicle, self._settings.calibration_file)
        if session.fault:
            self.get_logger().error(f"{session.fault}; the car stays neutral")
        neutral = session.calibration.neutral
        self._pwm = open_pwm_output(self._settings.pwm_output, devices, neutral)
        simulated = self.get_parameter("use_sim_time").value
        control = DriveControl(self._settings, session.calibration, session.fault, simulated)
        self._driver = Driver(
            control, self._pwm, self._now, self._publish_pulses, self._publish_state
        )
        self._watchdog = Watchdog(self._driver.refresh, self._watchdog_died)
        self._watchdog.start()
        follow_settings(self, self._settings, self._apply)
        self._joystick = Joystick(self._settings, self._settings.command_ttl)
        self._calibration = CalibrationServices(self, self._driver, session)
        self._listen()
        self._diagnostics = DiagnosticsReporter(self, "drive", self._health)

    def destroy_node(self) -> None:
        """Write neutral for the last time, then end."""
        self._driver.close()
        self._watchdog.stop()
        super().destroy_node()

    def _listen(self) -> None:
        self.create_subscription(Model, "model", self._on_model, LATCHED)
        for kind, topic, callback in (
            (PolicyOutput, "policy_output", self._on_policy_output),
            (DriveCommand, "drive", self._on_drive),
            (TwistStamped, "cmd_vel", self._on_twist),
            (Joy, "joy", self._on_joy),
        ):
            self.create_subscription(
                kind, topic, callback, COMMAND, event_callbacks=NO_SUBSCRIPTION_EVENTS
            )
        self.create_service(SetMode, "~/set_mode", self._set_mode)
        self.create_service(Trigger, "~/emergency_stop", self._emergency_stop)
        self.create_service(Trigger, "~/clear_emergency_stop", self._clear_emergency_stop)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(STATE_PERIOD_S, self._report, clock=steady)

    def _on_model(self, model: Model) -> None:
        self._driver.change(lambda control, _: control.set_model(model.id, model.metadata))

    def _on_policy_output(self, output: PolicyOutput) -> None:
        stamp_ns = _nanoseconds(output.header.stamp)
        self._driver.change(
            lambda control, now: control.policy_output(
                stamp_ns, output.model_id, output.values, output.action, now, output.unchanged_s
            )
        )

    def _on_drive(self, command: DriveCommand, info: dict[str, Any]) -> None:
        action = Action(command.steering_angle, command.speed)
        self._drive_by_hand("drive", self._given_ns(command.header.stamp, info), action)

    def _on_twist(self, command: TwistStamped, info: dict[str, Any]) -> None:
        action = twist_action(DEEPRACER, command.twist.linear.x, command.twist.angular.z)
        self._drive_by_hand("cmd_vel", self._given_ns(command.header.stamp, info), action)

    def _on_joy(self, message: Joy, info: dict[str, Any]) -> None:
        given_ns = self._given_ns(message.header.stamp, info)
        try:
            command = self._joystick.read(message.axes, message.buttons, time.monotonic())
        except ActionError as error:
            command = JoyCommand(None, str(error), touched=False)
        self._driver.change(lambda control, now: control.joystick(given_ns, command, now))

    def _drive_by_hand(self, source: str, given_ns: int, action: Action) -> None:
        self._driver.change(
            lambda control, now: control.manual_command(source, given_ns, action, now)
        )

    def _given_ns(self, stamp: Time, info: dict[str, Any]) -> int:
        """Return when a person or planner gave a command [ns].

        Without a stamp, as `ros2 topic pub` sends it, that is when it was published: it may have
        waited for long before a process that was stopped.
        """
        waited_ns = max(0, time.time_ns() - info["source_timestamp"])
        return _nanoseconds(stamp) or self.get_clock().now().nanoseconds - waited_ns

    def _set_mode(self, request: SetMode.Request, response: SetMode.Response) -> SetMode.Response:
        try:
            self._driver.change(lambda control, _: control.set_mode(request.mode))
            response.success = True
        except ModeRefusedError as error:
            response.message = str(error)
        self._calibration.mode_changed()
        self._joystick.reset()
        return response

    def _emergency_stop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._driver.change(lambda control, _: control.emergency_stop())
        self._calibration.mode_changed()
        response.success = True
        return response

    def _clear_emergency_stop(
        self, _: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        self._driver.change(lambda control, _: control.clear_emergency_stop())
        response.success, response.message = True, "the mode is DISABLED"
        return response

    def _apply(self, settings: ServoSettings) -> None:
        scale = settings.max_speed_scale
        self._driver.change(lambda control, _: control.set_max_speed_scale(scale))

    def _now(self) -> Moment:
        return Moment(self.get_clock().now().nanoseconds, time.monotonic_ns())

    def _publish_pulses(self, output: DriveOutput) -> None:
        # Called under the driver's lock: one message serves for all.
        message = self._pulses
        message.header.stamp = self.get_clock().now().to_msg()
        source = message.source_stamp
        source.sec, source.nanosec = divmod(output.source_ns, 10**9)
        message.steering_ns, message.throttle_ns = output.pulses
        message.mode = int(output.status.mode)
        if self.context.ok():
            self._pwm_publisher.publish(message)

    def _publish_state(self, status: DriveStatus, command_age: float) -> None:
        state = self._state
        state.header.stamp = self.get_clock().now().to_msg()
        state.mode = int(status.mode)
        state.enabled = status.enabled
        state.emergency_stop = status.emergency_stop
        state.stop_reason = status.stop_reason
        state.command_age = command_age
        state.model_id = status.model_id
        state.max_speed_scale = status.max_speed_scale
        if self.context.ok():
            self._state_publisher.publish(state)

    def _report(self) -> None:
        self._driver.report()
        summary = f"{Mode(self._state.mode).name}: {self._state.stop_reason or 'driving'}"
        if summary != self._logged:  # Not where the state changes: a log may block on its pipe.
            self._logged = summary
            self.get_logger().info(summary)

    def _health(self) -> Health:
        return self._driver.change(self._health_of)

    def _health_of(self, control: DriveControl, now: Moment) -> Health:
        state = self._state
        wants_to_drive = state.mode != DriveState.DISABLED or state.emergency_stop
        level = ERROR if control.fault else WARN if wants_to_drive and not state.enabled else OK
        values: dict[str, object] = {
            "mode": Mode(state.mode).name,
            "pwm_output": self._pwm.state(),
            "calibration": self._calibration.source,
            "command_age [s]": control.command_age(now),
            "commands accepted": control.accepted,
            "commands expired": control.expired,
        }
        for kind, count in control.refusals.items():
            values[f"commands refused: {kind}"] = count
        for name, milliseconds in self._driver.latency.summary_ms().items():
            values[f"stamp to pulse {name} [ms]"] = milliseconds
        return level, state.stop_reason or "driving", values

    def _watchdog_died(self) -> None:
        # Whatever else is broken: guards write neutral when this process ends, and the launch
        # starts it again.
        try:
            self._driver.close()
        finally:
            os._exit(1)


def _nanoseconds(stamp: Time) -> int:
    return stamp.sec * 10**9 + stamp.nanosec


def main() -> int:
    """Run the servo node."""
    return run_node(ServoNode)


if __name__ == "__main__":
    raise SystemExit(main())
