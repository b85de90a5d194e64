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
from enum import IntEnum
from typing import NamedTuple

from deepracer_core.action_space import Action, ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.calibration import Calibration, Pulses
from deepracer_core.errors import ActionError, DeepRacerError, ModelError
from deepracer_core.model_metadata import ModelMetadata
from deepracer_servo.freshness import Freshness, Moment, Refusal, RefusedError


class Mode(IntEnum):
    """What the car obeys; the numbers are those of DriveState."""

    DISABLED = 0
    MANUAL = 1
    AUTONOMOUS = 2


class DriveStatus(NamedTuple):
    """What users see on drive_state."""

    mode: Mode
    enabled: bool
    emergency_stop: bool
    stop_reason: str
    model_id: str
    max_speed_scale: float


class DriveOutput(NamedTuple):
    """What to write now, the stamp [ns] of the command behind it (0: neutral by rule), and why."""

    pulses: Pulses
    source_ns: int
    status: DriveStatus


class ModeRefusedError(DeepRacerError):
    """A drive mode cannot be entered; the message says why and what to do."""


@dataclass(frozen=True)
class _Command:
    action: Action
    stamp_ns: int
    expires_ns: int


class DriveControl:
    """Decides on the pulses of one car.

    Args:
        calibration: from actions to pulses; its neutral is written whenever the car must stand.
        command_ttl: life of a command [s].
        fault: why no mode may be enabled at all, such as a damaged calibration; empty for none.
    """

    def __init__(self, calibration: Calibration, command_ttl: float, fault: str = "") -> None:
        """Start in DISABLED, whatever was before."""
        self.accepted = 0
        self.expired = 0
        self.refusals: Counter[Refusal] = Counter()
        self._calibration = calibration
        self._freshness = Freshness(round(command_ttl * 1e9))
        self._fault = fault
        self._device_fault = ""
        self._max_speed_scale = 1.0
        self._mode = Mode.DISABLED
        self._emergency_stop = False
        self._model_id = ""
        self._action_space: DiscreteActionSpace | ContinuousActionSpace | None = None
        self._model_fault = "no model has arrived on the topic model: is inference running?"
        self._command: _Command | None = None
        self._accepted_ns: int | None = None
        self._stop_reason = ""

    @property
    def fault(self) -> str:
        """What is broken in this node itself, calibration or device; empty where nothing is."""
        return self._fault or self._device_fault

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
            self._mode = wanted
            self._stop(f"waiting for the first command in mode {wanted.name}")

    def emergency_stop(self) -> None:
        """Stop and stay stopped, in DISABLED, until the stop is cleared and a mode is set."""
        self._emergency_stop = True
        self._mode = Mode.DISABLED
        self._stop("")

    def clear_emergency_stop(self) -> None:
        """Allow modes to be enabled again; the car stays in DISABLED."""
        self._emergency_stop = False

    def set_max_speed_scale(self, scale: float) -> None:
        """Set the factor on every commanded speed, 0 to 1; it holds for the present one too."""
        self._max_speed_scale = scale

    def set_model(self, model_id: str, metadata: str) -> None:
        """Decode policy output by this model from now on; a model that does not parse is none."""
        if self._action_space and model_id == self._model_id:
            return
        self._model_id, self._action_space = "", None
        try:
            if not model_id:
                raise ModelError("it has no id")
            self._action_space = ModelMetadata.parse(metadata).action_space
            self._model_id = model_id
        except ModelError as error:
            self._model_fault = f"the model on the topic model is refused: {error}"
        if self._mode is Mode.AUTONOMOUS:
            self._stop(self._obstacle(self._mode) or "waiting for output of the new model")

    def policy_output(
        self, stamp_ns: int, model_id: str, values: Sequence[float], index: int, now: Moment
    ) -> None:
        """Obey, or refuse, the output of the policy for the image captured at `stamp_ns`."""
        if self._mode is not Mode.AUTONOMOUS:
            return
        try:
            self._check_state(now)
            self._freshness.check("policy_output", stamp_ns, now, may_repeat=False)
            self._accept(self._decode(model_id, values, index), stamp_ns, now)
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
            self._accept(action, stamp_ns, now)
        except RefusedError as refusal:
            self._refuse(refusal)

    def device_failed(self, message: str) -> None:
        """Stop because a write failed; no command is obeyed until one succeeds."""
        self._device_fault = f"the pulses could not be written: {message}"
        self._stop(self._device_fault)

    def device_recovered(self) -> None:
        """Obey commands again, since a write succeeded."""
        if self._device_fault:
            self._device_fault = ""
            self._stop("the device is back: waiting for a fresh command")

    def output(self, now: Moment) -> DriveOutput:
        """Return what to write at this moment."""
        clock_fault = self._freshness.clock_fault(now)
        if self._command is not None:
            if clock_fault:
                self._stop(clock_fault)
            elif now.ros_ns > self._command.expires_ns:
                self.expired += 1
                ttl = self._freshness.ttl_ns / 1e9
                self._stop(f"no fresh command for {ttl:g} s: its source is silent or late")
        if self._command is None:
            return DriveOutput(self._calibration.neutral, 0, self._status())
        pulses = self._calibration.pulses(self._command.action, self._max_speed_scale)
        return DriveOutput(pulses, self._command.stamp_ns, self._status())

    def command_age(self, now: Moment) -> float:
        """Return the age [s] of the last accepted command, -1 where there was none."""
        if self._accepted_ns is None:
            return -1.0
        return max(0, now.ros_ns - self._accepted_ns) / 1e9

    def _status(self) -> DriveStatus:
        driving = self._command is not None
        return DriveStatus(
            self._mode,
            driving,
            self._emergency_stop,
            "" if driving else self._reason_to_stand(),
            self._model_id,
            self._max_speed_scale,
        )

    def _reason_to_stand(self) -> str:
        if self._mode is Mode.DISABLED:
            return self._obstacle(Mode.MANUAL) or "mode is DISABLED"
        return self._stop_reason

    def _obstacle(self, mode: Mode) -> str:
        if self._emergency_stop:
            return "the emergency stop is latched: call ~/clear_emergency_stop first"
        if self.fault:
            return self.fault
        return self._model_fault if mode is Mode.AUTONOMOUS and not self._action_space else ""

    def _check_state(self, now: Moment) -> None:
        if self._device_fault:
            raise RefusedError(Refusal.DEVICE, self._device_fault)
        if clock_fault := self._freshness.clock_fault(now):
            raise RefusedError(Refusal.CLOCK, clock_fault)

    def _decode(self, model_id: str, values: Sequence[float], index: int) -> Action:
        if self._action_space is None:
            raise RefusedError(Refusal.MODEL, self._model_fault)
        if model_id != self._model_id:
            raise RefusedError(
                Refusal.MODEL,
                f"policy_output is of model {model_id[:12]!r}, but the topic model says "
                f"{self._model_id[:12]!r}",
            )
        try:
            decision = self._action_space.decode(values)
        except ActionError as error:
            raise RefusedError(Refusal.VALUES, str(error)) from None
        if index != decision.index:
            raise RefusedError(
                Refusal.INDEX,
                f"action index {index} is not what the {len(values)} values of the policy say "
                f"({decision.index})",
            )
        return decision.action

    def _accept(self, action: Action, stamp_ns: int, now: Moment) -> None:
        self.accepted += 1
        self._accepted_ns = stamp_ns
        self._command = _Command(action, stamp_ns, self._freshness.expiry_ns(stamp_ns, now))

    def _refuse(self, refusal: RefusedError) -> None:
        self.refusals[refusal.kind] += 1
        self._stop(str(refusal))

    def _stop(self, reason: str) -> None:
        self._command = None
        self._stop_reason = reason
