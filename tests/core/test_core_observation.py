# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From frames to tensors, and the camera's geometry."""

import cv2
import numpy as np
import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.observation import FRAME_SHAPE, fit_frame, to_grey, to_tensor
from deepracer_core.vehicle import CameraSpec


@pytest.mark.parametrize(
    ("bgr", "grey"),
    [
        ((0, 0, 0), 0),
        ((255, 255, 255), 255),
        ((255, 0, 0), 29),
        ((0, 255, 0), 150),
        ((0, 0, 255), 76),
    ],
)
def test_grey_has_the_weights_that_policies_trained_with(bgr: tuple[int, ...], grey: int) -> None:
    frame = np.full(FRAME_SHAPE, bgr, dtype=np.uint8)
    assert (to_grey(frame) == grey).all()


def test_tensor_is_grey_as_float_without_scaling() -> None:
    frame = np.random.default_rng(0).integers(0, 256, FRAME_SHAPE, dtype=np.uint8)
    tensor = to_tensor(frame)
    assert tensor.dtype == np.float32
    assert tensor.shape == (120, 160)
    np.testing.assert_array_equal(tensor, to_grey(frame))


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.zeros((120, 160), np.uint8),
        np.zeros(FRAME_SHAPE, np.float32),
    ],
)
def test_other_shapes_and_types_are_refused(frame: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="needed is"):
        to_tensor(frame)


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    stripes = np.zeros((480, 640, 3), np.uint8)
    stripes[:, ::2] = 200  # finer than the target's pixels: what remains is their mean
    assert (fit_frame(stripes) == 100).all()


def test_a_frame_of_the_right_size_is_left_as_it_is() -> None:
    frame = np.random.default_rng(1).integers(0, 256, FRAME_SHAPE, dtype=np.uint8)
    assert fit_frame(frame) is frame


def test_small_pictures_are_enlarged() -> None:
    assert fit_frame(np.full((60, 80, 3), 7, np.uint8)).shape == FRAME_SHAPE


def test_intrinsics_project_what_the_field_of_view_says() -> None:
    camera = CameraSpec()
    edge = np.array([np.tan(camera.horizontal_fov / 2.0), 0.0, 1.0])
    pixel = camera.intrinsics() @ edge
    # The field of view ends at the outer edge of the last pixel, half a pixel from its centre.
    assert pixel[0] == pytest.approx(camera.width - 0.5)
    projected, _ = cv2.projectPoints(edge, np.zeros(3), np.zeros(3), camera.intrinsics(), None)
    assert projected[0, 0, 0] == pytest.approx(camera.width - 0.5)
