# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Looks that differ from car to car and from episode to episode."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec
from deepracer_sim.looks import Looks, channels
from deepracer_sim.painter import BEYOND, FIELD, ROAD, colours, palettes
from deepracer_sim.randomization import PATCHES, THINGS, Draws, Randomization
from deepracer_sim.scenes import Scene
from deepracer_sim.sight_lines import camera_values, sight_lines

Array = NDArray[np.float64]


class RandomLooks(Looks):
    """A look for each car, drawn anew for each episode."""

    def __init__(
        self,
        scenes: Sequence[Scene],
        camera: CameraSpec,
        maps: NDArray[np.intp],
        randomization: Randomization,
    ) -> None:
        """Prepare looks for cars on the scenes that `maps` (B,) numbers."""
        super().__init__([scene.ground for scene in scenes], camera, maps)
        self._strengths = strengths = randomization
        self._scenes = scenes
        self._camera = camera
        self._colours = np.array([colours(scene.appearance) for scene in scenes])
        self._one_floor = np.array([scene.appearance.floor != "plain" for scene in scenes])
        self._walls = np.array([scene.ground.wall_height for scene in scenes])
        shifts = strengths.field_colour, strengths.road_colour, strengths.line_colour
        walls = strengths.wall_colour
        self._shifts = np.array([*shifts, strengths.line_colour, walls, walls])
        if self._shifts.any() or strengths.exposure:
            self.pair = self.pair[:, :0]
        if strengths.shadows:
            self.patches = np.ones((len(maps), PATCHES, 7))
        if strengths.clutter:
            self.things = np.zeros((len(maps), THINGS, 8))
            self.thing_values = np.zeros((4, len(maps), THINGS), dtype=np.uint8)
        self.is_grainy = bool(strengths.blur or strengths.noise)

    def reset(self, cars: NDArray[np.intp], draws: Draws) -> None:
        """Draw new looks for some cars (K,)."""
        strengths = self._strengths
        self._reset_cameras(cars, draws)
        self.gain[cars] = draws.factor("exposure", strengths.exposure)
        if not self.pair.size:
            self._reset_colours(cars, draws)
        if strengths.shadows:
            self._reset_patches(cars, draws)
        if strengths.clutter:
            self._reset_things(cars, draws)
        self.blur[cars] = strengths.blur * draws.evenly("blur")[0]
        self.noise[cars] = strengths.noise * draws.evenly("noise")[0]
        self.seeds[cars] = draws.seeds()[1]

    def _reset_cameras(self, cars: NDArray[np.intp], draws: Draws) -> None:
        strengths, camera = self._strengths, self._camera
        if not (strengths.camera_pitch or strengths.camera_height or strengths.field_of_view):
            return
        view = camera.horizontal_fov + draws.aside("field_of_view", strengths.field_of_view)
        values = np.repeat(camera_values([camera]), len(cars), axis=0)
        values[:, 0] += draws.aside("camera_pitch", strengths.camera_pitch)
        values[:, 1] += draws.aside("camera_height", strengths.camera_height)
        values[:, 2] = camera.width / 2.0 / np.tan(view / 2.0)
        lines = sight_lines(values, self._walls[self.maps[cars]], camera.height_px)
        for mine, drawn in zip(self.lines, lines, strict=True):
            mine[cars] = drawn

    def _reset_colours(self, cars: NDArray[np.intp], draws: Draws) -> None:
        maps = self.maps[cars]
        aside = 2.0 * draws.evenly("colours").T.reshape(-1, 6, 3) - 1.0
        shift = self._shifts[:, None] * aside
        # Two shades of one floor stay as far apart as they are.
        shift[self._one_floor[maps], FIELD] = shift[self._one_floor[maps], ROAD]
        shifted = self._colours[maps] + shift
        without_walls = self._walls[maps] == 0.0
        shifted[without_walls, BEYOND] = shifted[without_walls, FIELD]
        # Mirrored at black and white, where clipping would heap colours up.
        mirrored = 255.0 - np.abs(255.0 - np.abs(shifted))
        lit = mirrored * self.gain[cars, None, None]
        drawn = palettes(np.clip(lit, 0.0, 255.0))
        self.single[:, cars, : drawn.shape[1]] = channels(drawn)

    def _reset_patches(self, cars: NDArray[np.intp], draws: Draws) -> None:
        """Lay patches over the road: 0.4 to 4 m long, 0.1 to 1 m wide, at any angle."""
        share, aside, angle, length, width, light = draws.evenly("shadows").reshape(6, PATCHES, -1)
        patches = np.empty((len(cars), PATCHES, 7))
        for place, car in enumerate(cars):
            line = self._scenes[self.maps[car]].track.centre_line
            patches[place, :, :2] = line.at(share[:, place] * line.length)[0]
        patches[..., 0] += (aside - 0.5).T
        patches[..., 2], patches[..., 3] = np.cos(np.pi * angle.T), np.sin(np.pi * angle.T)
        patches[..., 4], patches[..., 5] = 0.2 * 10.0**length.T, 0.05 * 10.0**width.T
        patches[..., 6] = 1.0 + self._strengths.shadows * (2.0 * light.T - 1.0)
        self.patches[cars] = patches

    def _reset_things(self, cars: NDArray[np.intp], draws: Draws) -> None:
        """Put things around the field: 0.1 to 2 m wide, 0.2 to 2.5 m higher than the walls."""
        numbers = draws.evenly("things").reshape(8, THINGS, -1).transpose(0, 2, 1)
        where, gap, length, width, height = numbers[:5]
        half_length, half_width = 0.05 + 0.95 * length, 0.05 + 0.95 * width
        maps = self.maps[cars]
        rectangles = np.array([scene.ground.rectangle for scene in self._scenes])[maps]
        away = 0.2 + 2.0 * gap + np.hypot(half_length, half_width)
        things = np.zeros((len(cars), THINGS, 8))
        things[..., :2] = _around(rectangles, away, where)
        things[..., 2] = 1.0
        things[..., 4], things[..., 5] = half_length, half_width
        things[..., 7] = self._walls[maps, None] + 0.2 + 2.3 * height
        count = (draws.evenly("clutter")[0] * (self._strengths.clutter + 1)).astype(np.int64)
        things[np.arange(THINGS) >= count[:, None], 4:] = 0.0
        self.things[cars] = things
        lit = 255.0 * np.moveaxis(numbers[5:], 0, -1) * self.gain[cars, None, None]
        values = np.rint(np.minimum(lit, 255.0)).astype(np.uint8)
        self.thing_values[:, cars] = channels(values)


def _around(rectangles: Array, away: Array, share: Array) -> Array:
    """Return points (K, C, 2) `away` [m] from rectangles (K, 4), at shares of the way round."""
    margin = away[..., None]
    low, high = rectangles[:, None, :2] - margin, rectangles[:, None, 2:] + margin
    x, y = np.moveaxis(high - low, -1, 0)
    along = 2.0 * share * (x + y)
    # Counter-clockwise from the low corner: right, up, left, down.
    right = np.clip(along, 0.0, x) - np.clip(along - x - y, 0.0, x)
    up = np.clip(along - x, 0.0, y) - np.clip(along - 2.0 * x - y, 0.0, y)
    return low + np.stack((right, up), axis=-1)
