# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A gamepad as a source of actions: axes and buttons of sensor_msgs/Joy.

The defaults fit what joy_node and joy_linux make of an Xbox or PlayStation pad, by cable or
radio: stick values are + to the left and up, axes 0 and 1 are the left stick on all of them. The
axes above differ: what is the right stick on one pad is on another a trigger, which reports full
deflection while nobody touches it, or none until it was touched once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from deepracer_core.action_space import MAX_SPEED, MAX_STEERING, Action
from deepracer_core.errors import ActionError, ConfigError
from deepracer_core.settings import check_settings, setting


@dataclass(frozen=True)
class JoySettings:
    """How a gamepad drives the car; each field is a parameter of the servo node."""

    joy_steering_axis: int = setting(0, "axis that steers; 0: left stick sideways", range=(0, 31))
    joy_throttle_axis: int = setting(
        1, "axis that drives; 1: left stick up and down", range=(0, 31)
    )
    joy_steering_inverted: bool = setting(False, "whether + on the axis is to the right")
    joy_throttle_inverted: bool = setting(False, "whether + on the axis is backwards")
    joy_dead_zone: float = setting(
        0.1, "deflection up to which a stick counts as at rest [0..1]", range=(0.0, 0.9)
    )
    joy_expo: float = setting(
        0.3, "how much gentler sticks are around their centre; 0: linear [0..1]", range=(0.0, 1.0)
    )
    joy_max_angle: float = setting(
        MAX_STEERING, "steering angle at full stick [rad]", range=(0.01, MAX_STEERING)
    )
    joy_max_speed: float = setting(1.0, "speed at full stick [m/s]", range=(0.1, MAX_SPEED))
    joy_enable_button: int = setting(
        5, "button to be held while driving; 5: right shoulder", range=(0, 63)
    )
    joy_takes_over: bool = setting(
        True, "whether moving a stick in AUTONOMOUS mode switches to MANUAL"
    )

    def __post_init__(self) -> None:
        """Refuse what nobody could drive with."""
        check_settings(self)
        if self.joy_steering_axis == self.joy_throttle_axis:
            raise ConfigError("joy_steering_axis and joy_throttle_axis are the same")


class JoyCommand(NamedTuple):
    """What one message of the gamepad asks for.

    Attributes:
        action: what to do; None where the car must stand, at once.
        reason: why it must stand; empty where it may drive.
        touched: whether a stick is out of its dead zone, button held or not.
    """

    action: Action | None
    reason: str
    touched: bool


class Joystick:
    """Reads the messages of one gamepad, in their order."""

    def __init__(self, settings: JoySettings, longest_gap: float) -> None:
        """Start with the enable button not held; after a gap [s] in the messages, again."""
        self._settings = settings
        self._longest_gap = longest_gap
        self._enabled = False
        self._read_at = -math.inf

    def reset(self) -> None:
        """Let driving start anew, from a throttle stick at rest."""
        self._enabled = False

    def read(self, axes: Sequence[float], buttons: Sequence[int], now: float) -> JoyCommand:
        """Return what the gamepad asks for.

        Driving starts from a throttle stick at rest. So a button pressed with the stick already
        deflected does not make the car leap, and an axis that turns out to be a trigger, held
        at its end by nobody, never drives.

        Args:
            axes: of sensor_msgs/Joy, -1 to 1.
            buttons: of sensor_msgs/Joy, not 0 where pressed.
            now: time of the message's arrival on a steady clock [s].

        Raises:
            ActionError: the gamepad has no such axis or button, or an axis is not finite.
        """
        chosen = self._settings
        if now - self._read_at > self._longest_gap:
            self.reset()
        self._read_at = now
        try:
            steering = self._stick(axes, "joy_steering_axis", chosen.joy_steering_inverted)
            throttle = self._stick(axes, "joy_throttle_axis", chosen.joy_throttle_inverted)
            held = bool(_entry(buttons, "buttons", "joy_enable_button", chosen.joy_enable_button))
        except ActionError:
            self._enabled = False
            raise
        self._enabled = held and (self._enabled or throttle == 0.0)
        touched = steering != 0.0 or throttle != 0.0
        if self._enabled:
            angle, speed = steering * chosen.joy_max_angle, throttle * chosen.joy_max_speed
            return JoyCommand(Action(angle, speed), "", touched)
        if held:
            return JoyCommand(None, "joy: let go of the throttle stick, then drive", touched)
        reason = f"joy: the enable button ({chosen.joy_enable_button}) is not held"
        return JoyCommand(None, reason, touched)

    def _stick(self, axes: Sequence[float], name: str, inverted: bool) -> float:
        index = getattr(self._settings, name)
        value = _entry(axes, "axes", name, index)
        if not math.isfinite(value):
            raise ActionError(f"joy: axis {index} is {value}: a finite number is needed")
        value = shape_stick(value, self._settings.joy_dead_zone, self._settings.joy_expo)
        return -value if inverted else value


def shape_stick(value: float, dead_zone: float, expo: float) -> float:
    """Return the deflection that a stick stands for: odd, rising, from 0 at rest to 1 at its end.

    Args:
        value: of the axis; beyond -1 and 1 it counts as -1 and 1.
        dead_zone: deflection [0..1) that gives 0; what is beyond starts from 0 too.
        expo: share [0..1] of the cube in a mix with the straight line.
    """
    beyond = min(abs(value), 1.0) - dead_zone
    if beyond <= 0.0:
        return 0.0
    share = beyond / (1.0 - dead_zone)
    return math.copysign((1.0 - expo) * share + expo * share**3, value)


def _entry(values: Sequence[float], kind: str, name: str, index: int) -> float:
    if index >= len(values):
        raise ActionError(
            f"joy: the gamepad reports {len(values)} {kind}, but {name} is {index}: set it to "
            "one that `ros2 topic echo joy` shows moving"
        )
    return values[index]
