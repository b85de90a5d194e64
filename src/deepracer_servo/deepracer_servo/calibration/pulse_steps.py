# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The steps of the guide in which a person looks for a pulse: what they say, allow and begin with.

Which way is left, and which is forward, follows from the pulse that a person finds, so nobody has
to know what a polarity is.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from deepracer_core.calibration import AxisCalibration
from deepracer_servo.calibration.terminal import DOWN, LEFT, RIGHT, UP

SMALL_NS, LARGE_NS = 2_000, 20_000
SWAP = "r"
MOVES = {
    LEFT: -SMALL_NS,
    RIGHT: SMALL_NS,
    DOWN: -LARGE_NS,
    UP: LARGE_NS,
    "-": -LARGE_NS,
    "+": LARGE_NS,
}
SMALLEST_TRAVEL_NS = 20_000  # From neutral; with less, nothing visible happens.
GENTLE = 0.25  # Share of full travel that tries out which way is forward.
_BAR = 45


@dataclass(frozen=True)
class PulseStep:
    """One pulse to be found.

    Attributes:
        axis: "steering", whose pulse stands while the step is open, or "throttle", whose pulse
            ends soon after the last key.
        title: what is looked for.
        text: what to do.
        start_ns: where to begin [ns].
        limits_ns: what the pulse may be [ns].
        neutral_ns: the axis's neutral [ns]; None where that is what is looked for.
        side: on which side of neutral the pulse stays, 1 longer, -1 shorter, 0 either.
    """

    axis: str
    title: str
    text: str
    start_ns: int
    limits_ns: tuple[int, int]
    neutral_ns: int | None = None
    side: int = 0

    @property
    def can_swap(self) -> bool:
        """Whether the pulse has a mirror image on the other side of neutral."""
        return self.neutral_ns is not None and not self.side

    def moved(self, pulse_ns: int, key: str) -> int:
        """Return the pulse after a key."""
        if key == SWAP and self.neutral_ns is not None and not self.side:
            return self._clamp(2 * self.neutral_ns - pulse_ns)
        return self._clamp(pulse_ns + MOVES.get(key, 0))

    def objection(self, pulse_ns: int) -> str:
        """Return why this pulse cannot be the one; empty where it can."""
        low, high = self.limits_ns
        if self.neutral_ns is None:
            room = min(pulse_ns - low, high - pulse_ns)
            return "" if room >= SMALLEST_TRAVEL_NS else "that is too close to an end"
        travel = abs(pulse_ns - self.neutral_ns)
        return "" if travel >= SMALLEST_TRAVEL_NS else "that is too close to the |"

    def bar(self, pulse_ns: int) -> str:
        """Draw where the pulse lies between its limits."""
        low, high = self.limits_ns
        cells = ["-"] * _BAR
        marks = ((self.neutral_ns, "|"), (pulse_ns, "O"))
        for place, mark in marks:
            if place is not None:
                cells[round((place - low) / (high - low) * (_BAR - 1))] = mark
        scale = f"{low / 1e3:.0f} [{''.join(cells)}] {high / 1e3:.0f} us"
        return f"{scale}   {pulse_ns / 1e3:.0f}"

    def _clamp(self, pulse_ns: int) -> int:
        low, high = self.limits_ns
        if self.neutral_ns is not None:
            low = self.neutral_ns if self.side > 0 else low
            high = self.neutral_ns if self.side < 0 else high
        return min(max(pulse_ns, low), high)


def steering_centre(axis: AxisCalibration) -> PulseStep:
    """Look for the pulse that points the wheels ahead."""
    return PulseStep(
        "steering",
        "Steering: straight ahead",
        "The keys move the O, and the wheels with it: let them point straight ahead.",
        axis.mid_ns,
        axis.limits_ns,
    )


def steering_left(axis: AxisCalibration, centre_ns: int) -> PulseStep:
    """Look for the pulse of full left."""
    return PulseStep(
        "steering",
        "Steering: full left",
        "Move the O until the wheels are as far to the left as they go without humming.\n"
        "Are they on the right now? Press r.",
        _moved_end(axis, centre_ns, axis.polarity),
        axis.limits_ns,
        centre_ns,
    )


def steering_right(axis: AxisCalibration, centre_ns: int, left_ns: int) -> PulseStep:
    """Look for the pulse of full right, on the other side than left."""
    side = -1 if left_ns > centre_ns else 1
    return PulseStep(
        "steering",
        "Steering: full right",
        "Now to the right, as far as they go without humming.",
        _moved_end(axis, centre_ns, side),
        axis.limits_ns,
        centre_ns,
        side,
    )


def throttle_neutral(axis: AxisCalibration) -> PulseStep:
    """Look for the pulse at which nothing turns."""
    return PulseStep(
        "throttle",
        "Throttle: neutral",
        "Find the middle of the pulses at which the driven wheels stand still.\n"
        "A key puts the pulse on for half a second; hold Space to keep it on.",
        axis.mid_ns,
        axis.limits_ns,
    )


def throttle_direction(axis: AxisCalibration, neutral_ns: int) -> PulseStep:
    """Look for a gentle pulse that drives forward: which side of neutral that is."""
    end_ns = _moved_end(axis, neutral_ns, axis.polarity)
    return PulseStep(
        "throttle",
        "Throttle: which way is forward",
        "Hold Space: the wheels should turn slowly and FORWARDS. Backwards? Press r. Not at all?\n"
        "Move the O away from the |.",
        round(neutral_ns + GENTLE * (end_ns - neutral_ns)),
        axis.limits_ns,
        neutral_ns,
    )


def throttle_forward(axis: AxisCalibration, neutral_ns: int, side: int) -> PulseStep:
    """Look for the pulse of full throttle."""
    return PulseStep(
        "throttle",
        "Throttle: full speed forward",
        "The pulse of full throttle. What is there is a good beginning: Enter takes it.\n"
        "Space tries it: hold the car tight. Closer to the | is slower.",
        _moved_end(axis, neutral_ns, side),
        axis.limits_ns,
        neutral_ns,
        side,
    )


def throttle_reverse(axis: AxisCalibration, neutral_ns: int, side: int) -> PulseStep:
    """Look for the pulse of full reverse."""
    return dataclasses.replace(
        throttle_forward(axis, neutral_ns, side),
        title="Throttle: full speed in reverse",
        text="The same for reverse; Enter takes what is there. Many speed controllers brake at\n"
        "first: press Space, wait until it is over, and press again.",
    )


def _moved_end(axis: AxisCalibration, neutral_ns: int, side: int) -> int:
    """Return the end on one side, as far from the new neutral as it was from the old one."""
    low, high = axis.limits_ns
    end_ns = axis.max_ns if side > 0 else axis.min_ns
    return min(max(neutral_ns + end_ns - axis.mid_ns, low), high)
