# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A film of what the camera saw, enlarged, with speed and steering below."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.action_space import MAX_STEERING
from deepracer_core.errors import DeviceError

Picture = NDArray[np.uint8]  # (height, width, 3), BGR

ENLARGEMENT = 4
BAND = 56  # [px] below the picture
USUAL_RATE = 15.0  # [frames/s] of the car's camera
RATES = 1.0, 240.0  # [frames/s] that players show
BACKGROUND, INK, NEEDLE = (40, 36, 34), (240, 240, 240), (60, 170, 250)


def write_film(path: Path, frames: NDArray[np.uint8], facts: NDArray[np.float64]) -> None:
    """Write an MP4, whole or not at all.

    Args:
        path: the file.
        frames: (M, height, width, 3), BGR.
        facts: (M, 3) time [s], speed [m/s], steering angle [rad].

    Raises:
        DeviceError: it cannot be written there.
    """
    height, width = frames.shape[1] * ENLARGEMENT + BAND, frames.shape[2] * ENLARGEMENT
    codec = cv2.VideoWriter.fourcc(*"mp4v")
    draft = path.with_name(f".{path.stem}.tmp{path.suffix}")
    film = cv2.VideoWriter(str(draft), codec, _rate(facts[:, 0]), (width, height))
    if not film.isOpened():
        raise DeviceError(f"{path} cannot be written: choose another folder")
    for frame, (time, speed, steering_angle) in zip(frames, facts, strict=True):
        film.write(_compose(frame, time - facts[0, 0], speed, steering_angle))
    film.release()
    # OpenCV does not tell of a full disk.
    if _frame_count(draft) != len(frames):
        draft.unlink(missing_ok=True)
        raise DeviceError(f"{path} cannot be written: is the disk full?")
    draft.replace(path)


def _frame_count(path: Path) -> int:
    """Return how many frames a film has; 0 where it is damaged."""
    film = cv2.VideoCapture(str(path))
    try:
        return int(film.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        film.release()


def _rate(times: NDArray[np.float64]) -> float:
    """Return frames per second; OpenCV never returns from one that is not finite."""
    intervals = np.diff(times)
    intervals = intervals[intervals > 0.0]
    return float(np.clip(1.0 / np.median(intervals), *RATES)) if len(intervals) else USUAL_RATE


def _compose(frame: Picture, time: float, speed: float, steering_angle: float) -> Picture:
    height, width = (side * ENLARGEMENT for side in frame.shape[:2])
    picture: Picture = np.full((height + BAND, width, 3), BACKGROUND, np.uint8)
    cv2.resize(frame, (width, height), picture[:height], interpolation=cv2.INTER_NEAREST)
    middle = height + BAND // 2
    _write(picture, f"{time:5.1f} s", (16, middle + 7))
    _write(picture, f"{speed:4.2f} m/s", (130, middle + 7))
    _write(picture, f"{np.degrees(steering_angle):+5.1f} deg", (width - 120, middle + 7))
    _draw_steering(picture, steering_angle, (width * 3 // 5, middle))
    return picture


def _draw_steering(picture: Picture, steering_angle: float, centre: tuple[int, int]) -> None:
    """Draw a gauge; left is left."""
    x, y = centre
    half = 110
    cv2.line(picture, (x - half, y), (x + half, y), INK, 1, cv2.LINE_AA)
    cv2.line(picture, (x, y - 8), (x, y + 8), INK, 1, cv2.LINE_AA)
    share = float(np.clip(steering_angle / MAX_STEERING, -1.0, 1.0))
    cv2.circle(picture, (x - round(share * half), y), 8, NEEDLE, -1, cv2.LINE_AA)


def _write(picture: Picture, text: str, place: tuple[int, int]) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, INK, 1, cv2.LINE_AA)
