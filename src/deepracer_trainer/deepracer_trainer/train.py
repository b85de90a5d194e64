# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Training a policy with PPO over a batch of simulated cars.

Run it as `./deepracer train`; `train` is the same for programs.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from tqdm import tqdm

from deepracer_core.action_space import ActionSpace
from deepracer_core.command_line import (
    EXIT_OK,
    CommandParser,
    name_or_path,
    run_command,
    user_path,
)
from deepracer_core.errors import ConfigError
from deepracer_core.model_metadata import metadata_text
from deepracer_sim.env import DeepRacerVectorEnv, default_actions
from deepracer_sim.simulation import Status
from deepracer_sim.starts import Direction
from deepracer_trainer.export import write_model
from deepracer_trainer.networks import network
from deepracer_trainer.run_folder import (
    MODEL_FOLDER,
    POLICY_NAME,
    TrainSettings,
    read_metadata,
)
from deepracer_trainer.vec_env import BatchedVecEnv

# Options of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_TYPES = {"track": name_or_path, "metadata": name_or_path}
EXAMPLES = """examples:
  ./deepracer train --out runs/first
  ./deepracer train --track Oval_track --metadata my_model_metadata.json
  ./deepracer train --network DEEP_CONVOLUTIONAL_NETWORK_SHALLOW --stop-at 0.95
"""
EPISODES = 64  # The lap rate is that of so many episodes, the latest.


@dataclass(frozen=True)
class Progress:
    """How a run stands.

    Attributes:
        steps: frames driven so far.
        seconds: since training began.
        lap_rate: share of the last episodes that were whole laps; 0 before there are enough.
        completion: mean of their progress [%].
    """

    steps: int
    seconds: float
    lap_rate: float
    completion: float


class _Watch(BaseCallback):
    """Counts laps, reports progress and ends the run when enough episodes are laps."""

    def __init__(self, stop_at: float, report: Callable[[Progress], None]) -> None:
        super().__init__()
        self._stop_at = stop_at
        self._report = report
        self._laps: deque[bool] = deque(maxlen=EPISODES)
        self._completion: deque[float] = deque(maxlen=EPISODES)
        self._began = time.perf_counter()
        self.latest = Progress(0, 0.0, 0.0, 0.0)

    def _on_step(self) -> bool:
        for info in self.locals["infos"]:
            if info:
                self._laps.append(info["status"] == Status.LAP_COMPLETE)
                self._completion.append(min(info["progress"], 100.0))
        enough = len(self._laps) == EPISODES
        self.latest = Progress(
            self.num_timesteps,
            time.perf_counter() - self._began,
            sum(self._laps) / EPISODES if enough else 0.0,
            sum(self._completion) / max(1, len(self._completion)),
        )
        self._report(self.latest)
        return not (enough and self._stop_at < 1.0 and self.latest.lap_rate >= self._stop_at)


def action_space(settings: TrainSettings) -> ActionSpace:
    """Return the action space of a run: that of its metadata, or the default one."""
    if not settings.metadata:
        return default_actions()
    metadata = read_metadata(settings.metadata)
    if metadata.training_algorithm != "clipped_ppo":
        raise ConfigError(
            f"{settings.metadata} asks for {metadata.training_algorithm}, this trainer has "
            "clipped_ppo: change training_algorithm"
        )
    return metadata.action_space


def build(settings: TrainSettings, actions: ActionSpace) -> PPO:
    """Build the batch of cars and the learner.

    Raises:
        DeepRacerError: the track or the network is not usable.
    """
    chosen = network(settings.network)
    learning_rate = settings.learning_rate or chosen.learning_rate
    env = DeepRacerVectorEnv(
        settings.cars,
        settings.track,
        actions=actions,
        direction=cast(Direction, settings.direction),
    )
    cars = BatchedVecEnv(env)
    cars.seed(settings.seed)
    # SB3 drops a short last batch's statistics, so batches are to fit the rollout.
    return PPO(
        "CnnPolicy",
        cars,
        n_steps=settings.rollout,
        batch_size=min(settings.batch_size, settings.rollout * settings.cars),
        n_epochs=settings.epochs,
        learning_rate=lambda remaining: learning_rate * max(remaining, 0.1),
        gamma=settings.discount_factor,
        gae_lambda=settings.gae_lambda,
        ent_coef=settings.beta_entropy,
        seed=settings.seed,
        device="cpu",
        policy_kwargs={"features_extractor_class": chosen.extractor, "net_arch": []},
    )


def train(
    settings: TrainSettings,
    folder: Path | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Train a policy, and save the run where a folder is given, also after Ctrl-C.

    Args:
        settings: what to do.
        folder: the run's folder, new or empty; None keeps nothing.
        report: called after every step of the batch.

    Returns:
        How the run stood at its end.

    Raises:
        DeepRacerError: a setting is not usable, or the folder holds a run already.
    """
    torch.set_num_threads(settings.threads or torch.get_num_threads())
    _keep_freed_memory()
    actions = action_space(settings)
    learner = build(settings, actions)
    if folder is not None:
        _prepare(folder)
    watch = _Watch(settings.stop_at, report)
    try:
        learner.learn(settings.steps, callback=watch)
    except ValueError:
        if _is_finite(learner):
            raise
        raise ConfigError(
            "training diverged, the network holds NaN: lower --learning-rate"
        ) from None
    finally:
        if folder is not None and watch.latest.steps and _is_finite(learner):
            _save(learner, settings, actions, folder)
    return watch.latest


def _is_finite(learner: PPO) -> bool:
    return all(bool(weights.isfinite().all()) for weights in learner.policy.parameters())


def _keep_freed_memory() -> None:
    """Tell glibc not to return the network's large buffers after every batch.

    It would ask the kernel for the same zeroed pages again at once, which took a third of all
    processor time.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to tell
        libc = ctypes.CDLL("libc.so.6")
        for option in (_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD):
            libc.mallopt(option, 1 << 30)


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigError(f"{folder} is not empty: choose another --out")
    except OSError as error:
        raise ConfigError(f"--out {folder} cannot be made: {error.strerror}") from None


def _save(learner: PPO, settings: TrainSettings, actions: ActionSpace, folder: Path) -> None:
    settings.save(folder)
    learner.save(folder / POLICY_NAME)
    text = metadata_text(actions, settings.network)
    write_model(learner.policy, actions, text, folder / MODEL_FOLDER)


def _parser() -> CommandParser:
    """Return the command line's options: one for each setting."""
    parser = CommandParser(
        prog="./deepracer train",
        description="Train a driving policy in the embedded simulator.",
        epilog=EXAMPLES,
    )
    parser.add_argument(
        "--out", type=user_path, help="folder of the run (default: runs/<date, time>)"
    )
    for entry in fields(TrainSettings):
        parser.add_argument(
            f"--{entry.name.replace('_', '-')}",
            type=_TYPES.get(entry.name, type(entry.default)),
            default=entry.default,
            choices=entry.metadata.get("choices"),
            help=f"{entry.metadata['description']} (default: %(default)s)",
        )
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return run_command("train", lambda: _run(vars(_parser().parse_args(arguments))))


def _run(options: dict[str, Any]) -> int:
    folder = options.pop("out") or Path("runs") / time.strftime("%Y-%m-%d_%H-%M-%S")
    settings = TrainSettings(**options)
    try:
        with tqdm(total=settings.steps, unit="step", dynamic_ncols=True, mininterval=0.5) as bar:
            result = train(settings, folder, _reporter(bar))
    except KeyboardInterrupt:
        if (folder / POLICY_NAME).is_file():
            print(f"what was learned so far is in {folder}")
        raise
    print(
        f"{result.steps} steps in {result.seconds:.0f} s; of the last {EPISODES} episodes "
        f"{100 * result.lap_rate:.0f} % were whole laps\nrun: {folder}\n"
        f"next: ./deepracer evaluate {folder}"
    )
    return EXIT_OK


def _reporter(bar: tqdm[Any]) -> Callable[[Progress], None]:
    def report(progress: Progress) -> None:
        bar.set_postfix_str(
            f"laps {100 * progress.lap_rate:.0f} %, completion {progress.completion:.0f} %", False
        )
        bar.update(progress.steps - bar.n)

    return report


if __name__ == "__main__":
    sys.exit(main())
