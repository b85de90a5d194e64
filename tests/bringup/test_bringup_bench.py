# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The bench runs and writes what programs read; what it measures is judged nowhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 600.0  # [s]; only a bench that hangs takes so long


def bench(repository: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(repository / "bench"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def test_the_simulator_is_measured(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    result = bench(repository, "--only", "simulator", "--quick", "--json", path)
    assert result.returncode == 0, result.stderr
    measured = json.loads(path.read_text())["simulator"]
    assert measured["one_core_steps_per_s"] > 0 and measured["all_cores_steps_per_s"] > 0


def test_the_running_nodes_are_measured(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    result = bench(repository, "--only", "pipeline", "--quick", "--json", path)
    assert result.returncode == 0, result.stderr
    rows = json.loads(path.read_text())["pipeline"]
    assert [row["fps"] for row in rows] == [60]
    for row in rows:
        levels = [row[name] for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")]
        assert levels[0] > 0.0 and levels == sorted(levels)
        assert row["frames"] > 0 and row["dropped"] >= 0
        assert row["openvino_p50_ms"] > 0.0
        nodes = row["nodes"].values()
        assert row["cpu_ms_per_frame"] == pytest.approx(
            sum(node["cpu_ms_per_frame"] for node in nodes), abs=0.01
        )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["--only", "everything"], "--only"), (["--json", "no/such/folder/b.json"], "no folder")],
)
def test_bad_input_is_one_clear_line(
    repository: Path, arguments: list[str], complaint: str
) -> None:
    result = bench(repository, *arguments)
    assert result.returncode == 2 and result.stdout == ""
    assert complaint in result.stderr and result.stderr.count("\n") == 1
