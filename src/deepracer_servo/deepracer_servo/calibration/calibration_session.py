# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration in force on a running car, and the one in its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from deepracer_core.calibration import VEHICLES, Calibration
from deepracer_core.command_line import user_path
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration.calibration_file import (
    is_aws_file,
    read_calibration_file,
    save_calibration_file,
)
from deepracer_servo.calibration.calibration_yaml import SavedCalibration


def _utc_now() -> datetime:
    return datetime.now(UTC)


class CalibrationSession:
    """What is in force, what is saved, and why the car must not drive by it.

    Every method that cannot do what it says raises CalibrationError and changes nothing. It is
    made for one thread; the calibrations that it gives away never change.

    Args:
        vehicle: profile, one of `VEHICLES`.
        path: the file; empty for none, `~` is expanded. Where it does not exist, the profile's
            defaults are in force until something is saved.
        now: tells the time.
    """

    def __init__(self, vehicle: str, path: str, now: Callable[[], datetime] = _utc_now) -> None:
        """Read the file; a damaged one is no error here, but the `fault`."""
        self.vehicle = vehicle
        self.defaults = VEHICLES[vehicle]
        self._path = user_path(path) if path else None
        self._now = now
        try:
            self._use(self._read())
        except CalibrationError as error:
            self._use(None, fault=str(error))

    @property
    def calibration(self) -> Calibration:
        """What is in force."""
        return self._calibration

    @property
    def fault(self) -> str:
        """Why nobody may drive, although calibrating is allowed; empty for no reason."""
        return self._fault

    @property
    def source(self) -> str:
        """Where the calibration in force comes from, for people."""
        return self._source

    @property
    def saved(self) -> datetime | None:
        """When the file was saved; None where there is none."""
        return self._file.saved if self._file else None

    @property
    def unsaved(self) -> bool:
        """Whether something was set or reset and not saved since."""
        return self._unsaved

    def set(self, calibration: Calibration, wheels_up: bool) -> None:
        """Put a calibration in force without saving it.

        A throttle neutral other than before can turn the wheels, so they must be up for it.
        """
        for name in ("steering", "throttle"):
            low, high = getattr(self.defaults, name).limits_ns
            if getattr(calibration, name).limits_ns != (low, high):
                raise CalibrationError(
                    f"{name}: its bounds must be those of {self.vehicle}, {low} to {high} ns"
                )
        if not wheels_up:
            _check_neutral(self._calibration, calibration, "say so: wheels_up")
        self._calibration, self._unsaved = calibration, True

    def reset(self, wheels_up: bool) -> None:
        """Go back to the defaults of the vehicle profile, without saving them."""
        if self._file and not wheels_up:
            way = "set the mode to CALIBRATION (3) first"
            _check_neutral(self._file.calibration, self.defaults, way)
        self._calibration, self._unsaved = self.defaults, True
        self._source = f"the defaults of {self.vehicle}"

    def save(self) -> None:
        """Save what is in force; the file from before stays as a dated backup."""
        if self._path is None:
            raise CalibrationError(
                "there is no file to save to: start the servo node with its parameter "
                "calibration_file, such as ~/.config/deepracer/calibration.yaml"
            )
        if is_aws_file(self._path):
            raise CalibrationError(
                f"{self._path} is a file of the original software, which has no place for curves: "
                f"run ./deepracer calibration import {self._path}, and set the parameter "
                "calibration_file to the file that it makes"
            )
        file = SavedCalibration(self._calibration, self._now())
        save_calibration_file(self._path, self.vehicle, file)
        self._use(file)

    def revert(self) -> None:
        """Go back to what the file holds now, also where somebody else has changed it."""
        self._use(self._read())

    def discard(self) -> None:
        """Go back to what was read or saved last, without a look at the file."""
        self._use(self._file, self._fault)

    def _read(self) -> SavedCalibration | None:
        return read_calibration_file(self._path, self.vehicle) if self._path else None

    def _use(self, file: SavedCalibration | None, fault: str = "") -> None:
        self._file, self._fault, self._unsaved = file, fault, False
        self._calibration = file.calibration if file else self.defaults
        self._source = str(self._path) if file else f"the defaults of {self.vehicle}"
        if not file:
            absent = (
                f"there is no file {self._path}" if self._path else "no calibration_file is set"
            )
            self._source += f", since {fault or absent}"


def _check_neutral(old: Calibration, new: Calibration, what_to_do: str) -> None:
    before, after = old.throttle.mid_ns, new.throttle.mid_ns
    if before != after:
        raise CalibrationError(
            f"throttle.mid_ns changes from {before} to {after} ns, which can turn the wheels: "
            f"lift the driven wheels off the ground and {what_to_do}"
        )
