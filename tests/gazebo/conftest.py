# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Tests that are marked `gazebo` run where Gazebo is installed, and say why where it is not.

The others take what is installed by the fixture `installed`, and a toy for Gazebo by `toy`.
"""

import os
import shutil
from functools import cache
from pathlib import Path

import pytest
from fake_gz import FakeGz

from deepracer_core.errors import DeviceError
from deepracer_gazebo.installation import check_gazebo, find_bridge


@cache
def fault() -> str:
    """Returns what is missing; nothing where Gazebo can be run."""
    try:
        check_gazebo()
        find_bridge()
    except DeviceError as error:
        return str(error)
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what cannot run here."""
    if item.get_closest_marker("gazebo") and fault():
        pytest.skip(fault())


@pytest.fixture
def installed(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The workspace as installed, with a cache of its own and a bridge that carries nothing."""
    prefix = tmp_path / "ros"
    bridge = prefix / "lib" / "ros_gz_bridge" / "parameter_bridge"
    bridge.parent.mkdir(parents=True)
    bridge.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/bridge.pid\nexec sleep 600\n")
    bridge.chmod(0o755)
    config = repository / "launch" / "config"
    shutil.copytree(config, prefix / "share" / "deepracer_bringup" / "config")
    paths = f"{prefix}{os.pathsep}{os.environ['AMENT_PREFIX_PATH']}"
    monkeypatch.setenv("AMENT_PREFIX_PATH", paths)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return prefix


@pytest.fixture
def toy(
    installed: Path, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> FakeGz:
    """A Gazebo whose car never slips and whose camera is the embedded one, without a bridge."""
    fake = FakeGz(tmp_path / "gz", monkeypatch)
    fake.answers("sim", "8.14.0\n")
    fake.answers("service", "data: true\n")
    fake.plays(repository / "tests" / "gazebo" / "toy_gazebo.py")
    return fake
