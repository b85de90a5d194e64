# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Domain randomisation: how much the simulated world differs from episode to episode.

A policy that was trained on one exact world drives in that one. Each strength here says how far
one thing may be off; 0 switches it off. Every episode draws anew, each car from its own numbers.
The full strengths span the logged cars of the hosted service over the years, and what cameras,
lamps and floors differ by in reality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepracer_core.settings import check_settings, setting
from deepracer_sim.grain import WIDEST_BLUR

Array = NDArray[np.float64]

PATCHES = 4  # of light and shade
THINGS = 12  # beyond the field
MOST_LATENCY = 5  # frames

# How many numbers an episode draws for each purpose, whatever is switched on: so one strength
# does not change what another draws.
_DRAWS = {
    "friction": 1,
    "wheelbase": 1,
    "understeer": 1,
    "steering_lag": 1,
    "speed_lag": 1,
    "latency": 1,
    "steering_bias": 1,
    "battery": 1,
    "start_offset": 1,
    "start_heading": 1,
    "camera_pitch": 1,
    "camera_height": 1,
    "field_of_view": 1,
    "exposure": 1,
    "blur": 1,
    "noise": 1,
    "colours": 18,
    "shadows": 6 * PATCHES,
    "clutter": 1,
    "things": 8 * THINGS,
    "seeds": 2,
}


@dataclass(frozen=True)
class Randomization:
    """Strengths, all off at first; `Randomization.full()` has the documented ones.

    "Off by a factor of up to 1 + x" means times or divided by it, evenly on a logarithmic scale.
    """

    steering_noise: float = setting(
        0.0, "noise of the steering angle, each step [rad, standard deviation]", range=(0.0, 0.2)
    )
    speed_noise: float = setting(
        0.0, "noise of the speed, each step [m/s, standard deviation]", range=(0.0, 1.0)
    )
    friction: float = setting(
        0.0, "highest acceleration and braking, off by a factor of up to 1 + x", range=(0.0, 3.0)
    )
    wheelbase: float = setting(
        0.0, "effective wheelbase, off by a factor of up to 1 + x", range=(0.0, 1.0)
    )
    understeer: float = setting(
        0.0, "understeer, off by a factor of up to 1 + x", range=(0.0, 5.0)
    )
    steering_lag: float = setting(
        0.0, "time constant of the steering, off by a factor of up to 1 + x", range=(0.0, 5.0)
    )
    speed_lag: float = setting(
        0.0, "time constant of the speed, off by a factor of up to 1 + x", range=(0.0, 5.0)
    )
    latency: int = setting(0, "frames that a command acts late, 0 to x", range=(0, MOST_LATENCY))
    steering_bias: float = setting(0.0, "wheels that point aside, +-x [rad]", range=(0.0, 0.3))
    battery: float = setting(
        0.0, "share of the speed that an empty battery lacks, 0 to x", range=(0.0, 0.9)
    )
    start_offset: float = setting(
        0.0, "start to the left or right of the centre line, +-x [m]", range=(0.0, 0.3)
    )
    start_heading: float = setting(0.0, "start at an angle to it, +-x [rad]", range=(0.0, 1.0))
    camera_pitch: float = setting(0.0, "pitch of the camera, +-x [rad]", range=(0.0, 0.2))
    camera_height: float = setting(0.0, "height of the camera, +-x [m]", range=(0.0, 0.05))
    field_of_view: float = setting(0.0, "horizontal field of view, +-x [rad]", range=(0.0, 0.4))
    exposure: float = setting(
        0.0, "brightness of the picture, off by a factor of up to 1 + x", range=(0.0, 3.0)
    )
    blur: float = setting(0.0, "blur, 0 to x [px, standard deviation]", range=(0.0, WIDEST_BLUR))
    noise: float = setting(
        0.0, "noise of the picture, 0 to x [levels, standard deviation]", range=(0.0, 50.0)
    )
    road_colour: float = setting(
        0.0, "red, green and blue of the road, each +-x [levels]", range=(0.0, 255.0)
    )
    line_colour: float = setting(
        0.0, "those of side lines and of the centre line, +-x [levels]", range=(0.0, 255.0)
    )
    field_colour: float = setting(
        0.0, "those of the field beside the road, +-x [levels]", range=(0.0, 255.0)
    )
    wall_colour: float = setting(
        0.0, "those of the walls and of what is above them, +-x [levels]", range=(0.0, 255.0)
    )
    shadows: float = setting(
        0.0, "light that patches on the ground lack or have more, +-x [share]", range=(0.0, 0.9)
    )
    clutter: int = setting(0, "things that stand beyond the field, 0 to x", range=(0, THINGS))

    def __post_init__(self) -> None:
        """Refuse strengths out of range."""
        check_settings(self)

    @classmethod
    def none(cls) -> Randomization:
        """Return no randomisation."""
        return cls()

    @classmethod
    def full(cls) -> Randomization:
        """Return the strengths that policies for real cars are trained with."""
        return cls(
            steering_noise=0.01,
            speed_noise=0.1,
            friction=0.3,
            wheelbase=0.15,
            understeer=2.0,
            steering_lag=1.5,
            speed_lag=1.5,
            latency=3,
            steering_bias=0.035,
            battery=0.2,
            start_offset=0.1,
            start_heading=0.2,
            camera_pitch=0.035,
            camera_height=0.01,
            field_of_view=0.06,
            exposure=0.5,
            blur=0.7,
            noise=6.0,
            road_colour=30.0,
            line_colour=40.0,
            field_colour=60.0,
            wall_colour=160.0,
            shadows=0.4,
            clutter=THINGS,
        )

    @property
    def is_on(self) -> bool:
        """Whether anything is randomised."""
        return self != EXACT


EXACT = Randomization()


class Draws:
    """Numbers, evenly spread over 0 to 1, that decide about K episodes."""

    def __init__(self, generators: Sequence[np.random.Generator]) -> None:
        """Draw them, from one generator an episode."""
        ends = np.cumsum(list(_DRAWS.values()))
        numbers = np.transpose([generator.random(ends[-1]) for generator in generators])
        # Contiguous, so that numpy computes a number the same way alone and among others.
        parts = np.split(np.ascontiguousarray(numbers), ends[:-1])
        self._numbers = dict(zip(_DRAWS, parts, strict=True))

    def evenly(self, purpose: str) -> Array:
        """Return the numbers (count, K) of a purpose."""
        return self._numbers[purpose]

    def aside(self, purpose: str, strength: float) -> Array:
        """Return numbers (K,) between minus and plus `strength`."""
        return strength * (2.0 * self._numbers[purpose][0] - 1.0)

    def factor(self, purpose: str, strength: float) -> Array:
        """Return factors (K,) from 1 / (1 + strength) to 1 + strength, even in their logarithm."""
        return (1.0 + strength) ** (2.0 * self._numbers[purpose][0] - 1.0)

    def seeds(self) -> NDArray[np.uint64]:
        """Return seeds (2, K) for `counter_random`: of noise in commands, and in pictures."""
        return (self._numbers["seeds"] * 2.0**53).astype(np.uint64)
