# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Measure this machine: simulators, reward functions, running nodes, their start, training."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gazebo import TRACK, measure_gazebo
from model import random_shallow_model
from pipeline import measure_pipeline, measure_startup
from reward import CARS as REWARD_CARS
from reward import EXAMPLE, measure_reward
from simulator import CARS, measure_simulator
from stock_training import compare_with_stock
from training import GOAL, measure_randomized, measure_training

from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import DeviceError
from deepracer_core.results import check_writable, write_json

FPS, QUICK_FPS = (30, 60, 120), (60,)  # [Hz] of the camera
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


def _reward(quick: bool) -> dict[str, Any]:
    result = measure_reward(quick)
    print(f"Reward functions: whole steps of the environment, {REWARD_CARS} cars, one core")
    print(f"  built in   {result['built_in_steps_per_s']:10,.0f} steps/s")
    print(
        f"  {EXAMPLE} {result['python_steps_per_s']:,.0f} steps/s, "
        f"{result['python_us_per_car']:.1f} microseconds more a car\n",
        flush=True,
    )
    return {"reward": result}


def _pipeline(quick: bool) -> dict[str, Any]:
    print("Nodes: fake camera, AWS's shallow network; capture stamp to pulse [ms], CPU [ms/frame]")
    print("  fps    p50    p95    p99    max  dropped  OpenVINO p50   CPU, of which: memory [MB]")
    rows = []
    with tempfile.TemporaryDirectory(prefix="deepracer-bench-") as folder:
        model = random_shallow_model(Path(folder) / "model")
        for fps in QUICK_FPS if quick else FPS:
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


def _gazebo(quick: bool) -> dict[str, Any]:
    print(f"Gazebo: {TRACK} with camera and the car's nodes; simulated seconds per second")
    rows = []
    try:
        for row in measure_gazebo(quick):
            rows.append(row)
            aim = f"target {row['target']:g}" if row["target"] else "unbounded"
            cores = ", ".join(f"{name} {share:.2f}" for name, share in row["cores"].items())
            print(f"  {aim:10s} {row['real_time_factor']:6.3f}   cores: {cores}", flush=True)
    except DeviceError as error:
        print(f"  not measured: {error}")
    print(flush=True)
    return {"gazebo": rows}


def _training(quick: bool) -> dict[str, Any]:
    print(
        f"Training from scratch on reinvent_base until {100 * GOAL:g} % of episodes are whole laps"
    )
    rows = []
    for row in measure_training(quick):
        rows.append(row)
        print(f"  {row['network']:36s} {_run_text(row)}", flush=True)
    print(flush=True)
    return {"training": rows}


def _stock(quick: bool) -> dict[str, Any]:
    print("The same until the same goal, beside Stable-Baselines3's PPO with all its defaults")
    result = compare_with_stock(quick)
    gave_up = ", given up" if result["stock"]["gave_up"] else ""
    print(f"  {'ours':36s} {_run_text(result['ours'])}")
    print(f"  {'Stable-Baselines3':36s} {_run_text(result['stock'])}{gave_up}")
    more = "more than " if gave_up else ""
    print(f"  it takes {more}{result['times_as_long']:.1f} times as long\n", flush=True)
    return {"stock": result}


def _randomized(quick: bool) -> dict[str, Any]:
    print("Training with full randomisation until the same goal, then tracks that it never saw")
    with tempfile.TemporaryDirectory(prefix="deepracer-bench-") as folder:
        result = measure_randomized(quick, Path(folder))
    print(f"  {result['tracks']:36s} {_run_text(result)}")
    for name, drives in result["unseen"].items():
        print(f"  {name:36s} {drives['laps']} of {drives['starts']} starts", flush=True)
    return {"randomized": result}


def _run_text(row: dict[str, Any]) -> str:
    rate = row["steps"] / row["seconds"]
    laps = 100 * row["lap_rate"]
    return f"{row['seconds']:6.1f} s, {row['steps']} steps ({rate:,.0f}/s), laps {laps:.0f} %"


PARTS: dict[str, Part] = {
    "simulator": _simulator,
    "reward": _reward,
    "pipeline": _pipeline,
    "startup": _startup,
    "gazebo": _gazebo,
    "training": _training,
    "stock": _stock,
    "randomized": _randomized,
}


if __name__ == "__main__":
    sys.exit(main())
