# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The training graph, as the console drew it: reward and completion over iterations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_trainer.metrics import Curve

Picture = NDArray[np.uint8]  # (height, width, 3), BGR
Points = NDArray[np.float64]

WIDTH, HEIGHT = 1000, 520  # [px]
LEFT, RIGHT, TOP, BOTTOM = 90, 90, 70, 70  # [px]
SMOOTH = 5  # iterations that a line averages over
REWARD, TRAINING, EVALUATION = (60, 140, 40), (190, 110, 30), (50, 50, 210)
GROUND, GRID, INK = (255, 255, 255), (225, 225, 225), (60, 56, 52)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FINE = 4  # OpenCV takes coordinates in 16ths of a pixel.


@dataclass(frozen=True)
class _Frame:
    """From values to pixels; completion has the right axis, 0 to 100 %."""

    last: float  # iteration at the right edge
    low: float  # reward at the bottom
    high: float  # reward at the top

    def pixels(self, iterations: Points, values: Points, low: float, high: float) -> Points:
        x = LEFT + iterations / self.last * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (values - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
        return np.stack((x, y), axis=1)


def training_graph(training: Curve, evaluation: Curve) -> Picture:
    """Return the graph: a dot for each iteration, and a line through means over the last few.

    Args:
        training: of the episodes that were learned from.
        evaluation: of those between, where the policy chose what it holds best.
    """
    picture: Picture = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
    iterations = np.concatenate((training.iteration, evaluation.iteration, [1]))
    ticks = _ticks(*_range(training.reward))
    frame = _Frame(float(iterations.max()), ticks[0], ticks[-1])
    _draw_axes(picture, frame, ticks)
    for curve, values, colour, low, high in (
        (training, training.completion, TRAINING, 0.0, 100.0),
        (evaluation, evaluation.completion, EVALUATION, 0.0, 100.0),
        (training, training.reward, REWARD, frame.low, frame.high),
    ):
        points = frame.pixels(curve.iteration, values, low, high)
        means = frame.pixels(curve.iteration, _smooth(values), low, high)
        _draw_curve(picture, points, means, colour)
    _draw_legend(picture)
    return picture


def _range(values: Points) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = min(0.0, float(values.min())), float(values.max())
    return low, high if high > low else low + 1.0


def _ticks(low: float, high: float) -> list[float]:
    """Return round values, 1, 2 or 5 times a power of ten apart, that enclose a range."""
    rough = (high - low) / 5.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [k * step for k in range(first, last + 1)]


def _smooth(values: Points) -> Points:
    """Return the mean of each value and up to SMOOTH - 1 before it."""
    sums = np.cumsum(values)
    begins = np.maximum(np.arange(len(values)) - SMOOTH + 1, 0)
    before = np.concatenate(([0.0], sums))[begins]
    return (sums - before) / (np.arange(len(values)) - begins + 1)


def _draw_axes(picture: Picture, frame: _Frame, ticks: list[float]) -> None:
    for tick in ticks:
        y = int(frame.pixels(np.zeros(1), np.array([tick]), frame.low, frame.high)[0, 1])
        cv2.line(picture, (LEFT, y), (WIDTH - RIGHT, y), GRID, 1)
        _write(picture, f"{tick:g}", (LEFT - 12, y + 5), right=True)
    for percent in range(0, 101, 20):
        y = int(frame.pixels(np.zeros(1), np.array([float(percent)]), 0.0, 100.0)[0, 1])
        _write(picture, str(percent), (WIDTH - RIGHT + 12, y + 5))
    for tick in _ticks(0.0, frame.last):
        if tick <= frame.last and tick == int(tick):
            x = int(frame.pixels(np.array([tick]), np.zeros(1), 0.0, 100.0)[0, 0])
            _write(picture, f"{tick:g}", (x - 5, HEIGHT - BOTTOM + 24))
    cv2.line(picture, (LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, HEIGHT - BOTTOM), INK, 1)
    _write(picture, "iteration", (WIDTH // 2 - 35, HEIGHT - 18))
    _write(picture, "reward", (LEFT - 70, TOP - 16))
    _write(picture, "% of lap", (WIDTH - RIGHT - 5, TOP - 16))


def _draw_curve(picture: Picture, points: Points, means: Points, colour: tuple[int, ...]) -> None:
    pale = tuple(int(0.55 * 255 + 0.45 * channel) for channel in colour)
    for x, y in points:
        cv2.circle(picture, (int(x), int(y)), 2, pale, cv2.FILLED, cv2.LINE_AA)
    line = np.round(means * 2**_FINE).astype(np.int32)
    cv2.polylines(picture, [line], False, colour, 2, cv2.LINE_AA, _FINE)


def _draw_legend(picture: Picture) -> None:
    x = LEFT
    for text, colour in (
        ("average reward", REWARD),
        ("completion, training", TRAINING),
        ("completion, evaluation", EVALUATION),
    ):
        cv2.line(picture, (x, 24), (x + 26, 24), colour, 3, cv2.LINE_AA)
        _write(picture, text, (x + 36, 29))
        x += 270


def _write(picture: Picture, text: str, place: tuple[int, int], right: bool = False) -> None:
    """Write text that begins, or ends, at a place."""
    (width, _), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    x = place[0] - width if right else place[0]
    cv2.putText(picture, text, (x, place[1]), _FONT, 0.5, INK, 1, cv2.LINE_AA)
