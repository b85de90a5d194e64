# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Measure this machine: the simulator, the running nodes, their start, and training."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model import random_shallow_model
from pipeline import measure_pipeline, measure_startup
from simulator import CARS, measure_simulator
from training import measure_training

from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.results import check_writable, write_json

Part = Callable[[bool], dict[str, Any]]
EXAMPLES = """examples:
  ./deepracer bench --json bench.json
  ./deepracer bench --only simulator --quick
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return run_command("bench", lambda: _run(_parse(arguments)))


def _run(options: argparse.Namespace) -> int:
    results = _measure(options.only, options.quick)
    if options.json:
        write_json(options.json, results)
    return EXIT_OK


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = CommandParser("./deepracer bench", description=__doc__, epilog=EXAMPLES)
    parser.add_argument("--only", choices=tuple(PARTS), help="measure one part")
    parser.add_argument("--quick", action="store_true", help="shorter, with wider scatter")
    parser.add_argument("--json", type=user_path, metavar="FILE", help="write the results there")
    options = parser.parse_args(arguments)
    check_writable(options.json)
    return options


def _measure(only: str | None, quick: bool) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name, part in PARTS.items():
        if only in (None, name):
            results |= part(quick)
    return results


def _simulator(quick: bool) -> dict[str, Any]:
    result = measure_simulator(quick)
    print(f"Simulator: {CARS} cars on reinvent_base, stepped and rendered")
    print(f"  one core   {result['one_core_steps_per_s']:10,.0f} steps/s")
    print(f"  all cores  {result['all_cores_steps_per_s']:10,.0f} steps/s\n", flush=True)
    return {"simulator": result}


def _pipeline(quick: bool) -> dict[str, Any]:
    print("Nodes: fake camera, AWS's shallow network; capture stamp to pulse [ms], CPU [ms/frame]")
    print("  fps    p50    p95    p99    max  dropped  OpenVINO p50   CPU, of which: memory [MB]")
    rows = []
    with tempfile.TemporaryDirectory(prefix="deepracer-bench-") as folder:
        model = random_shallow_model(Path(folder) / "model")
        for fps in (30, 60, 120):
            row = measure_pipeline(model, fps, quick)
            rows.append(row)
            _print_row(row)
    print(flush=True)
    return {"pipeline": rows}


def _print_row(row: dict[str, Any]) -> None:
    latencies = "".join(f"{row[name]:7.2f}" for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms"))
    nodes = ", ".join(
        f"{name} {node['cpu_ms_per_frame']:.2f}: {node['memory_mb']:.0f}"
        for name, node in row["nodes"].items()
    )
    print(
        f"{row['fps']:5d}{latencies}{row['dropped']:9d}{row['openvino_p50_ms']:14.2f}"
        f"{row['cpu_ms_per_frame']:7.2f}, {nodes}",
        flush=True,
    )


def _startup(quick: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="deepracer-bench-") as folder:
        seconds = measure_startup(random_shallow_model(Path(folder) / "model"), quick)
    print(f"Start: {seconds:.2f} s from launch to the first pulse of a frame\n", flush=True)
    return {"startup_s": seconds}


def _training(quick: bool) -> dict[str, Any]:
    print("Training from scratch on reinvent_base until 95 % of episodes are whole laps")
    rows = []
    for row in measure_training(quick):
        rows.append(row)
        print(
            f"  {row['network']:36s} {row['seconds']:6.1f} s, {row['steps']} steps "
            f"({row['steps'] / row['seconds']:,.0f}/s), laps {100 * row['lap_rate']:.0f} %",
            flush=True,
        )
    return {"training": rows}


PARTS: dict[str, Part] = {
    "simulator": _simulator,
    "pipeline": _pipeline,
    "startup": _startup,
    "training": _training,
}


if __name__ == "__main__":
    sys.exit(main())
