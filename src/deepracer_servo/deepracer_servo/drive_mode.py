# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What the car obeys, and what is written and told at one moment."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from deepracer_core.errors import DeepRacerError
from deepracer_core.pulses import Pulses


class Mode(IntEnum):
    """What the car obeys; the numbers are those of DriveState."""

    DISABLED = 0
    MANUAL = 1
    AUTONOMOUS = 2
    CALIBRATION = 3


class DriveStatus(NamedTuple):
    """What users see on drive_state."""

    mode: Mode
    enabled: bool
    emergency_stop: bool
    stop_reason: str
    model_id: str
    max_speed_scale: float


class DriveOutput(NamedTuple):
    """What to write now, the stamp [ns] of the command behind it (0: neutral by rule), and why."""

    pulses: Pulses
    neutral: Pulses
    source_ns: int
    status: DriveStatus


class ModeRefusedError(DeepRacerError):
    """A drive mode cannot be entered, or does not allow it; the message says what to do."""
