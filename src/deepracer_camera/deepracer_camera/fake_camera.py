# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The `fake` back end: a moving test picture, for machines without a camera.

It fails on demand, as real cameras do by themselves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepracer_camera.camera import Clock, Faults, Frame
from deepracer_camera.pacer import Pacer
from deepracer_camera.settings import FakeFaults
from deepracer_core.errors import DeviceError
from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH

_STRIPE = 16


def make_pattern(index: int) -> NDArray[np.uint8]:
    """Return frame `index` of the test picture, BGR (120, 160, 3): stripes that move left.

    Blue grows downwards, green to the right, and red stripes move one pixel a frame, so that a
    flipped, mirrored, frozen or wrongly ordered picture shows.
    """
    rows = np.linspace(0, 255, FRAME_HEIGHT).astype(np.uint8)
    columns = np.linspace(0, 255, FRAME_WIDTH).astype(np.uint8)
    stripes = (np.arange(FRAME_WIDTH) + index) // _STRIPE % 2 * 255
    image = np.empty((FRAME_HEIGHT, FRAME_WIDTH, 3), np.uint8)
    image[..., 0] = rows[:, np.newaxis]
    image[..., 1] = columns
    image[..., 2] = stripes
    return image


class FakeCamera:
    """Puts out the test picture at a steady rate."""

    def __init__(self, fps: float, clock: Clock, faults: Faults = FakeFaults) -> None:
        """Start the picture.

        Args:
            fps: frames a second [Hz].
            clock: stamps the frames.
            faults: asked at each frame what shall be wrong with it.

        Raises:
            DeviceError: it shall be unplugged.
        """
        self._clock = clock
        self._faults = faults
        self._check_cable()
        self._pacer = Pacer(fps)
        self._period = 2 * _STRIPE
        self._pictures = [make_pattern(index) for index in range(self._period)]
        self._index = 0

    def read(self) -> Frame:
        """Wait for the next frame; its pixels are shared with later ones: do not change them."""
        self._pacer.wait()
        faults = self._check_cable()
        self._index += not faults.fake_frozen
        stamp_ns = self._clock() + round(faults.fake_stamp_offset * 1e9)
        return Frame(self._pictures[self._index % self._period], stamp_ns)

    def close(self) -> None:
        """Nothing to release."""

    def _check_cable(self) -> FakeFaults:
        faults = self._faults()
        if faults.fake_unplugged:
            raise DeviceError("the fake camera is unplugged: set fake_unplugged to false")
        return faults
