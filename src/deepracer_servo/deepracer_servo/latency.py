# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How long commands take from the image's capture to the written pulse."""

from __future__ import annotations

from collections import deque

import numpy as np


class LatencyWindow:
    """The latencies of the most recent commands."""

    def __init__(self, size: int = 1200) -> None:
        """Keep `size` of them: 20 s at 60 frames/s."""
        self._seconds: deque[float] = deque(maxlen=size)

    def add(self, seconds: float) -> None:
        """Note one latency [s]."""
        self._seconds.append(seconds)

    def summary_ms(self) -> dict[str, float]:
        """Return p50, p95, p99 and max [ms]; empty before the first command."""
        if not self._seconds:
            return {}
        p50, p95, p99, largest = np.percentile(self._seconds, (50, 95, 99, 100)) * 1e3
        return {"p50": float(p50), "p95": float(p95), "p99": float(p99), "max": float(largest)}
