# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How long the stages of a frame take, over the last frames."""

from __future__ import annotations

import numpy as np

STAGES = ("queue", "preprocess", "inference")
PERCENTILES = (50, 95, 99, 100)


class StageTimes:
    """Keeps the last durations of each stage."""

    def __init__(self, window: int = 600) -> None:
        """Keep `window` frames: ten seconds of 60 frames/s."""
        self._seconds = np.zeros((window, len(STAGES)))
        self._count = 0

    def add(self, queue: float, preprocess: float, inference: float) -> None:
        """Add one frame's durations [s]."""
        self._seconds[self._count % len(self._seconds)] = queue, preprocess, inference
        self._count += 1

    def summary(self) -> dict[str, float]:
        """Return for each stage its p50, p95, p99 and max [ms]; empty before the first frame."""
        kept = self._seconds[: self._count]
        if not len(kept):
            return {}
        milliseconds = 1e3 * np.percentile(kept, PERCENTILES, axis=0)
        return {
            f"{stage} {'max' if percentile == 100 else f'p{percentile}'} [ms]": float(value)
            for stage, values in zip(STAGES, milliseconds.T, strict=True)
            for percentile, value in zip(PERCENTILES, values, strict=True)
        }
