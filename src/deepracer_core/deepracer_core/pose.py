# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Where a car is at an instant, as simulators tell it."""

from __future__ import annotations

from typing import NamedTuple


class Pose(NamedTuple):
    """Where base_link is: [s, simulated], [m], [m], [rad], [m/s] forward."""

    time: float
    x: float
    y: float
    yaw: float
    speed: float
