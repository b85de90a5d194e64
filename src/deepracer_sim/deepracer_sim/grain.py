# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The compiled loop for what lens and sensor do to a picture: blur and noise.

Random numbers would take longer than the picture itself, so noise is cut out of one long strip of
them, at a place that changes with every frame.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

# Widest blur [px, standard deviation]: that of weighing a pixel and its neighbours 1 : 2 : 1.
WIDEST_BLUR = 2.0**-0.5
_PLACES = 1 << 17  # at which noise can begin
_DEVIATION = 32.0  # of the strip's numbers


def noise_strip(pixels: int) -> NDArray[np.int8]:
    """Return normal numbers for frames of so many pixels; always the same."""
    numbers = np.random.default_rng(0).normal(0.0, _DEVIATION, _PLACES + pixels)
    return np.clip(np.rint(numbers), -127, 127).astype(np.int8)


@numba.njit(cache=True)
def _smooth(flat, width, once, twice):  # type: ignore[no-untyped-def]
    """Weigh pixels and their neighbours 1 : 2 : 1 both ways, from `flat` to `twice`.

    Where a row ends, its neighbour is the other end of the next one: one pixel that no one sees.
    """
    once[0], once[-1] = flat[0], flat[-1]
    before, at, after, to = flat[:-2], flat[1:-1], flat[2:], once[1:-1]
    for u in range(len(to)):
        to[u] = (before[u] + 2 * at[u] + after[u] + 2) >> 2
    twice[:width], twice[-width:] = once[:width], once[-width:]
    before, at, after, to = (
        once[: -2 * width],
        once[width:-width],
        once[2 * width :],
        twice[width:],
    )
    for u in range(len(at)):
        to[u] = (before[u] + 2 * at[u] + after[u] + 2) >> 2


@numba.njit(cache=True)
def _finish(flat, smooth, share, noise, amplitude):  # type: ignore[no-untyped-def]
    """Blend pixels with smooth ones and add noise, in place; values stay 0 to 255."""
    for u in range(len(flat)):
        value = np.float32(flat[u])
        value += share * (np.float32(smooth[u]) - value) + amplitude * np.float32(noise[u])
        flat[u] = np.uint8(min(max(value, np.float32(0.0)), np.float32(255.0)) + np.float32(0.5))


@numba.njit(cache=True, nogil=True)
def add_grain(rows, blur, noise, places, strip, out):  # type: ignore[no-untyped-def]
    """Blur K frames and add noise, in place.

    Args:
        rows: (K,) which look each frame has.
        blur: (R,) standard deviation [px], up to WIDEST_BLUR.
        noise: (R,) standard deviation [levels].
        places: (K,) random numbers, uint64: where in the strip each frame's noise begins.
        strip: from `noise_strip`.
        out: (K, height, width) uint8.
    """
    width = out.shape[2]
    pixels = out.shape[1] * width
    once, twice = np.empty(pixels, np.uint8), np.empty(pixels, np.uint8)
    for k in range(len(out)):
        r = rows[k]
        flat = out[k].reshape(pixels)
        _smooth(flat, width, once, twice)
        # Blending with the widest blur gives any variance up to its own.
        share = np.float32((blur[r] / WIDEST_BLUR) ** 2)
        first = places[k] % np.uint64(_PLACES)
        added = strip[first : first + np.uint64(pixels)]
        amplitude = np.float32(noise[r] / _DEVIATION)
        _finish(flat, twice, share, added, amplitude)
