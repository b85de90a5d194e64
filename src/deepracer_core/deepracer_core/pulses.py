# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A pair of PWM pulses: what everything between calibration and device speaks of."""

from __future__ import annotations

from typing import NamedTuple


class Pulses(NamedTuple):
    """Pulse widths [ns] for the steering servo and the ESC, at 50 Hz."""

    steering_ns: int
    throttle_ns: int
