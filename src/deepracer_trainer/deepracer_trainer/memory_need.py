# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The memory that learning takes at least: more than there is, is refused before it begins.

Nothing else would tell of it: Linux promises memory that it does not have, and kills the process
that uses it.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from stable_baselines3.common.utils import get_device

from deepracer_core.errors import ConfigError
from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_trainer.inputs import POLICY_GRADIENT, Inputs
from deepracer_trainer.run_folder import TrainSettings
from deepracer_trainer.sac_learner import remembered

_FLOAT = np.dtype(np.float32).itemsize


def check_memory(settings: TrainSettings, inputs: Inputs[Any]) -> None:
    """Refuse hyperparameters that need more memory than there is; ConfigError names the keys."""
    keys = ["batch_size", "stack_size"]
    if inputs.algorithm == "sac":
        need = _sac_bytes(settings, inputs)
    else:
        need = _on_policy_bytes(settings, inputs)
        keys.append("num_episodes_between_training")
    free = available_memory()
    if need > free:
        chosen = inputs.hyperparameters.to_json()
        raise ConfigError(
            f"{', '.join(f'{key} {chosen[key]}' for key in keys)} need at least "
            f"{need / 1e9:.1f} GB of memory, there are {free / 1e9:.1f} GB: lower one of them"
        )


def available_memory() -> float:
    """Return how much memory [bytes] new data may take, by Linux's own estimate."""
    try:
        found = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    except OSError:  # another system: nothing is known
        found = None
    return 1024.0 * int(found[1]) if found else math.inf


def rollout_bytes(settings: TrainSettings, inputs: Inputs[Any]) -> int:
    """Return the size [bytes] of the pictures that an update learns from."""
    return _rollout_frames(settings, inputs) * _picture_bytes(inputs)


def _on_policy_bytes(settings: TrainSettings, inputs: Inputs[Any]) -> int:
    frames = _rollout_frames(settings, inputs)
    if inputs.algorithm != POLICY_GRADIENT:
        frames = min(frames, inputs.hyperparameters.batch_size)
    # They are copied once, to mix the cars.
    return 2 * rollout_bytes(settings, inputs) + _batch_bytes(settings, inputs, frames)


def _sac_bytes(settings: TrainSettings, inputs: Inputs[Any]) -> int:
    # What is seen before an action, and after it.
    frames = 2 * inputs.hyperparameters.batch_size
    memory = remembered(settings, inputs) * _picture_bytes(inputs)
    return memory + _batch_bytes(settings, inputs, frames)


def _batch_bytes(settings: TrainSettings, inputs: Inputs[Any], frames: int) -> int:
    """Return the size [bytes] of pictures in a gradient step, also as floats without a GPU."""
    floats = _FLOAT if get_device(settings.device).type == "cpu" else 0
    return frames * _picture_bytes(inputs) * (1 + floats)


def _rollout_frames(settings: TrainSettings, inputs: Inputs[Any]) -> int:
    return inputs.hyperparameters.rollout_steps(settings.cars) * settings.cars


def _picture_bytes(inputs: Inputs[Any]) -> int:
    return inputs.metadata.stack_size * FRAME_HEIGHT * FRAME_WIDTH
