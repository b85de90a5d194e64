# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From a training run to a model package that the car takes, checked frame by frame.

Run it as `./deepracer export`. What it writes is what `./deepracer model install` and the service
`~/load_model` take.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tarfile
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from deepracer_core.command_line import EXIT_OK, CommandParser, run_command, user_path
from deepracer_core.errors import ConfigError, ModelError
from deepracer_core.model_package import METADATA_NAME, open_model_package
from deepracer_core.results import check_writable, write_json
from deepracer_trainer.exported_model import Format, Weights, write_model
from deepracer_trainer.run_folder import (
    MODEL_FOLDER,
    POLICY_NAME,
    kept_tracks,
    load_settings,
    read_metadata,
)
from deepracer_trainer.saved_policy import read_policy
from deepracer_trainer.verification import FRAMES, Verification, sample_frames, verify

EXAMPLES = """examples:
  ./deepracer export runs/first --to models/first
  ./deepracer export runs/first --to car.tar.gz
  ./deepracer export runs/first --to car.tar.gz --format openvino --weights int8
"""
# The same arithmetic in another order: float32 through a handful of layers.
_TOLERANCE = 1e-4
_NO_PACKAGES = (".zip", ".tar", ".gz", ".onnx", ".xml", ".bin", ".json", ".pb")


def compare(run: Path, package: Path, count: int = FRAMES, seed: int = 0) -> Verification:
    """Let the trained policy and a model package look at the same frames of the run's track.

    Raises:
        DeepRacerError: the run or the package cannot be read.
    """
    stack_size = read_metadata(run / MODEL_FOLDER / METADATA_NAME).stack_size
    tracks = kept_tracks(run, load_settings(run))
    frames = sample_frames(tracks, count, seed, stack_size)
    return verify(read_policy(run / POLICY_NAME), package, frames)


def export(
    run: Path, target: Path, form: Format = "onnx", weights: Weights = "fp32"
) -> Verification:
    """Write the model of a run to a folder or a .tar.gz, after comparing it with the policy.

    Args:
        run: folder of the run.
        target: a folder, or an archive by its name; neither may exist.
        form: of the network.
        weights: how they are stored; fewer bits than fp32 move outputs, and with them actions.

    Raises:
        DeepRacerError: the run cannot be read, or the target exists.
        ModelError: the model has fp32 weights, and yet does not drive as the policy does.
    """
    settings = load_settings(run)
    if target.exists():
        raise ConfigError(f"{target} exists: choose another name, or remove it")
    metadata = read_metadata(run / MODEL_FOLDER / METADATA_NAME)
    policy = read_policy(run / POLICY_NAME)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / MODEL_FOLDER
        write_model(policy, metadata.action_space, metadata.text, folder, form, weights)
        tracks = kept_tracks(run, settings)
        frames = sample_frames(tracks, FRAMES, 0, metadata.stack_size)
        result = verify(policy, folder, frames)
        wrong = result.differing_actions or result.largest_difference > _TOLERANCE
        if weights == "fp32" and wrong:
            raise ModelError(
                f"the exported model of {metadata.neural_network} chooses differently on "
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
    parser.add_argument(
        "--format", choices=get_args(Format), default="onnx", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--weights",
        choices=get_args(Weights),
        default="fp32",
        help="how weights are stored; fewer bits move actions a little (default: %(default)s)",
    )
    parser.add_argument("--json", type=user_path, help="write the report to this file")
    options = parser.parse_args(arguments)
    if options.to.suffix in _NO_PACKAGES and not _is_archive(options.to):
        parser.error(f"--to {options.to}: packages are folders, .tar.gz or .tgz")
    return options


def _run(options: argparse.Namespace) -> int:
    check_writable(options.json)
    result = export(options.run, options.to, options.format, options.weights)
    print(f"{options.to}\n{result}\nweights   {options.weights}")
    if result.differing_actions:
        print(f"next: ./deepracer evaluate {options.to}, it may drive differently")
    if options.json:
        write_json(options.json, {**asdict(result), "weights": options.weights})
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
