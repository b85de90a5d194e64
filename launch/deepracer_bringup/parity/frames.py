# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What both cameras see from the same places, in the grey that policies see.

Only what is below the horizon counts: there are road and lines, and the sky is easily alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_bringup.parity.paths import Place
from deepracer_bringup.parity.similarity import first_row_below_horizon, mean_abs_diff, ssim
from deepracer_core.observation import to_grey
from deepracer_core.pose import Pose
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.renderer import Renderer

Picture = NDArray[np.uint8]

FARTHEST_OFF = 0.9  # of half the road's width
MOST_TURNED = 0.5  # [rad] from the road's direction
WORST = 5
_STEPS = (0.7548776662466927, 0.5698402909980532)  # Of the additive sequence that fills squares.
_SCALE, _BAR, _GAP = 3, 26, 6  # enlargement; [px] for a line of text, between pictures
_LOUDER = 6  # times, so that differences are seen
_GROUND, _INK = 246, 44


class Glimpse(NamedTuple):
    """What the camera saw, BGR (120, 160, 3), and where the car truly was."""

    pose: Pose
    frame: Picture


class FramePair(NamedTuple):
    """The same view twice.

    Attributes:
        pose: from where.
        embedded: grey (120, 160).
        gazebo: grey (120, 160).
        mean_abs_diff: [grey levels] below the horizon.
        ssim: below the horizon.
    """

    pose: Pose
    embedded: Picture
    gazebo: Picture
    mean_abs_diff: float
    ssim: float


def viewpoints(track: Track, count: int) -> list[Place]:
    """Return places spread over the lap and the width of the road, in both directions.

    Args:
        track: which.
        count: how many, at least 1.
    """
    numbers = np.arange(count)
    distances = (numbers + 0.5) / count * track.length
    points, headings = track.centre_line.at(distances)
    aside, turned = (2.0 * np.mod((numbers + 1) * step, 1.0) - 1.0 for step in _STEPS)
    offsets = aside * FARTHEST_OFF * track.width(points) / 2.0
    x = points[:, 0] - offsets * np.sin(headings)
    y = points[:, 1] + offsets * np.cos(headings)
    yaw = headings + MOST_TURNED * turned + np.pi * (numbers % 2)
    return [(float(a), float(b), float(c)) for a, b, c in zip(x, y, yaw, strict=True)]


def compare_frames(seen: Sequence[Glimpse], renderer: Renderer) -> list[FramePair]:
    """Draw what the embedded simulator shows from where Gazebo's car was, and compare.

    Args:
        seen: in Gazebo.
        renderer: of the embedded simulator, on the same track.
    """
    poses = np.array([glimpse.pose[1:4] for glimpse in seen])
    below = slice(first_row_below_horizon(DEEPRACER.camera), None)
    pairs = []
    for glimpse, drawn in zip(seen, renderer.bgr(poses), strict=True):
        ours, theirs = to_grey(drawn), to_grey(glimpse.frame)
        measured = mean_abs_diff(ours[below], theirs[below]), ssim(ours[below], theirs[below])
        pairs.append(FramePair(glimpse.pose, ours, theirs, *measured))
    return pairs


def draw_worst(pairs: Sequence[FramePair]) -> Picture:
    """Return those of the least similarity: embedded, Gazebo and what differs, side by side."""
    worst = sorted(pairs, key=lambda pair: pair.ssim)[:WORST]
    return np.vstack([_draw_pair(pair) for pair in worst])


def _draw_pair(pair: FramePair) -> Picture:
    difference = cv2.convertScaleAbs(cv2.absdiff(pair.embedded, pair.gazebo), alpha=_LOUDER)
    row = first_row_below_horizon(DEEPRACER.camera) * _SCALE
    panels = []
    for grey in (pair.embedded, pair.gazebo, difference):
        large = grey.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
        large[row, ::4] = 255  # the horizon
        panels += [large, np.full((len(large), _GAP), _GROUND, np.uint8)]
    pictures = np.hstack(panels[:-1])
    pose = pair.pose
    text = (
        f"embedded, Gazebo, {_LOUDER} x difference: SSIM {pair.ssim:.3f}, mean absolute "
        f"difference {pair.mean_abs_diff:.2f}, at ({pose.x:.2f}, {pose.y:.2f}) m, {pose.yaw:.2f} "
        "rad"
    )
    bar: Picture = np.full((_BAR, pictures.shape[1]), _GROUND, np.uint8)
    cv2.putText(bar, text, (8, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return np.vstack([bar, pictures])
