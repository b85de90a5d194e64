# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The comparison of simulators over DDS: with a toy in Gazebo's place, and with Gazebo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fake_gz import FakeGz
from node_graph import stderr_lines
from waiting import wait_until

PATIENCE = 600.0  # [s]; only a comparison that hangs takes so long


def parity(folder: Path, *arguments: object) -> tuple[subprocess.CompletedProcess[str], dict]:
    """Run the command, quick; return its end and what `--json` wrote."""
    module = ["-P", "-m", "deepracer_bringup.parity.parity_node", "--quick"]
    places = ["--out", folder / "out", "--json", folder / "parity.json"]
    line = [sys.executable, *module, *map(str, (*places, *arguments))]
    result = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)
    file = folder / "parity.json"
    return result, json.loads(file.read_text()) if file.is_file() else {}


def test_frames_of_the_same_camera_are_the_same(toy: FakeGz, tmp_path: Path) -> None:
    result, content = parity(tmp_path, "--only", "frames")
    assert result.returncode == 0, result.stdout + result.stderr
    # All but the rounding of the place that Gazebo is asked for.
    assert content["frames"]["mean_abs_diff"] < 0.2
    assert content["frames"]["ssim"] > 0.99
    wait_until(lambda: not toy.running, "the end of the simulator")


def test_a_car_that_never_slips_goes_where_the_embedded_one_goes(
    toy: FakeGz, tmp_path: Path
) -> None:
    result, content = parity(tmp_path, "--only", "open_loop")
    assert content["open_loop"]["position_m_at_3s"] < 0.3, result.stdout + result.stderr
    assert content["open_loop"]["heading_rad_at_3s"] < 0.3
    assert "| a lap " in (tmp_path / "out" / "report.md").read_text()


def test_a_gazebo_that_dies_ends_it_with_its_first_error(toy: FakeGz, tmp_path: Path) -> None:
    (toy.folder / "program").unlink()
    said = "[Msg] Hello\n\x1b[1;31m[Err] [Server.cc:86] the world does\x1b[0m not load\nBye\n"
    toy.answers("server", said, 255)
    result, content = parity(tmp_path)
    assert result.returncode == 2 and not content
    reason = "gazebo ended (status 255): [Err] [Server.cc:86] the world does not load"
    assert stderr_lines(result.stderr) == [f"./deepracer parity: {reason}"]
    wait_until(lambda: not toy.running, "the end of all of Gazebo's processes")


@pytest.mark.gazebo
def test_the_simulators_show_the_same_and_all_is_measured(tmp_path: Path) -> None:
    # How the cars move depends on when messages come, which no test can promise.
    result, content = parity(tmp_path)
    assert result.returncode in (0, 1), result.stdout + result.stderr
    assert list(content) == ["frames", "open_loop", "closed_loop"]
    assert content["frames"]["mean_abs_diff"] <= 2.0
    assert content["frames"]["ssim"] >= 0.95
    assert list(content["open_loop"]) == ["position_m_at_3s", "heading_rad_at_3s"]
    assert {name: len(rows) for name, rows in content["closed_loop"].items()} == {
        "embedded": 2,
        "gazebo": 2,
    }
