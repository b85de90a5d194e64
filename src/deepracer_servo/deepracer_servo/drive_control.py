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
from deepracer_servo.policy_decoder import PolicyDecoder
from deepracer_servo.settings import ServoSettings
from deepracer_servo.stop import Stop

JOY = "joy"
DRIVING = (Mode.MANUAL, Mode.AUTONOMOUS)
# A planner may ask for a little more than the car can do, and gets what it can; a command beyond
# this is no wish but a corrupt message.
WILDEST = Action(math.pi / 2, 20.0)


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
        ttl_ns = round(settings.command_ttl * 1e9)
        self._freshness = Freshness(ttl_ns, simulated)
        self._stop = Stop(ttl_ns)
        self._picture_limit = settings.frozen_picture_limit
        self._takes_over = settings.joy_takes_over
        self._taken_over = False
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
        self._taken_over = False
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
        if self._mode in DRIVING:
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
            self._stand(reason, fault=True)

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
            self._check_picture(unchanged)
            self._accept("policy_output", action, stamp_ns, now)
        except RefusedError as refusal:
            self._refuse(refusal)

    def manual_command(self, source: str, stamp_ns: int, action: Action, now: Moment) -> None:
        """Obey, or refuse, a command that a person or planner gave at `stamp_ns`.

        Two commands may bear the same stamp, as they do within one tick of a simulated clock: the
        second is obeyed, but lives no longer than the first.
        """
        if self._mode is not Mode.MANUAL or (self._taken_over and source != JOY):
            return
        try:
            self._check_state(now)
            self._freshness.check(source, stamp_ns, now, may_repeat=True)
            if not all(math.isfinite(value) for value in action):
                raise RefusedError(Refusal.VALUES, f"{source}: the command is not finite")
            if any(abs(value) > most for value, most in zip(action, WILDEST, strict=True)):
                raise RefusedError(Refusal.VALUES, f"{source}: no car can do {action}")
            self._accept(source, action, stamp_ns, now)
        except RefusedError as refusal:
            self._refuse(refusal)

    def joystick(self, stamp_ns: int, command: JoyCommand, now: Moment) -> None:
        """Obey a gamepad; it can take over from the policy, and its button let go is a stop.

        After it took over nobody else drives until a mode is set: to let go of the button must
        not hand the car to a planner.
        """
        if self._mode is Mode.AUTONOMOUS and self._takes_over and command.touched:
            self._enter(Mode.MANUAL, command.reason)
            self._taken_over = True
        if self._mode is not Mode.MANUAL:
            return
        if command.action is not None:
            self.manual_command(JOY, stamp_ns, command.action, now)
        elif self._command is None or self._command.source == JOY:
            self._stand(command.reason)

    def device_failed(self, message: str) -> None:
        """Stop because a write failed; no command is obeyed until one succeeds."""
        self._device_fault = f"the pulses could not be written: {message}"
        self._stand(self._device_fault, fault=True)

    def device_recovered(self) -> None:
        """Obey commands again, since a write succeeded."""
        if self._device_fault:
            self._device_fault = ""
            self._stand("the device is back: waiting for a fresh command")

    def output(self, now: Moment) -> DriveOutput:
        """Return what to write at this moment."""
        self._expire(now)
        holds = self._stop.holds(now.steady_ns)
        neutral = self._calibration.neutral
        if self._jog is not None:
            return DriveOutput(self._jog.pulses, neutral, 0, self._status(""))
        if self._command is None or holds:
            reason = self._reason_to_stand(now)
            return DriveOutput(neutral, neutral, 0, self._status(reason))
        pulses = self._calibration.pulses(self._command.action, self._max_speed_scale)
        return DriveOutput(pulses, neutral, self._command.stamp_ns, self._status(""))

    def command_age(self, now: Moment) -> float:
        """Return the age [s] of the last accepted command, -1 where there was none."""
        if self._accepted_ns is None:
            return -1.0
        return max(0, now.ros_ns - self._accepted_ns) / 1e9

    def _enter(self, mode: Mode, reason: str) -> None:
        if self._mode is Mode.CALIBRATION:
            self._calibration, self._calibration_fault = self._lasting
        self._mode = mode
        self._stand(reason)

    def _expire(self, now: Moment) -> None:
        clock_fault = self._freshness.clock_fault(now)
        if self._jog is not None and now.steady_ns >= self._jog.until_ns:
            self._stand("the jog is over")
        if clock_fault and self._mode in DRIVING:
            lasts = self._stop.reason == clock_fault
            self._stand(clock_fault, fault=lasts or self._command is not None)
        elif self._command is not None and now.ros_ns > self._command.expires_ns:
            self.expired += 1
            self._stand(self._stop.silence)

    def _status(self, stop_reason: str) -> DriveStatus:
        return DriveStatus(
            self._mode,
            not stop_reason,
            self._emergency_stop,
            stop_reason,
            self._policy.model_id,
            self._max_speed_scale,
        )

    def _reason_to_stand(self, now: Moment) -> str:
        if self._mode is Mode.DISABLED:
            return self._obstacle(Mode.MANUAL) or "mode is DISABLED"
        if self._device_fault or self._command is not None:  # The latter may come too early.
            return self._device_fault or self._stop.reason
        return self._stop.reason_at(now.steady_ns)

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

    def _check_picture(self, unchanged: float) -> None:
        if self._picture_limit and not unchanged <= self._picture_limit:
            raise RefusedError(
                Refusal.PICTURE, "the picture does not change: is the camera frozen, or covered?"
            )

    def _accept(self, source: str, action: Action, stamp_ns: int, now: Moment) -> None:
        self.accepted += 1
        self._accepted_ns = stamp_ns
        expires_ns = self._freshness.expiry_ns(stamp_ns, now)
        if self._command is not None and self._command.stamp_ns == stamp_ns:
            expires_ns = min(expires_ns, self._command.expires_ns)
        self._command = _Command(source, action, stamp_ns, expires_ns)

    def _refuse(self, refusal: RefusedError) -> None:
        self.refusals[refusal.kind] += 1
        self._stand(str(refusal), fault=True)

    def _stand(self, reason: str, fault: bool = False) -> None:
        self._command, self._jog = None, None
        self._stop.now(reason, fault)
