# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From a camera frame to what the policy sees. Training, simulation and the car all call this.

BGR becomes grey by OpenCV's weights (0.299 R + 0.587 G + 0.114 B, rounded to a byte), and the
tensor holds 0 to 255 as float32: the division by 255 is inside the exported graph, as it is in
models that AWS trained.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError

FRAME_WIDTH = 160
FRAME_HEIGHT = 120
FRAME_SHAPE = (FRAME_HEIGHT, FRAME_WIDTH, 3)


def to_grey(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Convert a BGR frame (120, 160, 3) to the grey picture (120, 160) that policies train on.

    Raises:
        ConfigError: the frame has another shape or type.
    """
    if frame.shape != FRAME_SHAPE or frame.dtype != np.uint8:
        raise ConfigError(
            f"frame is {frame.shape} {frame.dtype}, needed is {FRAME_SHAPE} uint8 in BGR order: "
            "let the camera node resize it"
        )
    grey: NDArray[np.uint8] = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)  # type: ignore[assignment]
    return grey


def to_tensor(frame: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert a BGR frame (120, 160, 3) to the policy's input: float32 (120, 160), 0 to 255."""
    return to_grey(frame).astype(np.float32)


def fit_frame(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Resize a BGR picture of any size to the frame (120, 160, 3).

    Shrinking averages over the area: training pictures were reduced with a low-pass filter, and
    plain bilinear sampling of every fourth pixel would alias the lines of the track.
    """
    if image.shape == FRAME_SHAPE:
        return image
    shrinks = image.shape[0] >= FRAME_HEIGHT and image.shape[1] >= FRAME_WIDTH
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized: NDArray[np.uint8] = cv2.resize(  # type: ignore[assignment]
        image, (FRAME_WIDTH, FRAME_HEIGHT), interpolation=method
    )
    return resized
