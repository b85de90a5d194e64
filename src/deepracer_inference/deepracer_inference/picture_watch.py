# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the camera still sees: a frozen picture goes on arriving, with fresh stamps.

No two pictures of a real sensor are the same to the bit, since its noise never is. So equality is
all that is needed, and no threshold decides what counts as a change.
"""

from __future__ import annotations


class PictureWatch:
    """Tells for how long the picture has been the same."""

    def __init__(self) -> None:
        """Start without a picture."""
        self._pixels = b""
        self._since_ns = 0
        self._newest_ns = 0

    def unchanged(self, pixels: bytes, stamp_ns: int) -> float:
        """Note a picture and return for how long [s] it has been the same, 0 for a new one.

        Args:
            pixels: of the picture, as they came.
            stamp_ns: when it was captured [ns]. It counts from there again where stamps go back:
                their clock was set, or its simulator started anew.
        """
        if stamp_ns < self._newest_ns or pixels != self._pixels:
            self._pixels, self._since_ns = pixels, stamp_ns
        self._newest_ns = stamp_ns
        return (stamp_ns - self._since_ns) * 1e-9
