# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From a camera frame to what the policy sees. Training, simulation and the car all call this.

BGR becomes grey by OpenCV's weights (0.299 R + 0.587 G + 0.114 B, rounded to a byte), and the
tensor holds 0 to 255 as float32: the division by 255 is inside the exported graph, as it is in
models that AWS trained.

A policy that was trained on a stack of frames sees the last few, the newest in the last channel.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError

FRAME_WIDTH = 160
FRAME_HEIGHT = 120
FRAME_SHAPE = (FRAME_HEIGHT, FRAME_WIDTH, 3)
FRAME_PERIOD = 1.0 / 15.0  # [s] between the frames that policies are trained on
LARGEST_STACK = 8  # frames


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


class FrameStack:
    """The last frames of one camera, as a policy that was trained on a stack sees them.

    Frames in a stack are a training's frame period apart, whatever the rate of the camera is: of
    the frames that came, those nearest to these times are taken. Before there are enough, the
    oldest stands for those that are missing, as at the start of an episode in training.
    """

    LONGEST_GAP = 3 * FRAME_PERIOD  # [s]; what was seen longer ago says nothing about now

    def __init__(self, size: int) -> None:
        """Stack `size` frames; with one, frames go through as they are."""
        self._ages = [round(k * FRAME_PERIOD * 1e9) for k in reversed(range(size))]
        self._frames: deque[tuple[int, NDArray[np.float32]]] = deque()

    def push(self, tensor: NDArray[np.float32], stamp_ns: int) -> NDArray[np.float32]:
        """Take a frame and return the stack that ends with it.

        Args:
            tensor: float32 (120, 160), as `to_tensor` makes it; it is kept, not copied.
            stamp_ns: when it was captured [ns]. Where stamps go back or leave a gap, the stack
                starts anew.

        Returns:
            float32 (size, 120, 160), the newest frame last; (120, 160) for a size of one.
        """
        if len(self._ages) == 1:
            return tensor
        newest = self._frames[-1][0] if self._frames else stamp_ns
        if not newest <= stamp_ns <= newest + self.LONGEST_GAP * 1e9:
            self._frames.clear()
        self._frames.append((stamp_ns, tensor))
        # The second frame is nearer than the first to every time that is asked for.
        while len(self._frames) > 1 and self._frames[1][0] <= stamp_ns - self._ages[0]:
            self._frames.popleft()
        return np.stack([self._nearest(stamp_ns - age) for age in self._ages])

    def clear(self) -> None:
        """Forget what was seen: the car was put somewhere else."""
        self._frames.clear()

    def _nearest(self, time_ns: int) -> NDArray[np.float32]:
        return min(self._frames, key=lambda frame: abs(frame[0] - time_ns))[1]
