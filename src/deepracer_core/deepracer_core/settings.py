# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a component: one frozen dataclass, whose fields say what they mean and may be.

The same field is a ROS parameter, a command-line option and a constructor argument; its
description, unit, range and choices stand with it and nowhere else.
"""

from __future__ import annotations

from dataclasses import Field, field, fields
from typing import Any, TypeVar

from deepracer_core.errors import ConfigError

Value = TypeVar("Value")


def setting(
    default: Value,
    description: str,
    *,
    range: tuple[float, float] | None = None,
    choices: tuple[str, ...] | None = None,
    read_only: bool = True,
) -> Value:
    """Return a dataclass field.

    Args:
        default: also says which type the value has.
        description: for people, with the [unit].
        range: lowest and highest value allowed.
        choices: the values allowed.
        read_only: whether the value is fixed once a component runs.
    """
    facts = {"description": description, "read_only": read_only}
    limits = {"range": range, "choices": choices}
    given = {name: limit for name, limit in limits.items() if limit is not None}
    return field(default=default, metadata={**facts, **given})


def check_settings(settings: Any) -> None:
    """Raise ConfigError with all values that are outside their range or choices."""
    found = (value_fault(entry, getattr(settings, entry.name)) for entry in fields(settings))
    faults = [fault for fault in found if fault]
    if faults:
        raise ConfigError(*faults)


def value_fault(entry: Field[Any], value: Any) -> str:
    """Return what is wrong with a value for a field, and what is allowed; NaN is in no range."""
    choices = entry.metadata.get("choices")
    if choices is not None and value not in choices:
        return f"{entry.name} is {value!r}, allowed are {', '.join(choices)}"
    low, high = entry.metadata.get("range", (None, None))
    if low is not None and not low <= value <= high:
        return f"{entry.name} is {value}, allowed is {low} to {high}"
    return ""
