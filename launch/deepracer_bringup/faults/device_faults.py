# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A PWM device that is gone, refuses or talks nonsense, and a system clock that is set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from deepracer_bringup.faults.fault import Break, Rig

SET_BACK = 0.3  # [s]: setting the clock back stops the car as well


def device(harm: str, undo: str) -> Break:
    """Return the fault of a fake device that has these methods to break and to repair it."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        broken_at = time.monotonic()
        getattr(rig.chip.fake, harm)()
        try:
            yield broken_at
        finally:
            getattr(rig.chip.fake, undo)()

    return breaks


@contextmanager
def read_only_throttle(rig: Rig) -> Iterator[float]:
    """Let nobody write the pulse of a throttle channel in sysfs."""
    broken_at = time.monotonic()
    rig.chip.fake.make_read_only(rig.chip.throttle_channel)
    try:
        yield broken_at
    finally:
        rig.chip.fake.restore()


def clock_set(seconds: int) -> Break:
    """Return the fault of a system clock that is set ahead by so much [s], and back in the end."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        assert rig.clock is not None
        broken_at = time.monotonic()
        rig.clock.set(seconds)
        try:
            yield broken_at
        finally:
            rig.clock.set(0)
            rig.watch.spin(SET_BACK)

    return breaks
