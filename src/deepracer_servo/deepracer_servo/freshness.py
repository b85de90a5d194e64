# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a command is fresh: its stamp against the clock, and the clock against a steady one.

The life of a command counts from its stamp: the capture of the image behind it, or the moment
when a manual command was given. All of it is in ROS time, which is simulated where /clock is
published; since a dead simulator stops its clock, and a command would never age any more, a clock
that has not moved for one time to live of wall time counts as a fault of its own. So does a system
clock that is set while the car drives, whichever way: no stamp from before says how old it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from deepracer_core.errors import DeepRacerError


class Moment(NamedTuple):
    """One moment on two clocks [ns].

    Attributes:
        ros_ns: the clock of all stamps; simulated time where /clock is published.
        steady_ns: a clock that neither stops nor jumps.
    """

    ros_ns: int
    steady_ns: int


class Refusal(StrEnum):
    """Why a command was not obeyed, as diagnostics count it."""

    CLOCK = "clock stopped"
    DEVICE = "device failed"
    NO_STAMP = "no stamp"
    FUTURE = "stamp in the future"
    FROZEN = "stamp frozen"
    DISORDER = "stamp out of order"
    STALE = "stale"
    MODEL = "wrong model"
    VALUES = "bad values"
    INDEX = "bad index"
    PICTURE = "picture frozen"


class RefusedError(DeepRacerError):
    """A command is not obeyed; the message says why."""

    def __init__(self, kind: Refusal, message: str) -> None:
        """Keep the kind for counting."""
        super().__init__(message)
        self.kind = kind


class Freshness:
    """Judges stamps by one time to live.

    Args:
        ttl_ns: the time to live [ns].
        simulated: whether the clock of stamps is simulated time, which need not keep pace with
            the steady clock.
    """

    def __init__(self, ttl_ns: int, simulated: bool = False) -> None:
        """Start without having seen a clock or a stamp."""
        self.ttl_ns = ttl_ns
        self._simulated = simulated
        self._newest_ns: dict[str, int] = {}
        self._last_progress: Moment | None = None

    def clock_fault(self, now: Moment) -> str:
        """Note the time and return what is wrong with the clock, empty where nothing is.

        After a jump, of a simulator that was started again or a system clock that was set, the
        stamps seen before mean nothing and are forgotten.
        """
        last = self._last_progress
        if last is None or now.ros_ns != last.ros_ns:
            self._last_progress = now
        if last is None:
            return ""
        passed_ns = now.ros_ns - last.ros_ns
        ahead_ns = passed_ns - (now.steady_ns - last.steady_ns)
        if passed_ns < 0 or (ahead_ns > self.ttl_ns and not self._simulated):
            self._newest_ns.clear()
            way = "backwards" if passed_ns < 0 else "forwards"
            return f"the clock jumped {way}: waiting for a fresh command"
        if passed_ns > 0:
            return ""
        if now.steady_ns - last.steady_ns > self.ttl_ns:
            return "the clock stands still: is the simulator paused or gone?"
        return ""

    def check(self, source: str, stamp_ns: int, now: Moment, may_repeat: bool) -> None:
        """Raise RefusedError where a stamp of this source is not fresh; remember it where it is.

        Args:
            source: the topic that the command came by.
            stamp_ns: its stamp [ns].
            now: the time of arrival.
            may_repeat: whether the same stamp may come twice.
        """
        newest_ns = self._newest_ns.get(source, 0)
        if stamp_ns <= 0:
            raise RefusedError(Refusal.NO_STAMP, f"{source}: the stamp is zero")
        # /clock and a message may overtake each other, so a little future is no fault.
        if stamp_ns - now.ros_ns > self.ttl_ns:
            raise RefusedError(
                Refusal.FUTURE, f"{source}: the stamp is in the future: compare the clocks"
            )
        if stamp_ns == newest_ns and not may_repeat:
            raise RefusedError(Refusal.FROZEN, f"{source}: the stamp is that of the one before")
        if stamp_ns < newest_ns:
            raise RefusedError(
                Refusal.DISORDER, f"{source}: the stamp is older than that of the one before"
            )
        self._newest_ns[source] = stamp_ns
        if now.ros_ns - stamp_ns > self.ttl_ns:
            raise RefusedError(
                Refusal.STALE, f"{source}: older on arrival than {self.ttl_ns / 1e9:g} s"
            )

    def expiry_ns(self, stamp_ns: int, now: Moment) -> int:
        """Return when a command with this stamp dies [ns]; one from the future lives no longer."""
        return min(stamp_ns, now.ros_ns) + self.ttl_ns
