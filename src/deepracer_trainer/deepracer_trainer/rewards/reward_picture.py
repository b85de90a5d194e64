# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A picture of a reward function: its reward as colour all over the track, a panel a heading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.track import Track
from deepracer_trainer.rewards.reward_check import RewardMap

Picture = NDArray[np.uint8]  # (height, width, 3), BGR
Array = NDArray[np.float64]

PANEL_WIDTH = 760  # [px]
_MARGIN, _HEADER, _CAPTION, _FOOTER = 24, 70, 40, 90  # [px]
_GROUND, _INK, _FAULT = (244, 246, 246), (50, 46, 44), (140, 60, 200)
_ARROWS = 14  # in a panel
_ARROW = 0.35  # [m]
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FINE = 4  # OpenCV takes coordinates in 16ths of a pixel.


@dataclass(frozen=True)
class _View:
    """From metres to pixels of a panel."""

    low: Array  # (2,) [m]
    scale: float  # [px/m]
    height: int  # [px]

    @classmethod
    def of(cls, edges: Array) -> _View:
        corners = edges.reshape(-1, 2)
        low, high = corners.min(axis=0), corners.max(axis=0)
        scale = (PANEL_WIDTH - 2 * _MARGIN) / (high[0] - low[0])
        height = math.ceil((high[1] - low[1]) * scale) + 2 * _MARGIN + _CAPTION
        return cls(low, float(scale), height)

    def pixels(self, points: Array) -> NDArray[np.int32]:
        """Return the pixels (..., 2) of points (..., 2) [m], in OpenCV's finer unit."""
        x = _MARGIN + (points[..., 0] - self.low[0]) * self.scale
        y = self.height - _MARGIN - (points[..., 1] - self.low[1]) * self.scale
        fine: NDArray[np.int32] = np.round(np.stack((x, y), axis=-1) * 2**_FINE).astype(np.int32)
        return fine


def draw_rewards(track: Track, maps: Sequence[RewardMap], title: str) -> Picture:
    """Return the picture, two panels in a row; their colours mean the same."""
    low, high = _range(np.concatenate([reward_map.rewards.ravel() for reward_map in maps]))
    view = _View.of(maps[0].edges)
    panels = [_draw_panel(track, view, reward_map, low, high) for reward_map in maps]
    if len(panels) % 2 and len(panels) > 1:
        panels.append(np.full_like(panels[0], _GROUND))
    rows = [np.hstack(panels[i : i + 2]) for i in range(0, len(panels), 2)]
    width = rows[0].shape[1]
    header = np.full((_HEADER, width, 3), _GROUND, np.uint8)
    footer = np.full((_FOOTER, width, 3), _GROUND, np.uint8)
    _write(header, title, (_MARGIN, 44), 0.8)
    _draw_scale(footer, low, high, any(np.isnan(m.rewards).any() for m in maps))
    return np.vstack((header, *rows, footer))


def _range(rewards: Array) -> tuple[float, float]:
    """Return the ends of the scale; a rare bonus must not take up all of it."""
    known = rewards[np.isfinite(rewards)]
    if not known.size:
        return 0.0, 1.0
    low, high = (float(end) for end in np.percentile(known, (1, 99)))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _draw_panel(
    track: Track, view: _View, reward_map: RewardMap, low: float, high: float
) -> Picture:
    panel: Picture = np.full((view.height, PANEL_WIDTH, 3), _GROUND, np.uint8)
    corners = view.pixels(reward_map.edges)
    colours = _colours((reward_map.rewards - low) / (high - low))
    # Off the road first: where bends fold it over, the road stays on top.
    lanes = len(colours)
    for lane in sorted(range(lanes), key=lambda lane: -abs(lane - (lanes - 1) / 2)):
        near, far = corners[lane], corners[lane + 1]
        for place, colour in enumerate(colours[lane].tolist()):
            field = np.array((near[place], near[place + 1], far[place + 1], far[place]))
            cv2.fillConvexPoly(panel, field, colour, cv2.LINE_8, _FINE)
    for border in (track.inner, track.outer):
        line = [view.pixels(border)]
        cv2.polylines(panel, line, False, (255, 255, 255), 2, cv2.LINE_AA, _FINE)
    _draw_arrows(panel, track, view, reward_map.heading)
    _write(panel, _caption(reward_map.heading), (_MARGIN, 28), 0.6)
    return panel


def _draw_arrows(panel: Picture, track: Track, view: _View, heading: float) -> None:
    """Show how the car stands, here and there on the centre line."""
    points, headings = track.centre_line.at((np.arange(_ARROWS) + 0.5) * track.length / _ARROWS)
    yaw = headings + heading
    tips = points + _ARROW * np.stack((np.cos(yaw), np.sin(yaw)), axis=1)
    for tail, tip in zip(view.pixels(points), view.pixels(tips), strict=True):
        begin, end = (tail >> _FINE).tolist(), (tip >> _FINE).tolist()
        cv2.arrowedLine(panel, begin, end, (255, 255, 255), 4, cv2.LINE_AA, tipLength=0.4)
        cv2.arrowedLine(panel, begin, end, _INK, 2, cv2.LINE_AA, tipLength=0.4)


def _caption(heading: float) -> str:
    degrees = math.degrees(heading)
    if abs(degrees) < 0.5:
        return "heading along the track"
    return f"heading {abs(degrees):.0f} degrees to the {'left' if degrees > 0.0 else 'right'}"


def _colours(shares: Array) -> NDArray[np.uint8]:
    """Return colours (..., 3), blue for 0 to red for 1; where there is no reward, purple."""
    levels = np.clip(np.nan_to_num(shares) * 255.0, 0.0, 255.0).astype(np.uint8)
    colours = cv2.applyColorMap(levels.reshape(-1, 1), cv2.COLORMAP_TURBO)
    colours = colours.reshape(*shares.shape, 3)
    colours[np.isnan(shares)] = _FAULT
    return colours


def _draw_scale(footer: Picture, low: float, high: float, faults: bool) -> None:
    left, top, bar, thickness = _MARGIN + 90, 22, 420, 20
    _write(footer, "reward", (_MARGIN, top + 16), 0.6)
    footer[top : top + thickness, left : left + bar] = _colours(np.linspace(0.0, 1.0, bar))
    for share, sign in ((0.0, "<= "), (0.5, ""), (1.0, ">= ")):
        text = f"{sign}{low + share * (high - low):.3g}"
        _write(footer, text, (int(left + share * bar) - 20, top + 46), 0.5)
    if faults:
        start = left + bar + 60
        footer[top : top + thickness, start : start + 40] = _FAULT
        _write(footer, "none: the function fails", (start + 52, top + 16), 0.6)


def _write(picture: Picture, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(picture, text, place, _FONT, size, _INK, 1 if size < 0.7 else 2, cv2.LINE_AA)
