# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How long the running nodes take from frame to pulse, and what they cost.

The camera is the fake one, at a given rate and on the wall clock. The nodes are the car's, as
processes of their own; an observer beside them takes down what they publish.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deepracer_bringup.graph import car_graph
from deepracer_bringup.runner import Runner, config_file, node_environment, own_domain
from deepracer_bringup.specs import Graph
from deepracer_core.errors import DeviceError
from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_inference.policy import load_policy

RECORDER = Path(__file__).with_name("pulse_recorder_node.py")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
TICK = 1.0 / os.sysconf("SC_CLK_TCK")  # [s]


def measure_pipeline(model: Path, fps: int, quick: bool) -> dict[str, Any]:
    """Let the nodes drive at a frame rate [Hz]; return a row of the results."""
    graph = _graph(model, fps)
    seconds = 2.0 if quick else 20.0
    with recorder_of(seconds) as recorder, _nodes(graph) as runner:
        recorded, used = await_recording(recorder, runner, graph)
        costs = {
            name: {"cpu_s": seconds_used, "memory_mb": round(_memory_mb(runner.pid(name)), 1)}
            for name, seconds_used in used.items()
        }
    return {
        "fps": fps,
        **_row(recorded, costs),
        "openvino_p50_ms": _openvino_ms(model, fps, quick),
    }


def measure_startup(model: Path, quick: bool) -> float:
    """Return the time [s] from launching the nodes to the first pulse that a frame caused."""
    times = []
    for _ in range(1 if quick else 3):
        with recorder_of(0.0) as recorder:
            began = time.monotonic()
            with _nodes(_graph(model, 30)) as runner:
                # Both processes read the same monotonic clock, that of the machine.
                times.append(_await(recorder, runner, "first_pulse")["monotonic"] - began)
    return round(float(np.median(times)), 3)


def _graph(model: Path, fps: int) -> Graph:
    camera, *others = car_graph(str(model), camera="fake", pwm_output="fake")
    camera = replace(camera, parameters={**camera.parameters, "fps": float(fps)})
    return camera, *others


@contextmanager
def _nodes(graph: Graph) -> Iterator[Runner]:
    with (
        tempfile.TemporaryDirectory(prefix="deepracer-bench-") as logs,
        Runner(graph, config_file("car.yaml"), Path(logs), own_domain(), complain) as runner,
    ):
        yield runner


def complain(text: str) -> None:
    """Tell what a runner reports, beside the results."""
    print(f"  {text}", file=sys.stderr)


@contextmanager
def recorder_of(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Run the observer; it is ready when this returns, so its start is not the nodes' one."""
    command = [sys.executable, str(RECORDER), str(seconds)]
    environment = node_environment(own_domain())
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def await_recording(
    recorder: subprocess.Popen[str], runner: Runner, graph: Graph
) -> tuple[dict[str, Any], dict[str, float]]:
    """Let the observer record; return what it has, and the processor time [s] of each process."""
    _await(recorder, runner, "first_pulse")
    _await(recorder, runner, "recording")
    before = {spec.name: _cpu_seconds(runner.pid(spec.name)) for spec in graph}
    recorded = _await(recorder, runner, "recorded")
    return recorded, {
        name: _cpu_seconds(runner.pid(name)) - began for name, began in before.items()
    }


def _await(recorder: subprocess.Popen[str], runner: Runner, event: str) -> dict[str, Any]:
    """Return the recorder's next line; it gives up by itself where the nodes do not drive."""
    assert recorder.stdout is not None
    line = recorder.stdout.readline()
    ended = runner.supervise()
    if ended or not line:
        raise DeviceError(f"the nodes did not drive: {'; '.join(map(str, ended)) or 'no pulse'}")
    content: dict[str, Any] = json.loads(line)
    return content[event]


def _row(recorded: dict[str, Any], costs: dict[str, dict[str, float]]) -> dict[str, Any]:
    frames = max(1, recorded["captured"])
    levels = {"p50_ms": 50, "p95_ms": 95, "p99_ms": 99, "max_ms": 100}
    latencies = np.array(recorded["latencies_s"]) * 1e3
    nodes = {
        name: {
            "cpu_ms_per_frame": round(cost["cpu_s"] / frames * 1e3, 3),
            "memory_mb": cost["memory_mb"],
        }
        for name, cost in costs.items()
    }
    return {
        **{name: round(float(np.percentile(latencies, at)), 3) for name, at in levels.items()},
        "frames": recorded["captured"],
        "dropped": recorded["dropped"],
        "cpu_ms_per_frame": round(sum(node["cpu_ms_per_frame"] for node in nodes.values()), 3),
        "nodes": nodes,
    }


def _openvino_ms(model: Path, fps: int, quick: bool) -> float:
    """Return the median time [ms] of the network alone, in this process, at the same rate.

    Without the pauses between frames it would find its weights in the cache and its core awake,
    which the nodes never do: some networks are half as fast then.
    """
    policy = load_policy(model).policy
    picture = np.random.default_rng(0).integers(0, 256, (FRAME_HEIGHT, FRAME_WIDTH))
    tensor = picture.astype(np.float32)
    times = []
    for _ in range(fps * (2 if quick else 10)):
        began = time.perf_counter()
        policy.infer(tensor)
        times.append(time.perf_counter() - began)
        time.sleep(max(0.0, 1.0 / fps - times[-1]))
    return round(float(np.median(times)) * 1e3, 3)


def _cpu_seconds(pid: int) -> float:
    # Fields 14 and 15 of the line, counted behind the name, which may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
