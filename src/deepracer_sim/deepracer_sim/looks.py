# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How the world looks: one look for all cars of a track, or one for each car."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec
from deepracer_sim.painter import GroundMap
from deepracer_sim.sight_lines import camera_values, sight_lines

GREY = 3  # the channel after blue, green and red


class Looks:
    """R looks, a row of each array; what is empty is switched off.

    Attributes:
        maps: (R,) number of the map.
        lines: where the rows of the pictures look.
        single: (4, R, 256) blue, green, red and grey of each colour index.
        pair: (4, S, 65536) those of two indices averaged, for each of S maps, at 256 times the
            one plus the other; empty (4, 0, 65536) where colours differ among looks of a map.
        gain: (R,) brightness of objects, whose colours are not in the map.
        patches: (R, P, 7) of light and shade, as in `overlay`.
        things: (R, C, 8) beyond the field, boxes as in `overlay`.
        thing_values: (4, R, C) blue, green, red and grey of them.
        blur: (R,) standard deviation [px].
        noise: (R,) standard deviation [levels].
        seeds: (R,) of the noise.
        is_grainy: whether any picture may be blurred or noisy.
    """

    def __init__(
        self, grounds: Sequence[GroundMap], camera: CameraSpec, maps: NDArray[np.intp]
    ) -> None:
        """Let every look be the plain one of its map."""
        count = len(maps)
        self.maps = maps
        walls = np.array([ground.wall_height for ground in grounds])
        cameras = np.repeat(camera_values([camera]), count, axis=0)
        self.lines = sight_lines(cameras, walls[maps], camera.height_px)
        single = np.zeros((len(grounds), 256, 3), dtype=np.uint8)
        for row, ground in zip(single, grounds, strict=True):
            row[: len(ground.palette)] = ground.palette
        self.single = channels(single[maps])
        self.pair = channels(_pairs(single))
        self.gain = np.ones(count)
        self.patches = np.zeros((count, 0, 7))
        self.things = np.zeros((count, 0, 8))
        self.thing_values = np.zeros((4, count, 0), dtype=np.uint8)
        self.blur = np.zeros(count)
        self.noise = np.zeros(count)
        self.seeds = np.zeros(count, dtype=np.uint64)
        self.is_grainy = False


def channels(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Split colours (N, M, 3), BGR, into blue, green, red and grey (4, N, M)."""
    return np.stack((*cv2.split(colours), cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY)))


def _pairs(single: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the averages (S, 65536, 3) of all pairs of colours of S palettes (S, 256, 3)."""
    wide = single.astype(np.uint16)
    averages = (wide[:, :, None] + wide[:, None, :] + 1) // 2
    return averages.reshape(len(single), -1, 3).astype(np.uint8)
