# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What setup/env.sh makes of the paths that it finds."""

import os
import subprocess
from pathlib import Path

import pytest

ASK = 'source "$0/setup/env.sh" && echo "$AMENT_PREFIX_PATH"'


def prefixes(repository: Path, ask: str, **variables: str) -> list[str]:
    names = ("AMENT_PREFIX_PATH", "ROS_DISTRO")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    command = ["bash", "-c", ask, str(repository)]
    answer = subprocess.run(
        command, env={**kept, **variables}, capture_output=True, text=True, check=True
    )
    return answer.stdout.strip().split(":")


@pytest.mark.parametrize("times", [1, 2])
def test_overlays_on_top_of_the_wheels_stay_and_nothing_comes_twice(
    repository: Path, times: int
) -> None:
    ask = 'source "$0/setup/env.sh"; ' * (times - 1) + ASK
    plain = prefixes(repository, ask)
    assert len(plain) == len(set(plain)) and str(repository / ".venv") in plain
    found = prefixes(repository, ask, AMENT_PREFIX_PATH="/opt/with space:/opt/ros_gz")
    assert sorted(found) == sorted([*plain, "/opt/with space", "/opt/ros_gz"])


def test_nothing_of_another_ros_is_on_the_paths(repository: Path) -> None:
    other = {"ROS_DISTRO": "humble", "AMENT_PREFIX_PATH": "/opt/ros/humble"}
    assert prefixes(repository, ASK, **other) == prefixes(repository, ASK)
