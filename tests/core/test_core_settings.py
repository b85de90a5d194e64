# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Settings say what they are, and refuse what they may not be by name."""

from dataclasses import dataclass, fields

import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.settings import check_settings, setting


@dataclass(frozen=True)
class Kettle:
    heat: float = setting(0.5, "power [kW]", range=(0.0, 2.0))
    colour: str = setting("red", "outside", choices=("red", "white"))
    label: str = setting("", "anything", read_only=False)

    def __post_init__(self) -> None:
        check_settings(self)


def test_defaults_and_limits_are_accepted() -> None:
    Kettle()
    Kettle(heat=0.0)
    Kettle(heat=2.0, colour="white", label="tea")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heat": 2.1}, "heat is 2.1, allowed is 0.0 to 2.0"),
        ({"heat": -0.1}, "heat is -0.1"),
        ({"heat": float("nan")}, "heat is nan"),
        ({"heat": float("inf")}, "heat is inf"),
        ({"colour": "blue"}, "colour is 'blue', allowed are red, white"),
    ],
)
def test_other_values_are_refused_by_name(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Kettle(**change)


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        Kettle(heat=3.0, colour="blue")
    assert len(error.value.faults) == 2


def test_a_field_knows_what_users_are_told() -> None:
    heat, colour, label = fields(Kettle)
    assert heat.metadata == {"description": "power [kW]", "read_only": True, "range": (0.0, 2.0)}
    assert colour.metadata["choices"] == ("red", "white")
    assert not label.metadata["read_only"]
