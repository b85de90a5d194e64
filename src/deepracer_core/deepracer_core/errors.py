# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The errors that users see: one line each, saying what is wrong and what to do about it.

They are raised where the fault is found and caught once, at the boundary of a node or a command.
"""


class DeepRacerError(Exception):
    """Root of all errors that have a message for the user."""


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
