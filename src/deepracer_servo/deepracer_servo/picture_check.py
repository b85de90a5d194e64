# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the camera shows a frozen picture: fresh stamps say nothing about old pixels.

The noise of a real sensor makes every picture differ. In a simulator a standing car sees the same
picture again and again, rightly; so only a picture that stays the same while the car has been told
to move for a moment is frozen. Once it is, it stays so until it changes.
"""

from __future__ import annotations

from deepracer_servo.freshness import Refusal, RefusedError

# A car that starts needs so long until its picture moves.
START_NS = 300_000_000


class PictureCheck:
    """Judges how long the picture has been the same.

    Args:
        limit: longest time that the picture of a moving car may stay the same [s]; 0: any.
    """

    def __init__(self, limit: float) -> None:
        """Start with a car that stands."""
        self._limit = limit
        self._moving_since_ns = 0
        self._frozen = False

    def reset(self) -> None:
        """Give the picture another chance."""
        self._moving_since_ns, self._frozen = 0, False

    def told(self, moves: bool, stamp_ns: int) -> None:
        """Note whether the command with this stamp makes the car move."""
        if not moves:
            self._moving_since_ns = 0
        elif not self._moving_since_ns:
            self._moving_since_ns = stamp_ns

    def check(self, unchanged: float, stamp_ns: int) -> None:
        """Raise RefusedError where the picture with this stamp is frozen.

        Args:
            unchanged: for how long the picture has been the same [s].
            stamp_ns: of the picture [ns].
        """
        moves = self._moving_since_ns and stamp_ns - self._moving_since_ns > START_NS
        too_long = bool(self._limit) and not unchanged <= self._limit
        self._frozen = too_long and bool(moves or self._frozen)
        if self._frozen:
            raise RefusedError(
                Refusal.PICTURE,
                f"the picture has not changed for {unchanged:.2g} s: is the camera frozen?",
            )
