# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Results are written, or the place is refused beforehand."""

import json
from pathlib import Path

import pytest

from deepracer_core.errors import ConfigError
from deepracer_core.results import check_writable, write_json


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    check_writable(tmp_path / "result.json")
    check_writable(None)
    write_json(tmp_path / "result.json", {"laps": [1.5]})
    assert json.loads((tmp_path / "result.json").read_text()) == {"laps": [1.5]}


def test_a_place_that_is_none_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "result.json"):
        with pytest.raises(ConfigError):
            check_writable(place)
        with pytest.raises(ConfigError, match="cannot be written"):
            write_json(place, {})
