# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""ROS parameters from a settings dataclass, so that names, units and ranges exist once.

Each field has a default and becomes a parameter of the same name. Its metadata may hold
`description` (with the [unit]), `range` (low, high), `choices` and `read_only`. A field is
read-only unless it says `"read_only": False`, which it may where the node calls
`follow_settings`. The dataclass's own `__post_init__` stays the judge of the values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from deepracer_core.errors import ConfigError, DeepRacerError

Settings = TypeVar("Settings")


def declare_settings(node: Node, settings_type: type[Settings]) -> Settings:
    """Declare one parameter per field and return the settings that the user chose.

    Raises:
        ConfigError: a value has the wrong type, lies outside its range or is refused by the
            dataclass.
    """
    return settings_type(
        **{entry.name: _declare(node, entry) for entry in dataclasses.fields(settings_type)}
    )


def follow_settings(node: Node, settings: Settings, apply: Callable[[Settings], None]) -> None:
    """Call `apply` with the new settings after each change; refuse what the dataclass refuses."""
    names = {entry.name for entry in dataclasses.fields(settings)}
    current = settings

    def changed(parameters: list[Parameter]) -> Settings:
        values = {entry.name: entry.value for entry in parameters if entry.name in names}
        return dataclasses.replace(current, **values)

    def check(parameters: list[Parameter]) -> SetParametersResult:
        try:
            changed(parameters)
        except DeepRacerError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def accept(parameters: list[Parameter]) -> None:
        nonlocal current
        if any(entry.name in names for entry in parameters):
            current = changed(parameters)
            apply(current)

    node.add_on_set_parameters_callback(check)
    node.add_post_set_parameters_callback(accept)


def _declare(node: Node, entry: dataclasses.Field[Any]) -> Any:
    try:
        return node.declare_parameter(entry.name, entry.default, _descriptor(entry)).value
    except InvalidParameterTypeException as error:
        kind = type(entry.default).__name__
        hint = f" (write {float(entry.default)!r} with its point)" if kind == "float" else ""
        raise ConfigError(f"parameter {entry.name} must be a {kind}{hint}: {error}") from None
    except InvalidParameterValueException as error:
        raise ConfigError(f"parameter {entry.name} is out of range: {error}") from None


def _descriptor(entry: dataclasses.Field[Any]) -> ParameterDescriptor:
    facts = entry.metadata
    descriptor = ParameterDescriptor(
        description=facts.get("description", ""), read_only=facts.get("read_only", True)
    )
    if "choices" in facts:
        descriptor.additional_constraints = "one of: " + ", ".join(map(str, facts["choices"]))
    if "range" in facts:
        low, high = facts["range"]
        if isinstance(entry.default, float):
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=float(low), to_value=float(high))
            ]
        else:
            descriptor.integer_range = [IntegerRange(from_value=low, to_value=high)]
    return descriptor
