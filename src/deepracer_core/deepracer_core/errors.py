# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The errors that users see: one line each, saying what is wrong and what to do about it.

They are raised where the fault is found and caught once, at the boundary of a node or a command.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class DeepRacerError(Exception):
    """Root of all errors that have a message for the user.

    Attributes:
        faults: one line for each thing that is wrong; most errors have one.
    """

    def __init__(self, *faults: object) -> None:
        """Take the faults; the error's text is all of them."""
        self.faults = tuple(map(str, faults))
        super().__init__("; ".join(self.faults))


@contextmanager
def collected(faults: list[str]) -> Iterator[None]:
    """Add the faults of a DeepRacerError to a list instead of passing it on: more may follow."""
    try:
        yield
    except DeepRacerError as error:
        faults += error.faults


class ConfigError(DeepRacerError, ValueError):
    """A setting, parameter or command-line option has a value that cannot be used."""


class ModelError(DeepRacerError):
    """A model package is damaged, unsafe, contradictory or not supported."""


class ActionError(DeepRacerError):
    """A policy output or a command cannot be turned into an action."""


class CalibrationError(DeepRacerError):
    """A calibration is damaged or would drive an actuator beyond its bounds."""


class TrackError(DeepRacerError):
    """A track or route file is unknown or malformed."""


class DeviceError(DeepRacerError, OSError):
    """A camera or PWM device is missing, was unplugged or did not accept a setting."""


class RewardError(DeepRacerError):
    """A user's reward function failed, or returned what is no reward.

    Attributes:
        parameters: the dictionary that it was called with.
        trace: the traceback, of the user's own lines only; empty where nothing was raised.
    """

    def __init__(self, message: str, parameters: dict[str, Any], trace: str = "") -> None:
        """Keep what the user needs to find the fault."""
        super().__init__(message)
        self.parameters = parameters
        self.trace = trace
