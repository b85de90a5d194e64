# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of curves and measured points, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.atomic_file import replace_file
from deepracer_core.calibration import AxisCalibration, Calibration
from deepracer_core.errors import ConfigError

Picture = NDArray[np.uint8]  # (height, width, 3), BGR
Points = Sequence[tuple[float, float]]

BLUE, ORANGE, GREY = (176, 110, 40), (40, 120, 230), (170, 170, 170)
_WIDTH, _HEIGHT = 760, 560  # [px], of one plot
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 30, 90, 70  # [px], margins
_GROUND, _GRID, _INK = (246, 246, 244), (222, 222, 222), (44, 46, 50)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TICKS = 6


@dataclass(frozen=True)
class Series:
    """Points of one colour, joined by a line or marked one by one."""

    points: Points
    colour: tuple[int, int, int]
    label: str = ""
    joined: bool = True


@dataclass(frozen=True)
class Plot:
    """A diagram: its texts and what is drawn into it, the last on top."""

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]


def draw_plots(plots: Sequence[Plot]) -> Picture:
    """Return the plots side by side."""
    return np.hstack([_draw(plot) for plot in plots])


def save_picture(path: Path, picture: Picture) -> None:
    """Write a PNG file; ConfigError where that is not possible."""
    encoded, data = cv2.imencode(".png", picture)
    try:
        if not encoded:
            raise OSError(0, "the picture could not be encoded")
        replace_file(path, data.tobytes())
    except OSError as error:
        raise ConfigError(f"picture {path} cannot be written: {error.strerror}") from None


def calibration_plots(calibration: Calibration) -> list[Plot]:
    """Return what a calibration does: angle and speed to pulses."""
    return [
        Plot(
            "Steering",
            "angle of the front wheels [deg], + is left",
            "pulse [us]",
            (Series(_pulses(calibration.steering, 180.0 / math.pi), BLUE),),
        ),
        Plot(
            "Throttle",
            "speed [m/s], + is forward",
            "pulse [us]",
            (Series(_pulses(calibration.throttle, 1.0), BLUE),),
        ),
    ]


def _pulses(axis: AxisCalibration, scale: float) -> Points:
    return [(value * scale, axis.pulse_ns(value) / 1e3) for value, _ in axis.curve]


class _View:
    """From values to pixels; the range takes in all points and a little air."""

    def __init__(self, points: NDArray[np.float64]) -> None:
        low, high = points.min(axis=0), points.max(axis=0)
        air = np.maximum(0.06 * (high - low), 1e-3)
        self.low, self.high = low - air, high + air

    def pixel(self, x: float, y: float) -> tuple[int, int]:
        share_x, share_y = (np.array([x, y]) - self.low) / (self.high - self.low)
        across, up = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return round(_LEFT + share_x * across), round(_HEIGHT - _BOTTOM - share_y * up)


def _draw(plot: Plot) -> Picture:
    picture: Picture = np.full((_HEIGHT, _WIDTH, 3), _GROUND, np.uint8)
    view = _View(np.array([point for series in plot.series for point in series.points]))
    _draw_grid(picture, view)
    for series in plot.series:
        _draw_series(picture, view, series)
    _write(picture, plot.title, (10, 36), 0.8)
    _write(picture, plot.x_label, (_LEFT, _HEIGHT - 18), 0.5)
    _write(picture, plot.y_label, (10, _TOP - 12), 0.5)
    labels = [series for series in plot.series if series.label]
    for i, series in enumerate(labels):
        place = (_LEFT + 16, _TOP + 24 + 22 * i)
        cv2.circle(picture, (place[0] - 6, place[1] - 5), 4, series.colour, -1, cv2.LINE_AA)
        _write(picture, series.label, (place[0] + 6, place[1]), 0.5)
    return picture


def _draw_grid(picture: Picture, view: _View) -> None:
    (left, bottom), (right, top) = view.pixel(*view.low), view.pixel(*view.high)
    for value in _ticks(view.low[0], view.high[0]):
        x, _ = view.pixel(value, view.low[1])
        cv2.line(picture, (x, bottom), (x, top), _GRID, 1)
        _write(picture, f"{value:g}", (x - 14, bottom + 20), 0.45)
    for value in _ticks(view.low[1], view.high[1]):
        _, y = view.pixel(view.low[0], value)
        cv2.line(picture, (left, y), (right, y), _GRID, 1)
        _write(picture, f"{value:g}", (left - 56, y + 5), 0.45)


def _ticks(low: float, high: float) -> list[float]:
    """Return some round numbers in a range."""
    rough = (high - low) / _TICKS
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (1, 2, 5, 10) if step * decade >= rough) * decade
    first = math.ceil(low / step)
    return [round(i * step, 10) for i in range(first, math.floor(high / step) + 1)]


def _draw_series(picture: Picture, view: _View, series: Series) -> None:
    pixels = [view.pixel(x, y) for x, y in series.points]
    if series.joined:
        line = np.array(pixels, np.int32)
        cv2.polylines(picture, [line], False, series.colour, 2, cv2.LINE_AA)
    for pixel in pixels:
        cv2.circle(picture, pixel, 3 if series.joined else 5, series.colour, -1, cv2.LINE_AA)


def _write(picture: Picture, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(picture, text, place, _FONT, size, _INK, 1, cv2.LINE_AA)
