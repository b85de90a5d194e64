# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From a trained policy to a model package that the car takes, checked frame by frame.

Run it as `./deepracer export`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tarfile
import tempfile
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy

from deepracer_core.action_space import Action, ActionSpace, DiscreteActionSpace
from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.model_package import METADATA_NAME, open_model_package
from deepracer_inference.policy import load_policy
from deepracer_sim.simulation import Simulation
from deepracer_sim.starts import random_start
from deepracer_trainer.run_folder import MODEL_FOLDER, POLICY_NAME, load_settings, read_metadata

ONNX_NAME = "model.onnx"
_OPSET = 17
EXAMPLES = """examples:
  ./deepracer export runs/first --to models/first
  ./deepracer export runs/first --to car.tar.gz
"""
# The same arithmetic in another order: float32 through a handful of layers.
_TOLERANCE = 1e-4


class _Exported(torch.nn.Module):
    """The part of a policy that drives: frame in 0 to 255, probabilities or means out."""

    def __init__(self, policy: ActorCriticPolicy, discrete: bool) -> None:
        super().__init__()
        self.features = policy.pi_features_extractor
        self.latent = policy.mlp_extractor.policy_net
        self.head = policy.action_net
        self.discrete = discrete

    def forward(self, frame: torch.Tensor) -> torch.Tensor:
        values = self.head(self.latent(self.features(frame / 255.0)))
        return torch.softmax(values, dim=1) if self.discrete else values


def write_model(
    policy: ActorCriticPolicy,
    actions: ActionSpace,
    metadata: str,
    folder: Path,
) -> None:
    """Write model.onnx and model_metadata.json, replacing those of an earlier call.

    Args:
        policy: a policy over (1, 120, 160) frames.
        actions: its action space.
        metadata: text of model_metadata.json.
        folder: where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    driver = _Exported(policy, isinstance(actions, DiscreteActionSpace)).eval()
    with warnings.catch_warnings():
        # The newer exporter needs two more packages and writes the same ten operators.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            driver,
            (torch.zeros(1, 1, 120, 160),),
            str(folder / ONNX_NAME),
            input_names=["frame"],
            output_names=["policy"],
            opset_version=_OPSET,
            dynamo=False,
        )
    (folder / METADATA_NAME).write_text(metadata, encoding="utf-8")


@dataclass(frozen=True)
class Comparison:
    """How an exported model compares with the policy that it came from.

    Attributes:
        frames: how many frames both saw.
        differing_actions: on how many they chose differently.
        largest_difference: of any output value.
    """

    frames: int
    differing_actions: int
    largest_difference: float


def compare(run: Path, package: Path, count: int = 1000, seed: int = 0) -> Comparison:
    """Let the trained policy and a model package look at the same frames of the run's track.

    Raises:
        DeepRacerError: the run or the package cannot be read.
    """
    return _compare(_load(run).policy, load_settings(run).track, package, count, seed)


def _compare(
    policy: ActorCriticPolicy, track: str, package: Path, count: int = 1000, seed: int = 0
) -> Comparison:
    loaded = load_policy(package)
    space = loaded.metadata.action_space
    driver = _Exported(policy, isinstance(space, DiscreteActionSpace)).eval()
    frames = sample_frames(track, count, seed).astype(np.float32)
    with torch.no_grad():
        expected = driver(torch.from_numpy(frames[:, None])).numpy()
    given = np.array([loaded.policy.infer(frame) for frame in frames])
    pairs = zip(expected, given, strict=True)
    differing = sum(_differ(space.decode(a).action, space.decode(b).action) for a, b in pairs)
    return Comparison(count, differing, float(np.abs(expected - given).max()))


def _differ(expected: Action, given: Action) -> bool:
    return not np.allclose(expected, given, rtol=0.0, atol=_TOLERANCE)


def sample_frames(track: str, count: int, seed: int) -> NDArray[np.uint8]:
    """Return grey frames (count, 120, 160) from all over a track, off-centre and askew."""
    simulation = Simulation(track, count)
    generator = np.random.default_rng(seed)
    starts = [random_start(simulation.track, "both", generator) for _ in range(count)]
    simulation.reset(np.arange(count), starts)
    simulation.state[:, :2] += generator.normal(0.0, 0.1, (count, 2))
    simulation.state[:, 2] += generator.normal(0.0, 0.3, count)
    return simulation.frames()


def _load(run: Path) -> PPO:
    path = run / POLICY_NAME
    if not path.is_file():
        raise ConfigError(f"{run} has no {POLICY_NAME}: give the folder of a training run")
    try:
        return PPO.load(path, device="cpu")
    except (ValueError, OSError, RuntimeError, KeyError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{path} is damaged ({reason}): train again") from None


def export(run: Path, target: Path) -> Comparison:
    """Write the model of a run to a folder or a .tar.gz, after comparing it with the policy.

    Raises:
        DeepRacerError: the run cannot be read, or the target exists.
        ModelError: the model does not drive as the policy does.
    """
    settings = load_settings(run)
    if target.exists():
        raise ConfigError(f"{target} exists: choose another name, or remove it")
    metadata = read_metadata(run / MODEL_FOLDER / METADATA_NAME)
    policy = _load(run).policy
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / MODEL_FOLDER
        write_model(policy, metadata.action_space, metadata.text, folder)
        result = _compare(policy, settings.track, folder)
        if result.differing_actions or result.largest_difference > _TOLERANCE:
            raise ModelError(
                f"the exported model of {settings.network} chooses differently on "
                f"{result.differing_actions} of {result.frames} frames (outputs differ by up to "
                f"{result.largest_difference:.2g}): nothing was written"
            )
        _place(folder, target)
    return result


def _is_archive(target: Path) -> bool:
    return target.name.endswith((".tar.gz", ".tgz"))


def _place(folder: Path, target: Path) -> None:
    """Write a package to a folder or archive, completely or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            open_model_package(folder) as package,
            tempfile.TemporaryDirectory(prefix=".exporting-", dir=target.parent) as scratch,
        ):
            staging = Path(scratch) / target.name
            if _is_archive(target):
                with tarfile.open(staging, "w:gz") as archive:
                    for file in package.files:
                        archive.add(file, file.name)
            else:
                staging.mkdir()
                for file in package.files:
                    shutil.copyfile(file, staging / file.name)
            staging.rename(target)
    except OSError as error:
        raise ConfigError(f"{target} cannot be written: {error.strerror}") from None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    return run_command("export", lambda: _run(_parse(arguments)))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = CommandParser(
        prog="./deepracer export",
        description="Write the model of a training run as a package for the car.",
        epilog=EXAMPLES,
    )
    parser.add_argument("run", type=user_path, help="folder of the run")
    parser.add_argument(
        "--to", type=user_path, required=True, help="folder, .tar.gz or .tgz to write"
    )
    options = parser.parse_args(arguments)
    if options.to.suffix in (".zip", ".tar", ".gz") and not _is_archive(options.to):
        parser.error(f"--to {options.to}: packages are folders, .tar.gz or .tgz")
    return options


def _run(options: argparse.Namespace) -> int:
    result = export(options.run, options.to)
    print(
        f"{options.to}: same action on {result.frames} of {result.frames} frames, outputs within "
        f"{result.largest_difference:.1e}, run by OpenVINO"
    )
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
