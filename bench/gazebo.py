# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How fast time passes in Gazebo while the car's nodes drive there, and what that costs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import await_recording, complain, recorder_of

from deepracer_bringup.demo import SHIPPED_MODEL
from deepracer_bringup.runner import Runner, own_domain
from deepracer_bringup.simulators import gazebo_car

TRACK = "reinvent_base"
TARGETS = (1.0, 0.0)  # simulated seconds per second; 0 is as fast as it goes


def measure_gazebo(quick: bool) -> Iterator[dict[str, Any]]:
    """Drive the shipped model at each target; yield a row of the results.

    Raises:
        DeviceError: Gazebo is not installed, or does not drive.
    """
    for target in TARGETS:
        yield _measure(target, 2.0 if quick else 30.0)


def _measure(target: float, seconds: float) -> dict[str, Any]:
    car = gazebo_car(SHIPPED_MODEL, TRACK, "ccw", target)
    with (
        tempfile.TemporaryDirectory(prefix="deepracer-bench-") as logs,
        recorder_of(seconds) as recorder,
        Runner(
            car.graph, car.config, Path(logs), own_domain(), complain, car.environment
        ) as runner,
    ):
        recorded, used = await_recording(recorder, runner, car.graph)
    return {
        "target": target,
        "real_time_factor": recorded["real_time_factor"],
        "frames": recorded["captured"],
        "cores": {name: round(each / seconds, 3) for name, each in used.items()},
    }
