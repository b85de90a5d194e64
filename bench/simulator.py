# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""How fast the simulator steps and renders a batch of cars."""

from __future__ import annotations

import os
import time

import numpy as np

from deepracer_sim.simulation import Simulation, Status
from deepracer_sim.starts import random_start

CARS = 256  # Enough that handing frames to threads does not show.
WARM_UP = 20  # steps


def measure_simulator(quick: bool) -> dict[str, float]:
    """Return rendered steps per second on one core and on all."""
    rounds, seconds = (1, 1.0) if quick else (3, 3.0)
    cores = len(os.sched_getaffinity(0))
    rates = []
    for threads in (1, cores):
        simulation = Simulation("reinvent_base", CARS, threads=threads)
        rates.append(float(np.median([_rate(simulation, seconds) for _ in range(rounds)])))
    one_core, all_cores = rates
    return {
        "one_core_steps_per_s": round(one_core),
        "all_cores_steps_per_s": round(all_cores),
        "cores": cores,
    }


def _rate(simulation: Simulation, seconds: float) -> float:
    """Let the cars drive at random, each put back when it has left the road."""
    generator = np.random.default_rng(0)
    frames = simulation.frames()
    cars = np.arange(CARS)
    commands = np.stack((generator.uniform(-0.3, 0.3, CARS), np.ones(CARS)), axis=1)

    def step(cars: np.ndarray) -> np.ndarray:
        if len(cars):
            starts = [random_start(simulation.track, "both", generator) for _ in cars]
            simulation.reset(cars, starts)
        simulation.step(commands)
        simulation.frames(out=frames)
        return np.flatnonzero(simulation.status != Status.IN_PROGRESS)

    for _ in range(WARM_UP):
        cars = step(cars)
    steps, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        cars = step(cars)
        steps += CARS
    return steps / elapsed
