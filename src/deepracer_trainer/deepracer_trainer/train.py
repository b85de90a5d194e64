# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Training a policy over a batch of simulated cars; `./deepracer train` for programs."""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.utils import set_random_seed

from deepracer_core.errors import ActionError, ConfigError, RewardError
from deepracer_trainer.checkpoints import Found, State, find_checkpoint
from deepracer_trainer.learner import (
    Learner,
    RunInputs,
    build_cars,
    build_learner,
    load_learner,
    new_reward,
    read_inputs,
    simulated_time,
)
from deepracer_trainer.pretrained import other_actions
from deepracer_trainer.progress_watch import Progress, Watch
from deepracer_trainer.run_access import check_empty, locked, tensorboard_writing
from deepracer_trainer.run_folder import TrainSettings, load_settings
from deepracer_trainer.run_inputs import InputFiles, has_inputs
from deepracer_trainer.run_keeper import RunKeeper, check_finite

# Options of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def train(
    settings: TrainSettings,
    folder: Path | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    note: Callable[[str], None] = lambda text: None,
) -> Progress:
    """Train a policy, and keep the run where a folder is given, also after Ctrl-C.

    Args:
        settings: what to do.
        folder: the run's folder, new or empty; None keeps nothing, and does not evaluate.
        report: called after every step of the batch.
        note: called with what the user should know about their files.

    Returns:
        How the run stood at its end.

    Raises:
        DeepRacerError: a setting or file is not usable, or the folder holds a run already.
        RewardError: the reward function failed.
    """
    inputs = read_inputs(settings)
    for text in inputs.notes:
        note(text)
    chosen = {"network": inputs.metadata.neural_network, "algorithm": inputs.algorithm}
    settings = replace(settings, **chosen)
    new = Found(None, State(), ())
    if folder is None:
        return _learn(settings, *_prepare(settings, inputs, None, new, note), report)
    check_empty(folder)
    prepared = _prepare(settings, inputs, folder, new, note)
    # Not earlier: what is wrong with the settings leaves no folder.
    with locked(folder):
        check_empty(folder)  # Another process may have been faster.
        with tensorboard_writing(folder):
            return _learn(settings, *prepared, report)


def resume(
    run: Path,
    changes: dict[str, Any] | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    note: Callable[[str], None] = lambda text: None,
) -> Progress:
    """Go on with a run from its last good checkpoint, with the files that it has kept.

    Args:
        run: its folder.
        changes: settings that are to differ from now on, such as more steps.
        report: called after every step of the batch.
        note: called with which checkpoint it is.

    Returns:
        How the run stood at its end.

    Raises:
        DeepRacerError: it is no run, its checkpoints are damaged, or there is nothing left to do.
        RewardError: the reward function failed.
    """
    settings = replace(load_settings(run), **(changes or {}))
    with locked(run):
        found = find_checkpoint(run)
        for text in (*found.notes, *_resumed(found, settings.algorithm)):
            note(text)
        if found.state.steps >= settings.steps:
            raise ConfigError(
                f"{run} has driven {found.state.steps} of {settings.steps} steps: give more "
                "--steps"
            )
        whole = found.file or has_inputs(run)  # It may have been killed while it copied them.
        files = InputFiles.kept(run, settings) if whole else InputFiles.named(settings)
        prepared = _prepare(settings, read_inputs(settings, files), run, found, note)
        with tensorboard_writing(run):
            return _learn(settings, *prepared, report)


def _resumed(found: Found, algorithm: str) -> Iterator[str]:
    if found.file is None:
        yield "nothing was saved yet: it begins anew"
        return
    state = found.state
    yield f"goes on from {found.file}, {state.steps} steps, {state.episodes} episodes"
    if algorithm == "sac":
        yield "what SAC remembered was not saved: it drives and remembers before it learns on"


def _prepare(
    settings: TrainSettings,
    inputs: RunInputs,
    folder: Path | None,
    found: Found,
    note: Callable[[str], None],
) -> tuple[Learner, RunKeeper | None]:
    """Build what learns and what keeps the run; nothing is written yet."""
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device is cuda, but torch finds no GPU: use auto or cpu")
    torch.set_num_threads(settings.threads or torch.get_num_threads())
    _keep_freed_memory()
    # The user's reward function may draw numbers as soon as it is loaded.
    set_random_seed(settings.seed)
    reward = new_reward(inputs, settings.cars, simulated_time(settings, found.state.steps))
    if folder is None:
        keeper = None
        cars = build_cars(settings, inputs, reward)
    else:
        keeper = RunKeeper(folder, settings, inputs, found.state)
        cars = build_cars(settings, inputs, keeper.traced(reward), keeper.started)
    if found.file:
        return load_learner(settings, inputs, cars, found.file), keeper
    learner = build_learner(settings, inputs, cars)
    if settings.pretrained:
        for text in other_actions(Path(settings.pretrained), inputs.metadata.action_space):
            note(text)
    return learner, keeper


def _learn(
    settings: TrainSettings,
    learner: Learner,
    keeper: RunKeeper | None,
    report: Callable[[Progress], None],
) -> Progress:
    watch = Watch(settings.stop_at, report, keeper)
    if keeper:
        keeper.begin(learner)
    steps = settings.steps - learner.num_timesteps
    try:
        learner.learn(steps, callback=watch, reset_num_timesteps=False)
        check_finite(learner)
        if keeper:
            keeper.finish(learner)  # The reward function may fail there, too.
    except (ValueError, ActionError):
        check_finite(learner)  # What raised them may be NaN.
        raise
    except (RewardError, KeyboardInterrupt):
        if keeper and learner.num_timesteps:
            keeper.save(learner)
        raise
    if keeper:
        watch.take_scores()
    return watch.latest


def _keep_freed_memory() -> None:
    """Tell glibc not to return the network's large buffers after every batch.

    It would ask the kernel for the same zeroed pages again at once, which took a third of all
    processor time.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to tell
        libc = ctypes.CDLL("libc.so.6")
        for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            libc.mallopt(option, 1 << 30)
