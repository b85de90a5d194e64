# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a drive leaves behind: events as they happen, then poses and pictures in one file.

The race node writes, the demo reads; the folder between them is all that they share. Nothing is
encoded while the car drives, so that recording costs the drive next to nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_core.pose import Pose

_EVENTS, _RECORDING = "events.jsonl", "recording.npz"


class EventWriter:
    """Appends events, a JSON object a line."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and an empty list."""
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / _EVENTS).open("w", encoding="utf-8")

    def write(self, event: Mapping[str, Any]) -> None:
        """Append one; a reader sees it at once."""
        self._file.write(json.dumps(event) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class EventReader:
    """Follows the events of a folder."""

    def __init__(self, folder: Path) -> None:
        """Follow from the first event on; the folder may still be empty."""
        self._path = folder / _EVENTS
        self._position = 0

    def new(self) -> list[dict[str, Any]]:
        """Return the events since the last call."""
        if not self._path.is_file():
            return []
        with self._path.open("rb") as file:
            file.seek(self._position)
            text = file.read()
        complete = text[: text.rfind(b"\n") + 1]
        self._position += len(complete)
        return [json.loads(line) for line in complete.splitlines()]


@dataclass(frozen=True)
class Recording:
    """A drive.

    Attributes:
        poses: (N, 5) time [s], x, y [m], yaw [rad], speed [m/s].
        frames: (M, 120, 160, 3) uint8, BGR, the first M frames or fewer.
        frame_facts: (M, 3) time [s], speed [m/s] and commanded steering angle [rad] of each.
    """

    poses: NDArray[np.float64]
    frames: NDArray[np.uint8]
    frame_facts: NDArray[np.float64]

    @classmethod
    def load(cls, folder: Path) -> Recording:
        """Read what `Recorder.save` wrote."""
        with np.load(folder / _RECORDING) as file:
            return cls(file["poses"], file["frames"], file["frame_facts"])


class Recorder:
    """Collects a drive in memory."""

    def __init__(self, film_length: float) -> None:
        """Keep pictures of the first `film_length` seconds."""
        self._film_length = film_length
        self._poses: list[Pose] = []
        self._frames: list[NDArray[np.uint8]] = []
        self._facts: list[tuple[float, float, float]] = []

    def pose(self, pose: Pose) -> None:
        """Keep a pose."""
        self._poses.append(pose)

    def frame(self, time: float, image: NDArray[np.uint8], steering_angle: float) -> None:
        """Keep a picture (120, 160, 3), BGR, if it still belongs to the film."""
        if not self._poses or time - self._poses[0].time > self._film_length:
            return
        self._frames.append(image)
        self._facts.append((time, self._poses[-1].speed, steering_angle))

    def save(self, folder: Path) -> None:
        """Write everything to the folder."""
        no_frames = np.empty((0, FRAME_HEIGHT, FRAME_WIDTH, 3), np.uint8)
        np.savez(
            folder / _RECORDING,
            poses=np.array(self._poses, float).reshape(-1, len(Pose._fields)),
            frames=np.stack(self._frames) if self._frames else no_frames,
            frame_facts=np.array(self._facts, float).reshape(-1, 3),
        )
