# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The same pulses in both simulators, nobody looking: how far the cars come apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from deepracer_bringup.parity.paths import Array, Drive, Errors, embedded_path, path_errors
from deepracer_core.pose import Pose
from deepracer_servo.calibration.curve_picture import (
    BLUE,
    GREY,
    ORANGE,
    Picture,
    Plot,
    Series,
    draw_plots,
)
from deepracer_sim.plant import PlantCar

COLOURS = (BLUE, ORANGE, GREY)
_POINT_EVERY = 5  # poses


class Divergence(NamedTuple):
    """A profile that was driven, and how far the cars were apart."""

    name: str
    errors: Errors


def compare_drive(name: str, drive: Drive, car: PlantCar) -> Divergence:
    """Let the embedded simulator's car hear what Gazebo's did, when it did.

    Args:
        name: of the profile.
        drive: in Gazebo.
        car: of the embedded simulator.
    """
    times = [pose.time for pose in drive.poses]
    ours = embedded_path(car, drive.sent, times)
    began = drive.sent[0].time
    return Divergence(name, path_errors(ours, _places(drive.poses), np.array(times) - began))


def _places(poses: Sequence[Pose]) -> Array:
    return np.array([pose[1:4] for pose in poses])


def worst_at(divergences: Sequence[Divergence], time: float) -> tuple[float, float]:
    """Return the largest errors [m], [rad] of all profiles at a time [s]."""
    positions, headings = zip(*(each.errors.at(time) for each in divergences), strict=True)
    return max(positions), max(headings)


def draw_divergences(divergences: Sequence[Divergence]) -> Picture:
    """Return errors of position and heading over time."""
    kinds = (("Position", "[m]", "position"), ("Heading", "[rad]", "heading"))
    plots = []
    for title, unit, field in kinds:
        series = tuple(
            _series(each, getattr(each.errors, field), colour)
            for each, colour in zip(divergences, COLOURS, strict=False)
        )
        plots.append(Plot(f"{title}: Gazebo from embedded", "time [s]", unit, series))
    return draw_plots(plots)


def _series(divergence: Divergence, values: Array, colour: tuple[int, int, int]) -> Series:
    points = np.stack((divergence.errors.time, values), axis=1)[::_POINT_EVERY]
    return Series([(float(x), float(y)) for x, y in points], colour, divergence.name)
