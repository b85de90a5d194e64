# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The user's files, all checked before training starts, and all that is wrong told at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from deepracer_core.action_space import ContinuousActionSpace, DiscreteActionSpace
from deepracer_core.errors import ConfigError, collected
from deepracer_core.model_metadata import ALGORITHMS as EXPORTED
from deepracer_core.model_metadata import (
    METADATA_KEYS,
    Algorithm,
    ModelMetadata,
    metadata_fields,
    metadata_parts,
    metadata_text,
)
from deepracer_sim.env import default_actions
from deepracer_sim.track_files import load_track
from deepracer_trainer.hyperparameters import (
    ADDITIVE_NOISE,
    Hyperparameters,
    parse_hyperparameters,
)
from deepracer_trainer.network_names import check_network
from deepracer_trainer.networks import network
from deepracer_trainer.run_folder import read_text, track_copy
from deepracer_trainer.run_inputs import InputFiles

Reward = TypeVar("Reward")
POLICY_GRADIENT = "policy_gradient"
ALGORITHMS = (*EXPORTED, POLICY_GRADIENT)
DEFAULT_NETWORK = "COMPACT"


@dataclass(frozen=True)
class Inputs(Generic[Reward]):
    """What training is to do, checked.

    Attributes:
        reward: what the reward file holds; None without one.
        hyperparameters: of the file, with the network's learning rate where it has none, and
            the metadata's stack size.
        metadata: of the model that comes out of it; its text is what is exported.
        algorithm: clipped_ppo, sac or policy_gradient.
        tracks: names and paths.
        track_files: what those with paths hold, by the names of the run's copies.
        notes: what the user should know, though nothing is wrong.
    """

    reward: Reward | None
    hyperparameters: Hyperparameters
    metadata: ModelMetadata
    algorithm: str
    tracks: tuple[str | Path, ...]
    track_files: dict[str, bytes]
    notes: tuple[str, ...]


def check_inputs(
    files: InputFiles,
    load_reward: Callable[[Path], Reward],
    network_name: str = "",
    algorithm: str = "",
) -> Inputs[Reward]:
    """Read and check all files.

    Args:
        files: where they are.
        load_reward: reads a reward file, and raises DeepRacerError where it is not usable.
        network_name: instead of the one that the metadata name.
        algorithm: instead of the one that the metadata name.

    Raises:
        ConfigError: some files are not usable, or contradict each other; with all faults.
    """
    faults: list[str] = []
    track_files = _read_tracks(files.tracks, faults)
    reward = None
    with collected(faults):
        reward = load_reward(files.reward) if files.reward else None
    hyperparameters = _read_hyperparameters(files.hyperparameters, faults)
    fields, given = _read_metadata(files.metadata, faults)
    wishes = _Wishes(files, fields, given, hyperparameters, network_name, algorithm)
    faults += wishes.faults()
    if faults:
        raise ConfigError(*faults)
    metadata = wishes.metadata()
    discrete = isinstance(metadata.action_space, DiscreteActionSpace)
    suitable = network(metadata.neural_network).learning_rate
    notes = hyperparameters.notes(wishes.algorithm, discrete)
    return Inputs(
        reward,
        replace(hyperparameters.with_learning_rate(suitable), stack_size=metadata.stack_size),
        metadata,
        wishes.algorithm,
        files.tracks,
        track_files,
        tuple(f"{files.hyperparameters}: {note}" for note in notes),
    )


def _read_tracks(tracks: Sequence[str | Path], faults: list[str]) -> dict[str, bytes]:
    """Check tracks, and return the files of those that are not ours."""
    copies = {}
    for place, track in enumerate(tracks):
        with collected(faults):
            load_track(track)
            if name := track_copy(place, track):
                copies[name] = Path(track).read_bytes()
    return copies


def _read_hyperparameters(path: Path | None, faults: list[str]) -> Hyperparameters:
    """Return what is right in a file; what is wrong counts as absent, after it was told."""
    found = Hyperparameters()
    with collected(faults):
        if path is not None:
            found, wrong = parse_hyperparameters(read_text(path))
            faults += [f"{path}: {fault}" for fault in wrong]
    return found


def _read_metadata(path: Path | None, faults: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a file's fields as they are written, and those attributes that are right."""
    fields: dict[str, Any] = {}
    parts: dict[str, Any] = {}
    wrong: list[str] = []
    with collected(faults):
        text = read_text(path) if path else metadata_text(default_actions(), DEFAULT_NETWORK)
        with collected(wrong):
            fields = metadata_fields(text)
            parts, found = metadata_parts(fields)
            wrong += [*found, *_misspelt(fields)]
    faults += [f"{path}: {fault.removeprefix('model_metadata.json ')}" for fault in wrong]
    return fields, parts


def _misspelt(fields: Iterable[str]) -> Iterator[str]:
    """Yield the keys that nobody reads and that look like one that is; others have their own."""
    for key in fields:
        meant = difflib.get_close_matches(key.lower(), METADATA_KEYS, 1, cutoff=0.8)
        if key not in METADATA_KEYS and meant:
            yield f"unknown key {key[:40]!r}, did you mean {meant[0]}?"


class _Wishes:
    """What files and options ask for, which may contradict each other.

    What a file has wrong is None, and contradicts nothing.
    """

    def __init__(
        self,
        files: InputFiles,
        fields: dict[str, Any],
        given: dict[str, Any],
        hyperparameters: Hyperparameters,
        network_name: str,
        algorithm: str,
    ) -> None:
        self._where = f"{files.metadata}: " if files.metadata else ""
        self._hyperparameters, self._file = hyperparameters, files.hyperparameters
        self._space = given.get("action_space")
        self._discrete = isinstance(fields.get("action_space"), list)
        self._stack_size = given.get("stack_size")
        self._network = network_name or given.get("neural_network")
        self._network_place = "network: " if network_name else f"{self._where}neural_network: "
        self._own_algorithm = given.get("training_algorithm")
        self.algorithm = algorithm or self._own_algorithm

    def faults(self) -> list[str]:
        """Return how files and options contradict each other and what training can do."""
        found = [*self._space_faults(), *self._network_faults()]
        return [*found, *self._algorithm_faults(), *self._hyperparameter_faults()]

    def metadata(self) -> ModelMetadata:
        """Return those of the model to be, of wishes without faults."""
        exported: Algorithm = "sac" if self.algorithm == "sac" else "clipped_ppo"
        space = self._space
        if isinstance(space, ContinuousActionSpace):
            space = replace(space, squash="tanh" if exported == "sac" else "clip")
        size = max(self._stack_size, self._hyperparameters.stack_size)
        return ModelMetadata.parse(metadata_text(space, self._network, exported, size))

    def _space_faults(self) -> list[str]:
        if not isinstance(self._space, DiscreteActionSpace) or self._space.output_count > 1:
            return []
        return [f"{self._where}action_space has one action, at least 2 are needed to choose from"]

    def _network_faults(self) -> list[str]:
        faults: list[str] = []
        with collected(faults):
            if self._network is not None:
                check_network(self._network)
        return [f"{self._network_place}{fault}" for fault in faults]

    def _algorithm_faults(self) -> list[str]:
        chosen = self.algorithm
        if chosen is not None and chosen not in ALGORITHMS:
            return [f"algorithm is {chosen!r}, allowed are {', '.join(ALGORITHMS)}"]
        # Where the metadata contradict themselves, it was told already.
        if chosen == "sac" and self._own_algorithm != "sac" and self._discrete:
            return [
                f"{self._where}algorithm sac needs a continuous action space, this one is "
                "discrete: ./deepracer action-space --continuous writes one"
            ]
        return []

    def _hyperparameter_faults(self) -> list[str]:
        faults = []
        chosen, own = self._hyperparameters, self._stack_size
        # Metadata of our own exports may have a stack size as well.
        if "stack_size" in chosen.given and own not in (None, 1, chosen.stack_size):
            faults.append(
                f"{self._where}stack_size is {own}, but {chosen.stack_size} in "
                f"{self._file}: make them the same"
            )
        if self._discrete and chosen.exploration_type == ADDITIVE_NOISE:
            faults.append(
                f"{self._file}: exploration_type is {ADDITIVE_NOISE}, a discrete action space "
                "allows categorical, e-greedy"
            )
        return faults
