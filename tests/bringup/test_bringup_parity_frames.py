# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How alike frames are, by value, and from where they are compared."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_bringup.parity.frames import (
    FARTHEST_OFF,
    MOST_TURNED,
    WORST,
    Glimpse,
    compare_frames,
    draw_worst,
    viewpoints,
)
from deepracer_bringup.parity.similarity import first_row_below_horizon, mean_abs_diff, ssim
from deepracer_core.pose import Pose
from deepracer_core.vehicle import DEEPRACER, CameraSpec
from deepracer_sim.renderer import Renderer
from deepracer_sim.scenes import Scene, load_scenes

C1, C2 = 6.5025, 58.5225
SHAPE = (24, 30)
pictures = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(0, 256, SHAPE, dtype=np.uint8)
)


def by_definition(one: np.ndarray, other: np.ndarray) -> float:
    """The paper's formulas, window by window."""
    ring = np.exp(-(np.arange(-5, 6) ** 2) / (2.0 * 1.5**2))
    weights = np.outer(ring, ring) / ring.sum() ** 2
    values = []
    for row in range(one.shape[0] - 10):
        for column in range(one.shape[1] - 10):
            x, y = (
                each[row : row + 11, column : column + 11].astype(float) for each in (one, other)
            )
            mx, my = (weights * x).sum(), (weights * y).sum()
            vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
            vxy = (weights * (x - mx) * (y - my)).sum()
            luminance = (2 * mx * my + C1) / (mx**2 + my**2 + C1)
            values.append(luminance * (2 * vxy + C2) / (vx + vy + C2))
    return float(np.mean(values))


@given(pictures)
def test_a_picture_is_like_itself(picture: np.ndarray) -> None:
    assert ssim(picture, picture) == 1.0
    assert mean_abs_diff(picture, picture) == 0.0


@given(pictures, pictures)
def test_similarity_is_mutual_and_bounded(one: np.ndarray, other: np.ndarray) -> None:
    assert ssim(one, other) == pytest.approx(ssim(other, one), abs=1e-12)
    assert -1.0 <= ssim(one, other) <= 1.0


def test_it_is_the_published_formula() -> None:
    generator = np.random.default_rng(3)
    one = cv2.GaussianBlur(generator.integers(0, 256, SHAPE, dtype=np.uint8), (5, 5), 1.0)
    other = np.clip(one + generator.normal(0.0, 12.0, SHAPE), 0, 255).astype(np.uint8)
    assert ssim(one, other) == pytest.approx(by_definition(one, other), abs=1e-9)


@pytest.mark.parametrize(("one", "other"), [(0, 255), (100, 120), (10, 11)])
def test_plain_pictures_differ_by_their_luminance_alone(one: int, other: int) -> None:
    first, second = np.full(SHAPE, one, np.uint8), np.full(SHAPE, other, np.uint8)
    expected = (2 * one * other + C1) / (one**2 + other**2 + C1)
    assert ssim(first, second) == pytest.approx(expected, abs=1e-9)
    assert mean_abs_diff(first, second) == abs(one - other)


def test_opposite_pictures_are_unlike() -> None:
    board = (np.indices(SHAPE).sum(axis=0) % 2 * 255).astype(np.uint8)
    assert ssim(board, 255 - board) < -0.99


def test_only_rows_that_are_wholly_below_the_horizon_count() -> None:
    camera = DEEPRACER.camera
    row = first_row_below_horizon(camera)
    matrix = camera.intrinsics()

    def fall(of: int) -> float:
        """How steeply the upper edge of a row looks down, forward being 1."""
        down = (of - 0.5 - matrix[1, 2]) / matrix[1, 1]
        s, c = math.sin(camera.pitch), math.cos(camera.pitch)
        return s + down * c

    assert fall(row) >= 0.0 > fall(row - 1)
    assert row == 30
    assert first_row_below_horizon(CameraSpec(pitch=0.0)) == 60


@pytest.fixture(scope="module")
def scene() -> Scene:
    return load_scenes("reinvent_base")[0]


def test_viewpoints_are_spread_over_the_road_both_ways(scene: Scene) -> None:
    places = np.array(viewpoints(scene.track, 100))
    assert scene.track.on_road(places[:, :2]).all()
    line = scene.track.centre_line
    projected = line.project(places[:, :2])
    assert np.ptp(projected.distance) > 0.95 * line.length
    half = scene.track.width(projected.point) / 2.0
    shares = projected.offset / half
    assert shares.max() <= FARTHEST_OFF + 0.05 and shares.max() > 0.8 and shares.min() < 0.1
    _, headings = line.at(projected.distance)
    turned = np.mod(places[:, 2] - headings + np.pi / 2.0, 2.0 * np.pi) - np.pi / 2.0
    back = turned > np.pi / 2.0
    assert back.sum() == 50
    assert np.abs(turned - np.pi * back).max() < MOST_TURNED + 0.15  # in bends, by another point
    assert viewpoints(scene.track, 100) == viewpoints(scene.track, 100)


def test_only_what_is_below_the_horizon_is_compared(scene: Scene) -> None:
    renderer = Renderer(scene.ground, DEEPRACER.camera)
    places = viewpoints(scene.track, WORST + 2)
    frames = renderer.bgr(np.array(places))
    row = first_row_below_horizon(DEEPRACER.camera)
    frames[0, :row] = 0
    frames[1, row:] = np.minimum(frames[1, row:], 247) + 8
    glimpses = [
        Glimpse(Pose(0.0, *place, 0.0), frame) for place, frame in zip(places, frames, strict=True)
    ]
    pairs = compare_frames(glimpses, renderer)
    assert [pair.ssim for pair in pairs][::2] == [1.0] * len(pairs[::2])
    assert pairs[0].mean_abs_diff == 0.0
    assert 7.0 < pairs[1].mean_abs_diff <= 8.0
    assert pairs[1].ssim < 1.0
    picture = draw_worst(pairs)
    assert picture.ndim == 2 and picture.std() > 10.0
    assert len(picture) == len(draw_worst(pairs[:1])) * WORST
    assert np.array_equal(draw_worst(pairs[1:2]), picture[: len(picture) // WORST])
