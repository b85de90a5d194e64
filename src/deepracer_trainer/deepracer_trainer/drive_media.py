# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A picture of driven lines, and a film of what a car saw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.atomic_file import replace_file
from deepracer_core.drive_picture import draw_drive
from deepracer_core.errors import ConfigError
from deepracer_core.film import write_film
from deepracer_core.track import Track
from deepracer_sim.simulation import STEP_TIME, Status
from deepracer_sim.starts import direction_of
from deepracer_trainer.sim_trace import Episode

_FASTEST = 5.0  # [m/s]; no car is


def write_lines(
    path: Path, tracks: Sequence[tuple[str, Track]], episodes: Sequence[Episode]
) -> None:
    """Write a PNG with a panel for each track and direction, lines coloured by speed.

    Args:
        path: the file.
        tracks: with their names.
        episodes: what was driven.

    Raises:
        ConfigError: it cannot be written.
    """
    groups: dict[tuple[int, bool], list[Episode]] = {}
    for episode in episodes:
        groups.setdefault((id(episode.track), episode.reverse), []).append(episode)
    names = {id(track): name for name, track in tracks}
    panels = []
    for (key, reverse), driven in groups.items():
        track = driven[0].track
        places = [np.stack((each.steps.x, each.steps.y), axis=1) for each in driven]
        speeds = [_speeds(way) for way in places]
        laps = sum(each.status == Status.LAP_COMPLETE for each in driven)
        title = f"{names[key]}, {direction_of(track, reverse)}: {laps} whole laps"
        lines = np.concatenate(places), np.concatenate(speeds)
        panels.append(draw_drive(track, reverse, *lines, title))
    _, png = cv2.imencode(".png", np.concatenate(panels))
    try:
        replace_file(path, png.tobytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None


def _speeds(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the speed (T,) [m/s] at places (T, 2); a car that was put back stands."""
    speeds: NDArray[np.float64] = np.hypot(*np.diff(places, axis=0, prepend=places[:1]).T)
    speeds /= STEP_TIME
    return np.where(speeds > _FASTEST, 0.0, speeds)


class Film:
    """Keeps what a car sees."""

    def __init__(self) -> None:
        """Begin a film."""
        self._frames: list[NDArray[np.uint8]] = []
        self._facts: list[tuple[float, float, float]] = []

    def take(self, frame: NDArray[np.uint8], speed: float, steering: float) -> None:
        """Take the frame of a step.

        Args:
            frame: (120, 160, 3), BGR.
            speed: of the car [m/s].
            steering: angle of its wheels [rad].
        """
        self._frames.append(frame)
        self._facts.append((len(self._facts) * STEP_TIME, speed, steering))

    def write(self, path: Path) -> None:
        """Write an MP4; DeviceError where that fails."""
        write_film(path, np.array(self._frames), np.array(self._facts))
