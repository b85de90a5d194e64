# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration as text: YAML with the units in its keys.

format: 1
vehicle: deepracer
saved: 2026-11-20 08:15:00+00:00
steering:
  min_ns: 1200000
  mid_ns: 1450000
  max_ns: 1700000
  polarity: 1
  curve:
  - {angle_rad: -0.5235987755982988, deflection: -1.0}
  - {angle_rad: 0.0, deflection: 0.0}
  - {angle_rad: 0.5235987755982988, deflection: 1.0}
throttle: the same, its curve with speed_m_s in place of angle_rad

Nothing is guessed: a key that is unknown, missing or there twice refuses the whole text.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

import yaml

from deepracer_core.calibration import VEHICLES, AxisCalibration, Calibration
from deepracer_core.errors import CalibrationError

FORMAT = 1
_HEADER = (
    "# Calibration of one car: pulses in ns, curves from angle or speed to share of travel.\n"
)
_PULSES = ("min_ns", "mid_ns", "max_ns")
_CURVE_VALUES = {"steering": "angle_rad", "throttle": "speed_m_s"}
_LARGEST = 10**9  # of any number in the file


class SavedCalibration(NamedTuple):
    """A calibration, and when it was saved."""

    calibration: Calibration
    saved: datetime


def calibration_to_yaml(vehicle: str, saved: SavedCalibration) -> str:
    """Write a calibration for a vehicle profile."""
    calibration = saved.calibration
    content = {
        "format": FORMAT,
        "vehicle": vehicle,
        "saved": saved.saved.astimezone(UTC).replace(microsecond=0),
        **{name: _axis_content(name, getattr(calibration, name)) for name in _CURVE_VALUES},
    }
    return _HEADER + yaml.safe_dump(content, default_flow_style=None, sort_keys=False, width=120)


def calibration_from_yaml(text: str, vehicle: str) -> SavedCalibration:
    """Read a calibration for a vehicle profile; CalibrationError names the key that is wrong."""
    try:
        return _read(yaml.load(text, _Loader), vehicle)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CalibrationError(f"not a calibration: {' '.join(str(error).split())}") from None


class _Loader(yaml.SafeLoader):
    """Reads plain YAML: what makes a few bytes mean a lot, or two things, is refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
            raise yaml.YAMLError("anchors, aliases and tags have no place in it")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        names = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        for name, count in names.most_common(1):
            if count > 1:
                raise yaml.YAMLError(f"{name[:40]} is there twice")
        return super().construct_mapping(node, deep)


def _axis_content(name: str, axis: AxisCalibration) -> dict[str, Any]:
    points = [{_CURVE_VALUES[name]: value, "deflection": share} for value, share in axis.curve]
    pulses = {key: getattr(axis, key) for key in _PULSES}
    return {**pulses, "polarity": axis.polarity, "curve": points}


def _read(content: Any, vehicle: str) -> SavedCalibration:
    if isinstance(content, dict):
        _check_format(content, vehicle)
    _check_keys(content, "the file", ("format", "vehicle", "saved", *_CURVE_VALUES))
    saved = content["saved"]
    if not isinstance(saved, datetime):
        raise CalibrationError("saved must be a time such as 2026-11-20 08:15:00+00:00")
    axes = {name: _read_axis(content[name], name, vehicle) for name in _CURVE_VALUES}
    return SavedCalibration(
        Calibration(**axes), saved if saved.tzinfo else saved.replace(tzinfo=UTC)
    )


def _check_format(content: dict[Any, Any], vehicle: str) -> None:
    """Tell a file of another version or car before any of its keys looks wrong."""
    known, named = content.get("format"), content.get("vehicle")
    if type(known) is int and known > FORMAT:
        raise CalibrationError(
            f"format is {known}, of a newer version; this one knows {FORMAT}: update the software"
        )
    if known != FORMAT or type(known) is not int:
        raise CalibrationError(f"format must be {FORMAT}")
    if named != vehicle:
        raise CalibrationError(
            f"vehicle is {str(named)[:40]!r}, but this car is set to be {vehicle!r}"
        )


def _read_axis(content: Any, name: str, vehicle: str) -> AxisCalibration:
    _check_keys(content, name, (*_PULSES, "polarity", "curve"))
    whole = [_whole_number(content[key], f"{name}.{key}") for key in (*_PULSES, "polarity")]
    points = content["curve"]
    if not isinstance(points, list):
        raise CalibrationError(f"{name}.curve must be a list of points")
    curve = tuple(_read_point(point, name, i) for i, point in enumerate(points))
    profile: AxisCalibration = getattr(VEHICLES[vehicle], name)
    low, middle, high, polarity = whole
    try:
        return AxisCalibration(low, middle, high, polarity, curve, profile.limits_ns)
    except CalibrationError as error:
        raise CalibrationError(f"{name}: {error}") from None


def _read_point(point: Any, axis: str, index: int) -> tuple[float, float]:
    where = f"{axis}.curve[{index}]"
    keys = (_CURVE_VALUES[axis], "deflection")
    _check_keys(point, where, keys)
    value, deflection = (_number(point[key], f"{where}.{key}") for key in keys)
    return value, deflection


def _check_keys(content: Any, where: str, keys: tuple[str, ...]) -> None:
    if not isinstance(content, dict):
        raise CalibrationError(f"{where} must hold the keys {', '.join(keys)}")
    if missing := [key for key in keys if key not in content]:
        raise CalibrationError(f"{where} has no {', '.join(missing)}")
    if unknown := [str(key)[:40] for key in content if key not in keys]:
        raise CalibrationError(f"{where} has an unknown key {unknown[0]!r}")


def _whole_number(value: Any, where: str) -> int:
    if type(value) is not int or abs(value) > _LARGEST:
        raise CalibrationError(f"{where} must be a whole number")
    return value


def _number(value: Any, where: str) -> float:
    if type(value) not in (int, float) or not abs(value) <= _LARGEST:
        raise CalibrationError(f"{where} must be a number such as 0.5")
    return float(value)
