# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the car may move, and how: modes, commands, their time to live, and every refusal.

A state machine without threads, ROS or clock of its own; the driver calls it under its lock and
says what time it is. Nothing but an accepted command, younger than its time to live, in the mode
that obeys its source, makes pulses other than neutral, and every refusal makes them neutral at
once. All of it recovers with the next good command, except the emergency stop, which latches.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_servo.drive_mode import DriveOutput, DriveStatus, Mode, ModeRefusedError
from deepracer_servo.freshness import Freshness, Moment, Refusal, RefusedError
from deepracer_servo.jog import Jog, make_jog
from deepracer_servo.joystick import JoyCommand
from deepracer_servo.picture_check import PictureCheck
from deepracer_servo.policy_decoder import PolicyDecoder
from deepracer_servo.settings import ServoSettings

JOY = "joy"
# A planner may ask for a little more than the car can do, and gets what it can; a command beyond
# this is no wish but a corrupt message.
WILDEST = Action(math.pi / 2, 20.0)
# Three periods of the pulses: what stops the car for a fault has to leave the chip and to be seen
# on drive_state, also where the very next command is good again.
FAULT_STOP_NS = 60_000_000


@dataclass(frozen=True)
class _Command:
    source: str
    action: Action
    stamp_ns: int
    expires_ns: int


class DriveControl:
    """Decides on the pulses of one car.

    Args:
        settings: of the servo node.
        calibration: from actions to pulses; its neutral is written whenever the car must stand.
        fault: why no mode that drives may be enabled, such as a damaged calibration file; empty
            for none.
        simulated: whether stamps are in simulated time.
    """

    def __init__(
        self,
        settings: ServoSettings,
        calibration: Calibration,
        fault: str = "",
        simulated: bool = False,
    ) -> None:
        """Start in DISABLED, whatever was before."""
        self.accepted = 0
        self.expired = 0
        self.refusals: Counter[Refusal] = Counter()
        self._calibration = calibration
        self._freshness = Freshness(round(settings.command_ttl * 1e9), simulated)
        self._picture = PictureCheck(settings.frozen_picture_limit)
        self._takes_over = settings.joy_takes_over
        self._calibration_fault = fault
        self._lasting = calibration, fault
        self._device_fault = ""
        self._max_speed_scale = settings.max_speed_scale
        self._mode = Mode.DISABLED
        self._emergency_stop = False
        self._policy = PolicyDecoder()
        self._command: _Command | None = None
        self._jog: Jog | None = None
        self._accepted_ns: int | None = None
        self._stop_reason = ""
        self._faulty = False  # Since the last output.
        self._stopped_until_ns = 0  # On the steady clock.

    @property
    def fault(self) -> str:
        """What is broken in this node itself, calibration or device; empty where nothing is."""
        return self._calibration_fault or self._device_fault

    @property
    def mode(self) -> Mode:
        """What the car obeys now."""
        return self._mode

    def set_mode(self, mode: int) -> None:
        """Enter a mode; ModeRefusedError where that is not possible, and the old one stays."""
        try:
            wanted = Mode(mode)
        except ValueError:
            names = ", ".join(f"{entry.value} {entry.name}" for entry in Mode)
            raise ModeRefusedError(f"unknown mode {mode}: the modes are {names}") from None
        if wanted is not Mode.DISABLED and (obstacle := self._obstacle(wanted)):
            raise ModeRefusedError(obstacle)
        if wanted is not self._mode:
            self._enter(wanted, f"waiting for the first command in mode {wanted.name}")

    def emergency_stop(self) -> None:
        """Stop and stay stopped, in DISABLED, until the stop is cleared and a mode is set."""
        self._emergency_stop = True
        self._enter(Mode.DISABLED, "")

    def clear_emergency_stop(self) -> None:
        """Allow modes to be enabled again; the car stays in DISABLED."""
        self._emergency_stop = False

    def set_max_speed_scale(self, scale: float) -> None:
        """Set the factor on every commanded speed, 0 to 1; it holds for the present one too."""
        self._max_speed_scale = scale

    def use_calibration(
        self, calibration: Calibration, fault: str = "", lasting: bool = True
    ) -> None:
        """Make pulses by this calibration from now on.

        Args:
            calibration: the new one.
            fault: why the car must not be driven with it; empty for none.
            lasting: whether it stays when CALIBRATION is left; else the last lasting one returns.

        Raises:
            ModeRefusedError: the car may be driving.
        """
        if self._mode in (Mode.MANUAL, Mode.AUTONOMOUS):
            raise ModeRefusedError(
                f"no calibration is changed in {self._mode.name}: set the mode to CALIBRATION (3)"
            )
        self._calibration, self._calibration_fault, self._jog = calibration, fault, None
        if lasting:
            self._lasting = calibration, fault

    def jog(self, axis: str, pulse_ns: int, hold: float, wheels_up: bool, now: Moment) -> None:
        """Put a pulse on one channel for a moment; see `make_jog` for what is refused and why."""
        if self._mode is not Mode.CALIBRATION:
            raise ModeRefusedError("~/jog works in mode CALIBRATION only: set the mode to 3")
        if self._device_fault:
            raise ModeRefusedError(self._device_fault)
        self._jog = make_jog(self._calibration, axis, pulse_ns, hold, wheels_up, now.steady_ns)

    def set_model(self, model_id: str, metadata: str) -> None:
        """Decode policy output by this model from now on; a model that does not parse is none."""
        if self._policy.set_model(model_id, metadata) and self._mode is Mode.AUTONOMOUS:
            reason = self._obstacle(self._mode) or "waiting for output of the new model"
            self._stop_for_fault(reason)

    def policy_output(
        self,
        stamp_ns: int,
        model_id: str,
        values: Sequence[float],
        index: int,
        now: Moment,
        unchanged: float = 0.0,
    ) -> None:
        """Obey, or refuse, the output of the policy for the image captured at `stamp_ns`.

        `unchanged` is for how long [s] the picture has been the same.
        """
        if self._mode is not Mode.AUTONOMOUS:
            return
        try:
            self._check_state(now)
            self._freshness.check("policy_output", stamp_ns, now, may_repeat=False)
            action = self._policy.decode(model_id, values, index)
            self._picture.check(unchanged, stamp_ns)
            self._accept("policy_output", action, stamp_ns, now)
        except RefusedError as refusal:
            self._refuse(refusal)

    def manual_command(self, source: str, stamp_ns: int, action: Action, now: Moment) -> None:
        """Obey, or refuse, a command that a person or planner gave at `stamp_ns`.

        A stamp of zero, as `ros2 topic pub` and simple joystick nodes send it, means now. Two
        commands may bear the same stamp, as they do within one tick of a simulated clock: the
        second is obeyed, but lives no longer than the first.
        """
        if self._mode is not Mode.MANUAL:
            return
        stamp_ns = stamp_ns or now.ros_ns
        try:
            self._check_state(now)
            self._freshness.check(source, stamp_ns, now, may_repeat=True)
            if not all(math.isfinite(value) for value in action):
                raise RefusedError(Refusal.VALUES, f"{source}: the command is not finite")
            if (
                abs(action.steering_angle) > WILDEST.steering_angle
                or abs(action.speed) > WILDEST.speed
            ):
                raise RefusedError(Refusal.VALUES, f"{source}: no car can do {action}")
            self._accept(source, action, stamp_ns, now)
        except RefusedError as refusal:
            self._refuse(refusal)

    def joystick(self, stamp_ns: int, command: JoyCommand, now: Moment) -> None:
        """Obey a gamepad; it can take over from the policy, and its button let go is a stop."""
        if self._mode is Mode.AUTONOMOUS and self._takes_over and command.touched:
            self._enter(Mode.MANUAL, "a person took over by gamepad")
        if self._mode is not Mode.MANUAL:
            return
        if command.action is not None:
            self.manual_command(JOY, stamp_ns, command.action, now)
        elif self._command is None or self._command.source == JOY:
            self._stop(command.reason)

    def device_failed(self, message: str) -> None:
        """Stop because a write failed; no command is obeyed until one succeeds."""
        self._device_fault = f"the pulses could not be written: {message}"
        self._stop_for_fault(self._device_fault)

    def device_recovered(self) -> None:
        """Obey commands again, since a write succeeded."""
        if self._device_fault:
            self._device_fault = ""
            self._stop("the device is back: waiting for a fresh command")

    def output(self, now: Moment) -> DriveOutput:
        """Return what to write at this moment."""
        self._expire(now)
        neutral = self._calibration.neutral
        if self._jog is not None:
            return DriveOutput(self._jog.pulses, neutral, 0, self._status(driving=True))
        if self._command is None or now.steady_ns < self._stopped_until_ns:
            return DriveOutput(neutral, neutral, 0, self._status(driving=False))
        pulses = self._calibration.pulses(self._command.action, self._max_speed_scale)
        moves = pulses.throttle_ns != neutral.throttle_ns
        self._picture.told(moves, self._command.stamp_ns)
        return DriveOutput(pulses, neutral, self._command.stamp_ns, self._status(driving=True))

    def command_age(self, now: Moment) -> float:
        """Return the age [s] of the last accepted command, -1 where there was none."""
        if self._accepted_ns is None:
            return -1.0
        return max(0, now.ros_ns - self._accepted_ns) / 1e9

    def _enter(self, mode: Mode, reason: str) -> None:
        if self._mode is Mode.CALIBRATION:
            self._calibration, self._calibration_fault = self._lasting
        self._mode = mode
        self._picture.reset()
        self._stop(reason)

    def _expire(self, now: Moment) -> None:
        clock_fault = self._freshness.clock_fault(now)
        if self._jog is not None and now.steady_ns >= self._jog.until_ns:
            self._stop("the jog is over")
        if self._command is not None and clock_fault:
            self._stop_for_fault(clock_fault)
        elif self._command is not None and now.ros_ns > self._command.expires_ns:
            self.expired += 1
            ttl = self._freshness.ttl_ns / 1e9
            self._stop(f"no fresh command for {ttl:g} s: its source is silent or late")
        if self._faulty:
            self._faulty, self._stopped_until_ns = False, now.steady_ns + FAULT_STOP_NS

    def _status(self, driving: bool) -> DriveStatus:
        return DriveStatus(
            self._mode,
            driving,
            self._emergency_stop,
            "" if driving else self._reason_to_stand(),
            self._policy.model_id,
            self._max_speed_scale,
        )

    def _reason_to_stand(self) -> str:
        if self._mode is Mode.DISABLED:
            return self._obstacle(Mode.MANUAL) or "mode is DISABLED"
        return self._stop_reason

    def _obstacle(self, mode: Mode) -> str:
        if self._emergency_stop:
            return "the emergency stop is latched: call ~/clear_emergency_stop first"
        if mode is Mode.CALIBRATION:
            return self._device_fault
        return self.fault or (self._policy.fault if mode is Mode.AUTONOMOUS else "")

    def _check_state(self, now: Moment) -> None:
        if self._device_fault:
            raise RefusedError(Refusal.DEVICE, self._device_fault)
        if clock_fault := self._freshness.clock_fault(now):
            raise RefusedError(Refusal.CLOCK, clock_fault)

    def _accept(self, source: str, action: Action, stamp_ns: int, now: Moment) -> None:
        self.accepted += 1
        self._accepted_ns = stamp_ns
        expires_ns = self._freshness.expiry_ns(stamp_ns, now)
        self._command = _Command(source, action, stamp_ns, expires_ns)

    def _refuse(self, refusal: RefusedError) -> None:
        self.refusals[refusal.kind] += 1
        self._stop_for_fault(str(refusal))

    def _stop_for_fault(self, reason: str) -> None:
        self._faulty = True
        self._stop(reason)

    def _stop(self, reason: str) -> None:
        self._command, self._jog = None, None
        self._picture.told(False, 0)
        self._stop_reason = reason
