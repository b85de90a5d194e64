# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The painted ground: sizes, colours and what every level shows."""

import numpy as np
import pytest

from deepracer_sim.painter import CELL, LEVELS, GroundMap, paint
from deepracer_sim.track_files import load_track


@pytest.fixture(scope="module")
def ground() -> GroundMap:
    description = load_track("Straight_track")
    return paint(description.track, description.appearance)


def colour_at(ground: GroundMap, x: float, y: float, level: int = 0) -> tuple[int, ...]:
    cell = CELL * 2**level
    column, row = int((x - ground.origin[0]) / cell), int((y - ground.origin[1]) / cell)
    return tuple(int(c) for c in ground.palette[ground.levels[level][row, column]][::-1])


def test_materials_lie_where_the_track_says(ground: GroundMap) -> None:
    description = load_track("Straight_track")
    track, look = description.track, description.appearance
    (x, y), heading = track.centre[5], track.centre[6] - track.centre[5]
    left = np.array([-heading[1], heading[0]]) / np.hypot(*heading)
    half = 0.6096 / 2
    places = {
        half / 2: look.road,
        half + look.line_width / 2: look.line,
        half + look.line_width + 0.1: look.field,
    }
    for side in (1.0, -1.0):
        for offset, colour in places.items():
            px, py = np.array([x, y]) + side * offset * left
            assert colour_at(ground, px, py) == colour


def test_dashes_fill_their_share_of_the_centre_line(ground: GroundMap) -> None:
    description = load_track("Straight_track")
    look = description.appearance
    along = np.linspace(0.01, description.track.length - 0.01, 4001)
    points, _ = description.track.centre_line.at(along)
    orange = [colour_at(ground, x, y) == look.centre_line for x, y in points]
    assert np.mean(orange) == pytest.approx(look.dash_length / look.dash_period, abs=0.03)


def test_each_level_halves_the_one_before_and_keeps_the_mean_colour(ground: GroundMap) -> None:
    means = [ground.palette[level].mean(axis=(0, 1)) for level in ground.levels]
    assert len(ground.levels) == LEVELS
    for finer, coarser in zip(ground.levels, ground.levels[1:], strict=False):
        assert finer.shape == (2 * coarser.shape[0], 2 * coarser.shape[1])
    for mean in means[1:]:
        np.testing.assert_allclose(mean, means[0], atol=1.0)


def test_the_picture_has_north_up(ground: GroundMap) -> None:
    picture = ground.picture()
    assert picture.shape == (*ground.levels[0].shape, 3)
    np.testing.assert_array_equal(picture[0], ground.palette[ground.levels[0][-1]])


def test_the_road_covers_its_area() -> None:
    description = load_track("reinvent_base")
    ground = paint(description.track, description.appearance)
    field = np.array(description.appearance.field[::-1])
    off_field = (ground.palette[ground.levels[0]] != field).any(axis=-1)
    area = off_field.sum() * CELL**2
    assert area == pytest.approx(description.track.length * 0.762, rel=0.01)
