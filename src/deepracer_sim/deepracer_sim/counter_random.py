# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Random numbers from a seed and a count, for whole batches: no state, so no order to depend on.

The generator is SplitMix64 (Steele, Lea and Flood, 2014), which may be entered at any count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Seeds = NDArray[np.uint64]
Counts = NDArray[np.int64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def bits(seeds: Seeds, counts: Counts) -> Seeds:
    """Return 64 random bits for each seed (B,) and count (B,)."""
    mixed = seeds + (counts.astype(np.uint64) + np.uint64(1)) * _STEP
    for shift, factor in _MIX:
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed


def uniform(seeds: Seeds, counts: Counts) -> NDArray[np.float64]:
    """Return numbers (B,), 0 <= number < 1."""
    return (bits(seeds, counts) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal_pair(seeds: Seeds, counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two independent standard normal numbers (B,) each, by Box and Muller."""
    radius = np.sqrt(-2.0 * np.log(1.0 - uniform(seeds, 2 * counts)))
    angle = 2.0 * np.pi * uniform(seeds, 2 * counts + 1)
    return radius * np.cos(angle), radius * np.sin(angle)
