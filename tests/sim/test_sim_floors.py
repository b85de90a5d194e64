# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Floors that are not of one colour."""

from dataclasses import replace

import numpy as np
import pytest

from deepracer_core.errors import TrackError
from deepracer_sim.floors import FLOORS, floor_map
from deepracer_sim.painter import CELL, paint
from deepracer_sim.track_files import load_track

MEANS = {"carpet": (50, 50, 50), "concrete": (115, 110, 107), "wood": (110, 71, 41)}


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_is_the_same_each_time_between_its_two_shades(floor: str) -> None:
    light = floor_map(floor, (600, 800), CELL)
    assert light.shape == (600, 800)
    assert light.dtype == np.float32
    assert 0.0 <= light.min() < light.max() <= 1.0
    assert light.mean() == pytest.approx(0.5, abs=0.02)
    assert light.std() > 0.08
    np.testing.assert_array_equal(light, floor_map(floor, (600, 800), CELL))


@pytest.mark.parametrize("floor", FLOORS)
def test_no_detail_is_finer_than_what_lies_between_two_cells_shows(floor: str) -> None:
    """A renderer that interpolates then sees what one that takes the nearest cell does."""
    light = floor_map(floor, (600, 800), CELL)
    for axis in (0, 1):
        assert np.abs(np.diff(light, axis=axis)).mean() < 0.35 * light.std()


@pytest.mark.parametrize("floor", FLOORS)
def test_a_painted_floor_keeps_its_mean_colour_at_every_distance(floor: str) -> None:
    description = load_track(f"reinvent_{floor}")
    assert description.appearance.floor == floor
    ground = paint(description.track, replace(description.appearance, field_margin=1.5))
    for number, level in enumerate(ground.levels):
        margin = int(1.4 / CELL) >> number
        corner = ground.palette[level[:margin]]  # beside the road
        np.testing.assert_allclose(corner.mean(axis=(0, 1))[::-1], MEANS[floor], atol=4.0)


def test_wood_has_planks_along_x() -> None:
    light = floor_map("wood", (600, 800), CELL)
    along = np.abs(np.diff(light, axis=1)).mean()
    across = np.abs(np.diff(light, axis=0)).mean()
    assert across > 3.0 * along


def test_an_unknown_floor_is_refused() -> None:
    appearance = load_track("reinvent_wood").appearance
    with pytest.raises(TrackError, match="floor is 'ice', allowed are plain, carpet"):
        replace(appearance, floor="ice")
