# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How alike two grey pictures are, to the eye and to the network.

The structural similarity index is that of Wang, Bovik, Sheikh and Simoncelli, "Image Quality
Assessment: From Error Visibility to Structural Similarity", IEEE Transactions on Image Processing
13 (4), 2004, with its constants: a window of 11x11 pixels, Gaussian, sigma 1.5; K1 0.01, K2 0.03.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec

Grey = NDArray[np.uint8]  # (rows, columns)

_WINDOW, _SIGMA = 11, 1.5  # [px]
_STABILISERS = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2  # C1, C2 of the paper


def mean_abs_diff(one: Grey, other: Grey) -> float:
    """Return the mean absolute difference of two pictures [grey levels]."""
    return float(cv2.absdiff(one, other).mean())


def ssim(one: Grey, other: Grey) -> float:
    """Return the mean structural similarity of two pictures, -1 to 1, which is equality.

    Args:
        one: at least 11x11 pixels; only windows that are wholly inside count.
        other: of the same shape.
    """
    x, y = one.astype(np.float64), other.astype(np.float64)
    mean_x, mean_y = _average(x), _average(y)
    spread_x = _average(x * x) - mean_x * mean_x
    spread_y = _average(y * y) - mean_y * mean_y
    together = _average(x * y) - mean_x * mean_y
    c1, c2 = _STABILISERS
    alike = (2.0 * mean_x * mean_y + c1) * (2.0 * together + c2)
    most = (mean_x * mean_x + mean_y * mean_y + c1) * (spread_x + spread_y + c2)
    return float((alike / most).mean())


def _average(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted mean in every window that is wholly inside."""
    edge = _WINDOW // 2
    means: NDArray[np.float64] = cv2.GaussianBlur(values, (_WINDOW, _WINDOW), _SIGMA)
    return means[edge:-edge, edge:-edge]


def first_row_below_horizon(camera: CameraSpec) -> int:
    """Return the first row of a picture that is wholly below the horizon.

    Row r reaches from r - 0.5 to r + 0.5: whole numbers are the middles of pixels.
    """
    horizon = camera.intrinsics()[1, 2] - camera.focal_length * math.tan(camera.pitch)
    return math.ceil(horizon + 0.5)
