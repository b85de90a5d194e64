# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Sources of commands that the suite plays itself, so that it can put nonsense into them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.model_metadata import metadata_text

# All that the played policy ever chooses is the middle one.
ACTIONS = DiscreteActionSpace((Action(-0.3, 1.0), Action(0.0, 1.5), Action(0.3, 1.0)))
MODEL_ID, METADATA = "a" * 64, metadata_text(ACTIONS)
POLICY = "policy_output"


class Output(NamedTuple):
    """What a policy puts out for the picture taken at `stamp_ns`."""

    stamp_ns: int
    values: tuple[float, ...] = (0.1, 0.8, 0.1)
    action: int = 1
    model_id: str = MODEL_ID


class Command(NamedTuple):
    """A command of a person or planner: steering angle or yaw rate [rad, rad/s], speed [m/s]."""

    turn: float = 0.1
    speed: float = 1.5


class Stick(NamedTuple):
    """A joystick: axes [-1..1] and buttons [0 or 1]."""

    axes: tuple[float, ...]
    buttons: tuple[int, ...]


_AT_REST = Stick((0.0, 0.0), (0, 0, 0, 0, 0, 1))
_FORWARD = Stick((0.1, 0.9), (0, 0, 0, 0, 0, 1))

Change = Callable[[Any, Any], Any]
"""From the right message and the last right one to what is said: bytes are published as they are,
and for None nothing is."""


class Sources:
    """Whoever commands the car, one at a time, rightly until `corrupt`.

    Args:
        send: publishes a message, or its bytes, on a topic.

    Attributes:
        broken_at: when the first wrong message was said, or the silence began [s, monotonic].
    """

    def __init__(self, send: Callable[[str, Any], None]) -> None:
        """Say nothing."""
        self.broken_at: float | None = None
        self._send = send
        self._corrupted_at = 0.0
        self._topic = ""
        self._change: Change | None = None
        self._last_right: Any = None

    def play(self, topic: str) -> None:
        """Command the car by this topic from now on, and by no other."""
        self._topic, self._last_right = topic, None

    def corrupt(self, change: Change) -> None:
        """Say what `change` makes of what is right."""
        self._change, self.broken_at = change, None
        self._corrupted_at = time.monotonic()

    def mend(self) -> None:
        """Be right again."""
        self._change = None

    def answer(self, stamp_ns: int) -> None:
        """Play the policy, for a picture taken at this time [ns]."""
        if self._topic == POLICY:
            self._say(Output(stamp_ns))

    def tick(self, lets_go: bool) -> None:
        """Play who drives by hand; a joystick is let go of now and then until the car drives."""
        if self._topic in ("drive", "cmd_vel"):
            self._say(Command())
        elif self._topic == "joy":
            self._say(_AT_REST if lets_go else _FORWARD)

    def _say(self, right: Any) -> None:
        if self._change is None:
            self._last_right = right
            self._send(self._topic, right)
            return
        said = self._change(right, self._last_right)
        if self.broken_at is None:
            self.broken_at = self._corrupted_at if said is None else time.monotonic()
        if said is not None:
            self._send(self._topic, said)
