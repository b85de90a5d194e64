# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What every test may use: reference data, and ROS kept from talking to anyone else."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SMALLEST_DOMAIN, DOMAINS = 1, 100  # above 101, DDS ports meet the kernel's ephemeral ones


def pytest_configure(config: pytest.Config) -> None:
    """Gives this run of the tests, and every process it starts, a ROS graph of its own."""
    os.environ["ROS_DOMAIN_ID"] = str(SMALLEST_DOMAIN + os.getpid() % DOMAINS)
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"


@pytest.fixture(scope="session")
def repository() -> Path:
    """Returns the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Returns the folder of reference data, which is not part of the repository."""
    folder = Path(os.environ.get("DEEPRACER_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; DEEPRACER_SHARED may name its folder")
    return folder
