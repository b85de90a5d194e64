# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The same task for Stable-Baselines3 as it comes: PPO and its CNN policy, all defaults."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from training import PLAIN, QUICK_GOAL, facts

from deepracer_trainer.learner import build_cars, read_inputs
from deepracer_trainer.progress_watch import Watch
from deepracer_trainer.train import train

# Its defaults are made for one environment: of 32 it would learn once in 65,536 steps.
STOCK_CARS = 1
PATIENCE = 8.0  # times our own time, after which it is given up


class _Limit(BaseCallback):
    """Ends training after some time."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._end = time.perf_counter() + seconds

    def _on_step(self) -> bool:
        return time.perf_counter() < self._end


def compare_with_stock(quick: bool) -> dict[str, Any]:
    """Train both until the same goal, one after the other, and return how they did."""
    goal = replace(PLAIN, stop_at=QUICK_GOAL) if quick else PLAIN
    ours = train(goal)
    settings = replace(goal, cars=STOCK_CARS)
    cars = build_cars(settings, read_inputs(settings))
    cars.seed(settings.seed)
    learner = PPO("CnnPolicy", cars, seed=settings.seed)
    watch = Watch(settings.stop_at, lambda progress: None, None)
    learner.learn(1_000_000_000, callback=[watch, _Limit(PATIENCE * ours.seconds)])
    stock = watch.latest
    return {
        "ours": facts(ours),
        "stock": {**facts(stock), "gave_up": stock.lap_rate < settings.stop_at},
        "times_as_long": round(stock.seconds / ours.seconds, 2),
    }
