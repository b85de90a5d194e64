# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Measured drives: throttle, distance, time, and the battery where somebody read it.

throttle,distance_m,time_s,battery_v
0.3,3.00,4.12,7.9
-0.3,3.00,5.02,
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deepracer_core.calibration import SPEED_ENDS
from deepracer_core.errors import CalibrationError

LARGEST_FILE_BYTES = 1_000_000
SMALLEST_THROTTLE = 0.001
_NEEDED = ("throttle", "distance_m", "time_s")
_BATTERY = "battery_v"
COLUMNS = (*_NEEDED, _BATTERY)
# Least and most that can be meant; a value outside is in another unit.
_RANGES = {
    "throttle": (-1.0, 1.0),
    "distance_m": (0.0, 1000.0),
    "time_s": (0.01, 3600.0),
    _BATTERY: (1.0, 60.0),
}
_MOST_NAMED = 10


@dataclass(frozen=True)
class SpeedRow:
    """One drive at a constant throttle.

    Attributes:
        line: in the file, for people.
        throttle: share of full deflection, -1 to 1, not 0.
        speed: [m/s], with the sign of the throttle.
        battery: [V]; None where it was not read.
    """

    line: int
    throttle: float
    speed: float
    battery: float | None


def read_speed_rows(path: Path) -> list[SpeedRow]:
    """Read a CSV file; CalibrationError names all lines that are wrong."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            raise CalibrationError(f"it is larger than {LARGEST_FILE_BYTES} bytes")
        return parse_speed_rows(content.decode("utf-8-sig").splitlines())
    except (OSError, UnicodeDecodeError, CalibrationError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CalibrationError(f"measured rows {path}: {reason}") from None


def parse_speed_rows(lines: Iterable[str]) -> list[SpeedRow]:
    """Read lines of CSV, the first with the names of the columns.

    A spreadsheet that separates by semicolons and writes decimal commas is understood, too.
    """
    text = list(lines)
    semicolons = bool(text) and ";" in text[0]
    reader = csv.reader(text, delimiter=";" if semicolons else ",")
    rows: list[SpeedRow] = []
    errors: list[str] = []
    try:
        names = _check_names([name.strip() for name in next(reader, [])])
        for cells in reader:
            if any(cell.strip() for cell in cells):
                texts = [cell.replace(",", ".") if semicolons else cell for cell in cells]
                _add_row(rows, errors, reader.line_num, names, texts)
    except csv.Error as error:
        raise CalibrationError(f"line {reader.line_num}: {error}") from None
    if errors:
        more = f"; and {len(errors) - _MOST_NAMED} more" if len(errors) > _MOST_NAMED else ""
        raise CalibrationError("; ".join(errors[:_MOST_NAMED]) + more)
    return rows


def battery_voltage(text: str) -> float:
    """Read a voltage [V]; CalibrationError where it cannot be that of a car."""
    return _number(_BATTERY, text)


def _check_names(names: list[str]) -> list[str]:
    if len(set(names)) < len(names) or not set(_NEEDED) <= set(names) <= set(COLUMNS):
        raise CalibrationError(
            f"line 1 must name the columns {', '.join(_NEEDED)}, and may name {_BATTERY}"
        )
    return names


def _add_row(
    rows: list[SpeedRow], errors: list[str], line: int, names: list[str], cells: list[str]
) -> None:
    try:
        rows.append(speed_row(line, names, cells))
    except CalibrationError as error:
        errors.append(f"line {line}: {error}")


def speed_row(line: int, names: Sequence[str], cells: Sequence[str]) -> SpeedRow:
    """Read one drive from the values of some columns; CalibrationError says what is wrong."""
    if len(cells) != len(names):
        raise CalibrationError(f"{len(cells)} values for {len(names)} columns")
    texts = dict(zip(names, (cell.strip() for cell in cells), strict=True))
    throttle, distance, time = (_number(name, texts[name]) for name in _NEEDED)
    if abs(throttle) < SMALLEST_THROTTLE:
        raise CalibrationError("throttle is 0: there is nothing to measure")
    speed = distance / time
    if speed > SPEED_ENDS[1]:
        raise CalibrationError(f"{speed:.3g} m/s is no speed of such a car")
    battery = _number(_BATTERY, texts[_BATTERY]) if texts.get(_BATTERY) else None
    return SpeedRow(line, throttle, math.copysign(speed, throttle), battery)


def _number(name: str, text: str) -> float:
    low, high = _RANGES[name]
    try:
        value = float(text)
    except ValueError:
        raise CalibrationError(f"{name} is {text[:20]!r}, a number is needed") from None
    if not low <= value <= high:
        raise CalibrationError(f"{name} is {text[:20]}, allowed is {low:g} to {high:g}")
    return value
