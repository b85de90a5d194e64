# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What every test may use: reference data, and ROS kept from talking to anyone else."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
# None that a command under test may take; above 101, DDS ports meet the kernel's ephemeral ones.
SMALLEST_DOMAIN, DOMAINS = 91, 11


def pytest_configure(config: pytest.Config) -> None:
    """Gives this run, and every process that it starts, a ROS graph of its own; and time."""
    # An example that takes long says that the machine is busy, and nothing else.
    unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    settings.register_profile("unhurried", deadline=None, suppress_health_check=unhurried)
    settings.load_profile("unhurried")
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["ROS_DOMAIN_ID"] = str(SMALLEST_DOMAIN + (os.getppid() + worker) % DOMAINS)
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
