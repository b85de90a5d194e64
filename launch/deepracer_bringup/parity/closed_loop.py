# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The same model from the same starts in both simulators: `./deepracer evaluate`, twice."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from deepracer_bringup.runner import Runner, own_domain
from deepracer_bringup.simulators import SimulatorName
from deepracer_bringup.specs import ProgramSpec
from deepracer_core.errors import DeviceError
from deepracer_core.results import check_writable
from deepracer_sim.simulation import Status

Row = dict[str, Any]

_POLL = 0.1  # [s]
_TOLD = ("start", "direction", "completion", "time_s", "status")


def evaluate(
    simulator: SimulatorName, model: Path, track: str, trials: int, folder: Path
) -> list[Row]:
    """Let a model drive, and return what came of each start.

    Args:
        simulator: which.
        model: package.
        track: name, or path of its file.
        trials: starts in each direction.
        folder: for the log and the results of the evaluation.

    Raises:
        DeviceError: it has no results; the last that it said is told.
        ConfigError: they cannot be written.
    """
    name, results = f"evaluate_{simulator}", folder / f"{simulator}.json"
    check_writable(results, "--out")
    results.unlink(missing_ok=True)  # An earlier run's would pass for this one's.
    module = ("-P", "-m", "deepracer_bringup.evaluate_command", str(model))
    options = ("--simulator", simulator, "--track", track, "--trials", str(trials))
    line = (sys.executable, *module, *options, "--json", str(results))
    # The configuration is for nodes; this is a program.
    with Runner(
        (ProgramSpec(name, line),), Path(), folder, own_domain(), lambda _: None
    ) as runner:
        while not (ended := runner.supervise()):
            time.sleep(_POLL)
        if not results.is_file():
            raise DeviceError(runner.epitaph(ended[0]))
    rows = json.loads(results.read_text(encoding="utf-8"))["trials"]
    return [{key: row[key] for key in _TOLD} for row in rows]


def is_complete(row: Row) -> bool:
    """Say whether a start became a whole lap."""
    return bool(row["status"] == Status.LAP_COMPLETE.label)
