# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The bench's part about Gazebo, with and without it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_gz import FakeGz, no_gz
from waiting import wait_until

PATIENCE = 300.0  # [s]; only a bench that hangs takes so long


def bench(repository: Path, file: Path) -> tuple[str, list[dict[str, Any]]]:
    line = [sys.executable, repository / "bench", "--only", "gazebo", "--quick", "--json", file]
    result = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 0, result.stderr
    return result.stdout, json.loads(file.read_text())["gazebo"]


def check(rows: list[dict[str, Any]]) -> None:
    assert [row["target"] for row in rows] == [1.0, 0.0]
    for row in rows:
        assert row["real_time_factor"] > 0.0 and row["frames"] > 0
        assert {"gazebo", "inference_node", "servo_node"} < set(row["cores"])


def test_time_and_cost_are_measured(toy: FakeGz, repository: Path, tmp_path: Path) -> None:
    said, rows = bench(repository, tmp_path / "bench.json")
    check(rows)
    assert "target 1" in said and "unbounded" in said
    wait_until(lambda: not toy.running, "the end of the simulator")


def test_without_gazebo_it_says_so_and_the_rest_goes_on(
    installed: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_gz(tmp_path / "empty", monkeypatch)
    said, rows = bench(repository, tmp_path / "bench.json")
    assert rows == [] and "not measured: Gazebo is not installed; " in said


@pytest.mark.gazebo
def test_the_real_one_is_measured(repository: Path, tmp_path: Path) -> None:
    _, rows = bench(repository, tmp_path / "bench.json")
    check(rows)
