# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The line that says which tests did not run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CASES = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_runs(number): pass

@pytest.mark.parametrize("number", range(2))
def test_needs_gazebo(number): pytest.skip("Gazebo is not installed")

@pytest.mark.skipif(True, reason="no emulator")
def test_needs_an_emulator(): pass

@pytest.mark.xfail(strict=True, reason="known")
def test_fails(): assert False
"""


def line(folder: Path, repository: Path, *options: str) -> str:
    """Run the cases, and what `./deepracer test` says at its end."""
    cases, report = folder / "test_cases.py", folder / "report.xml"
    cases.write_text(CASES)
    command = [sys.executable, "-m", "pytest", "-q", f"--rootdir={folder}", *options]
    command += [f"--junitxml={report}", str(cases)]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # plugins take seconds
    alone.pop("PYTEST_ADDOPTS", None)  # those of the run that this is a test of
    subprocess.run(command, cwd=folder, capture_output=True, env=alone)
    program = repository / "setup" / "tests_not_run.py"
    result = subprocess.run(
        [sys.executable, program, report], capture_output=True, text=True, check=True
    )
    assert result.stdout.count("\n") == 1
    return result.stdout.strip()


def test_it_counts_and_names_the_reasons(tmp_path: Path, repository: Path) -> None:
    assert line(tmp_path, repository) == (
        "./deepracer test: 3 of 7 tests did not run: "
        "2 since Gazebo is not installed; 1 since no emulator"
    )


@pytest.mark.parametrize("chosen", ["runs", "runs or fails"])
def test_it_says_where_all_ran(tmp_path: Path, repository: Path, chosen: str) -> None:
    assert line(tmp_path, repository, "-k", chosen).endswith("tests ran")
