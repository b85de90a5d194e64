# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A picture of a drive: the track from above, and the driven line coloured by speed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track

Picture = NDArray[np.uint8]  # (height, width, 3), BGR
Points = NDArray[np.float64]  # (N, 2) [m]

WIDTH = 1400  # [px]
MARGIN, HEADER, FOOTER = 60, 90, 110  # [px]
JUMP = 0.35  # [m] between poses: the car was put back, which is no driven line
GROUND, ROAD, BORDER, DASH, INK = (
    (244, 246, 246),
    (108, 104, 100),
    (255, 255, 255),
    (80, 190, 235),
    (50, 46, 44),
)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FINE = 4  # OpenCV takes coordinates in 16ths of a pixel.


@dataclass(frozen=True)
class _View:
    """From metres to pixels."""

    low: Points  # (2,) [m]
    scale: float  # [px/m]
    height: int  # [px]

    def pixels(self, points: Points) -> NDArray[np.int32]:
        x = MARGIN + (points[:, 0] - self.low[0]) * self.scale
        y = self.height - FOOTER - (points[:, 1] - self.low[1]) * self.scale
        fine: NDArray[np.int32] = np.round(np.stack((x, y), axis=1) * 2**_FINE).astype(np.int32)
        return fine


def draw_drive(
    track: Track, reverse: bool, positions: Points, speeds: NDArray[np.float64], title: str
) -> Picture:
    """Return the picture.

    Args:
        track: a closed track.
        reverse: whether it is driven against its direction.
        positions: (N, 2) [m] of the car, in the order of time.
        speeds: (N,) [m/s].
        title: a line above the track.
    """
    view = _fit(track)
    picture: Picture = np.full((view.height, WIDTH, 3), GROUND, np.uint8)
    _draw_road(picture, view, track)
    _draw_start(picture, view, track, reverse)
    low, high = _speed_range(speeds)
    if len(positions):
        _draw_line(picture, view, positions, _colours((speeds - low) / (high - low)))
    _write(picture, title, (MARGIN, 55), 0.9)
    _draw_scale(picture, low, high)
    return picture


def _fit(track: Track) -> _View:
    points = np.concatenate((track.inner, track.outer))
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (WIDTH - 2 * MARGIN) / (high[0] - low[0])
    return _View(low, float(scale), int((high[1] - low[1]) * scale) + HEADER + FOOTER)


def _draw_road(picture: Picture, view: _View, track: Track) -> None:
    borders = [view.pixels(track.inner), view.pixels(track.outer)]
    # Both at once: OpenCV fills what lies in one of them only.
    cv2.fillPoly(picture, borders, ROAD, cv2.LINE_AA, _FINE)
    cv2.polylines(picture, borders, True, BORDER, 5, cv2.LINE_AA, _FINE)
    line = track.centre_line
    begins = np.arange(0.0, track.length, 0.3)
    dashes = zip(line.at(begins)[0], line.at(begins + 0.15)[0], strict=True)
    for dash in dashes:
        begin, end = view.pixels(np.array(dash))
        cv2.line(picture, begin, end, DASH, 1, cv2.LINE_AA, _FINE)


def _draw_start(picture: Picture, view: _View, track: Track, reverse: bool) -> None:
    """Mark the track's first point across the road, with an arrow in driving direction."""
    (point,), (heading,) = track.centre_line.at(np.zeros(1))
    along = np.array([np.cos(heading), np.sin(heading)]) * (-1.0 if reverse else 1.0)
    across = np.array([-along[1], along[0]])
    half = float(track.width(point[None])[0]) / 2.0
    begin, end = view.pixels(np.array([point - half * across, point + half * across]))
    cv2.line(picture, begin, end, INK, 5, cv2.LINE_AA, _FINE)
    side = point + (half + 0.2) * across
    tail, tip = view.pixels(np.array([side, side + 0.6 * along])) // 2**_FINE
    cv2.arrowedLine(picture, tail, tip, INK, 3, cv2.LINE_AA, tipLength=0.3)


def _draw_line(
    picture: Picture, view: _View, positions: Points, colours: NDArray[np.uint8]
) -> None:
    pixels = view.pixels(positions)
    gaps = np.hypot(*np.diff(positions, axis=0).T)
    for i in np.flatnonzero(gaps < JUMP):
        colour = tuple(int(channel) for channel in colours[i + 1])
        cv2.line(picture, pixels[i], pixels[i + 1], colour, 4, cv2.LINE_AA, _FINE)


def _speed_range(speeds: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the scale; standing starts must not take up most of it."""
    if not speeds.size:
        return 0.0, 1.0
    usual = np.percentile(speeds, 5)
    low, high = np.floor(usual * 10.0) / 10.0, np.ceil(speeds.max() * 10.0) / 10.0
    return float(low), float(max(high, low + 0.1))


def _colours(shares: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return colours (N, 3), blue for 0 to red for 1."""
    levels = np.clip(shares * 255.0, 0.0, 255.0).astype(np.uint8)
    colours: NDArray[np.uint8] = cv2.applyColorMap(  # type: ignore[assignment]
        levels.reshape(-1, 1), cv2.COLORMAP_TURBO
    )
    return colours.reshape(-1, 3)


def _draw_scale(picture: Picture, low: float, high: float) -> None:
    height, width = picture.shape[:2]
    top, bar = height - 62, 420
    left = width - MARGIN - bar
    picture[top : top + 18, left : left + bar] = _colours(np.linspace(0.0, 1.0, bar))
    for share in (0.0, 0.5, 1.0):
        text = f"{low + share * (high - low):.1f}"
        _write(picture, text, (int(left + share * bar) - 16, top + 44), 0.55)
    _write(picture, "speed [m/s]", (left - 130, top + 15), 0.6)


def _write(picture: Picture, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(picture, text, place, _FONT, size, INK, 1 if size < 0.8 else 2, cv2.LINE_AA)
