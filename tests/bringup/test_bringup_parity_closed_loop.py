# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The evaluations that parity starts: results of this very run, or the reason for none."""

import json
from pathlib import Path

import pytest
from parity_rows import WHOLE_LAP

from deepracer_bringup.parity import closed_loop
from deepracer_bringup.parity.closed_loop import evaluate, is_complete
from deepracer_core.errors import ConfigError, DeviceError


def test_an_evaluation_that_fails_says_why(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"evaluate_embedded ended .*nowhere"):
        evaluate("embedded", repository / "models" / "reinvent_v1", "nowhere", 1, tmp_path)


def test_the_embedded_simulator_is_evaluated_from_both_directions(
    repository: Path, tmp_path: Path
) -> None:
    model = repository / "models" / "reinvent_v1"
    rows = evaluate("embedded", model, "reinvent_base", 1, tmp_path)
    assert [row["direction"] for row in rows] == ["ccw", "cw"]
    assert all(map(is_complete, rows))
    assert set(rows[0]) == set(WHOLE_LAP)


class Interpreter:
    """A Python that does not evaluate: it runs a script, which ends as it is told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._program = folder / "python"
        monkeypatch.setattr(closed_loop.sys, "executable", str(self._program))

    def will(self, script: str) -> None:
        self._program.write_text(f"#!/bin/sh\n{script}\n")
        self._program.chmod(0o755)


@pytest.fixture
def interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    return Interpreter(tmp_path, monkeypatch)


@pytest.mark.parametrize("status", [0, 1, 2])
def test_results_of_an_earlier_run_are_not_this_ones(
    status: int, interpreter: Interpreter, tmp_path: Path
) -> None:
    results = tmp_path / "gazebo.json"
    results.write_text(json.dumps({"trials": [WHOLE_LAP]}))
    interpreter.will(f"echo 'ValueError: what no one had thought of' >&2; exit {status}")
    with pytest.raises(DeviceError, match=rf"ended \(status {status}\): ValueError: what no"):
        evaluate("gazebo", tmp_path, "track", 1, tmp_path)
    assert not results.exists()


def test_laps_that_were_not_whole_are_results(interpreter: Interpreter, tmp_path: Path) -> None:
    content = json.dumps({"trials": [{**WHOLE_LAP, "status": "off_track", "seed": 1}]})
    interpreter.will(f"echo '{content}' >{tmp_path}/gazebo.json; exit 1")
    (row,) = evaluate("gazebo", tmp_path, "track", 1, tmp_path)
    assert row == {**WHOLE_LAP, "status": "off_track"}
    assert not is_complete(row)


def test_results_that_have_no_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gazebo.json").mkdir()
    with pytest.raises(ConfigError, match=r"gazebo.json is a folder"):
        evaluate("gazebo", tmp_path, "track", 1, tmp_path)
