# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration services of the servo node.

They run in the node's executor, one at a time. The session, which reads and writes the file, is
used outside the driver's lock, since the watchdog must never wait for a disk; the drive control
only ever gets a calibration that does not change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from builtin_interfaces.msg import Time
from rclpy.node import Node
from std_srvs.srv import Trigger

from deepracer_core.errors import DeepRacerError
from deepracer_interfaces.srv import GetCalibration, Jog, SetCalibration
from deepracer_servo.calibration.calibration_messages import (
    calibration_from_message,
    fill_message,
)
from deepracer_servo.calibration.calibration_session import CalibrationSession
from deepracer_servo.drive_mode import Mode
from deepracer_servo.driver import Driver

_EPOCH = datetime.fromtimestamp(0, UTC)
_LAST_SECOND = 2**31 - 1  # That a Time can tell.
_AXES = {Jog.Request.STEERING: "steering", Jog.Request.THROTTLE: "throttle"}


class CalibrationServices:
    """Changes the calibration of a running car, for whoever calls.

    Args:
        node: gets the services.
        driver: of the car.
        session: nobody else may change it afterwards.
    """

    def __init__(self, node: Node, driver: Driver, session: CalibrationSession) -> None:
        """Offer the services."""
        self._driver = driver
        self._session = session
        self._mode = Mode.DISABLED
        self._logger = node.get_logger()
        for kind, name, callback in (
            (GetCalibration, "get_calibration", self._get),
            (SetCalibration, "set_calibration", self._set),
            (Trigger, "save_calibration", self._save),
            (Trigger, "revert_calibration", self._revert),
            (Trigger, "reset_calibration", self._reset),
            (Jog, "jog", self._jog),
        ):
            node.create_service(kind, f"~/{name}", callback)

    @property
    def source(self) -> str:
        """Where the calibration in force comes from, for people."""
        return self._session.source + (", not saved" if self._session.unsaved else "")

    def mode_changed(self) -> None:
        """Note the mode; leaving CALIBRATION drops what was set and not saved.

        The drive control has gone back to the saved calibration together with the change of mode;
        this tells the session.
        """
        was, self._mode = self._mode, self._driver.change(lambda control, _: control.mode)
        left = was is Mode.CALIBRATION and self._mode is not Mode.CALIBRATION
        if left and self._session.unsaved:
            self._session.discard()
            self._logger.info("what was set and not saved is gone: CALIBRATION was left")

    def _get(
        self, _: GetCalibration.Request, answer: GetCalibration.Response
    ) -> GetCalibration.Response:
        session = self._session
        calibration, defaults = session.calibration, session.defaults
        fill_message(answer.calibration, session.vehicle, calibration)
        answer.steering_pulses_ns = [
            calibration.steering.pulse_ns(angle) for angle, _ in calibration.steering.curve
        ]
        answer.throttle_pulses_ns = [
            calibration.throttle.pulse_ns(speed) for speed, _ in calibration.throttle.curve
        ]
        answer.steering_limits_ns = list(defaults.steering.limits_ns)
        answer.throttle_limits_ns = list(defaults.throttle.limits_ns)
        answer.source, answer.unsaved = session.source, session.unsaved
        if session.saved is not None:
            answer.saved = _time(session.saved)
        answer.success = True
        return answer

    def _set(
        self, request: SetCalibration.Request, answer: SetCalibration.Response
    ) -> SetCalibration.Response:
        session = self._session

        def change() -> None:
            calibration = calibration_from_message(request.calibration, session.vehicle)
            session.set(calibration, request.wheels_up)

        answer.success, answer.message = self._change(change)
        return answer

    def _save(self, _: Trigger.Request, answer: Trigger.Response) -> Trigger.Response:
        return self._answer(answer, self._session.save, "saved as")

    def _revert(self, _: Trigger.Request, answer: Trigger.Response) -> Trigger.Response:
        return self._answer(answer, self._session.revert, "in force:")

    def _reset(self, _: Trigger.Request, answer: Trigger.Response) -> Trigger.Response:
        stands_up = self._mode is Mode.CALIBRATION
        return self._answer(
            answer, lambda: self._session.reset(wheels_up=stands_up), "in force, not saved:"
        )

    def _answer(
        self, answer: Trigger.Response, change: Callable[[], None], done: str
    ) -> Trigger.Response:
        answer.success, answer.message = self._change(change)
        if answer.success:
            answer.message = f"{done} {self._session.source}"
        return answer

    def _jog(self, request: Jog.Request, answer: Jog.Response) -> Jog.Response:
        axis = _AXES.get(request.axis, f"{request.axis}")
        try:
            self._driver.change(
                lambda control, now: control.jog(
                    axis, request.pulse_ns, request.hold, request.wheels_up, now
                )
            )
            answer.success = True
        except DeepRacerError as error:
            answer.message = str(error)
        return answer

    def _change(self, change: Callable[[], None]) -> tuple[bool, str]:
        """Carry out a change; return whether it is in force, or why it is not."""
        try:
            # What is in force anyway: refused while somebody may be driving.
            self._put_in_force()
            change()
            self._put_in_force()
        except DeepRacerError as error:
            return False, str(error)
        return True, ""

    def _put_in_force(self) -> None:
        session = self._session
        self._driver.change(
            lambda control, _: control.use_calibration(
                session.calibration, session.fault, lasting=not session.unsaved
            )
        )


def _time(moment: datetime) -> Time:
    seconds = int((moment - _EPOCH).total_seconds())
    return Time(sec=min(max(seconds, 0), _LAST_SECOND))
