# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a training run is asked to do, and the folder that it leaves behind.

settings.json          what was asked for
version.json           the programs that did it
policy.zip             the best policy by evaluation, or the last where there was none
last.zip               the last one; both are checkpoints that a run can go on from
model/                 the model package of policy.zip: model.onnx and model_metadata.json

and copies of the inputs (see run_inputs) and logs (see run_logs).
"""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

from deepracer_core.atomic_file import replace_file
from deepracer_core.errors import ConfigError, collected
from deepracer_core.model_metadata import ModelMetadata
from deepracer_core.settings import check_settings, setting
from deepracer_sim.scenes import named_tracks
from deepracer_sim.starts import Direction, StartOrder
from deepracer_sim.track_files import track_names
from deepracer_trainer.world_options import NONE, OBJECTS, randomization

POLICY_NAME = "policy.zip"
LAST_NAME = "last.zip"
SETTINGS_NAME = "settings.json"
VERSION_NAME = "version.json"
MODEL_FOLDER = "model"
TRACKS_FOLDER = "tracks"
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class TrainSettings:
    """All that decides how a run goes; each field is an option of `./deepracer train`."""

    track: str = setting("reinvent_base", "name or path of a track, several with commas")
    direction: str = setting("both", "which way round", choices=get_args(Direction))
    starts: str = setting("random", "where episodes start", choices=get_args(StartOrder))
    reward: str = setting("", "example or reward_function.py; empty: progress along the track")
    hyperparameters: str = setting("", "hyperparameters.json; empty: defaults")
    metadata: str = setting("", "model_metadata.json with the action space; empty: five actions")
    network: str = setting("", "such as COMPACT; empty: that of the metadata, else COMPACT")
    algorithm: str = setting(
        "", "clipped_ppo, sac or policy_gradient; empty: that of the metadata, else clipped_ppo"
    )
    randomize: str = setting(
        NONE, "how much the world varies: none, full, or strengths as in full,latency=0,blur=1"
    )
    objects: str = setting(NONE, "what is on the road besides the car", choices=OBJECTS)
    object_count: int = setting(0, "how many; 0: 6 boxes or 3 bots", range=(0, 20))
    pretrained: str = setting("", "folder of a run whose best policy this one begins with")
    steps: int = setting(120_000, "frames to train on, over all cars", range=(1, 10**9))
    stop_at: float = setting(
        1.0, "stop when this share of episodes are whole laps; 1: never", range=(0.0, 1.0)
    )
    evaluate_every: int = setting(
        20_000, "frames from one evaluation to the next; 0: none", range=(0, 10**9)
    )
    cars: int = setting(32, "cars that drive at once", range=(1, 1024))
    seed: int = setting(0, "seed of all random numbers", range=(0, 2**31))
    threads: int = setting(0, "processor threads for the network; 0: one a core", range=(0, 256))
    device: str = setting(
        "auto", "where the network learns; auto: a GPU if there is one", choices=get_args(Device)
    )

    def __post_init__(self) -> None:
        """Refuse values out of range; ConfigError names all of them."""
        faults: list[str] = []
        with collected(faults):
            check_settings(self)
        with collected(faults):
            randomization(self.randomize)
        if faults:
            raise ConfigError(*faults)

    def save(self, folder: Path) -> None:
        """Write settings.json into the run's folder; OSError where that fails."""
        replace_file(folder / SETTINGS_NAME, _json(asdict(self)))


def load_settings(folder: Path) -> TrainSettings:
    """Read the settings of a run.

    Raises:
        ConfigError: the folder holds no run, or its settings are damaged; with all faults.
    """
    file = folder / SETTINGS_NAME
    try:
        values = json.loads(file.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{folder} is no training run: {SETTINGS_NAME} cannot be read: {error.strerror}"
        ) from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{file} is damaged: it is no JSON") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{file} is damaged: it is no JSON object")
    faults = [fault for name, value in values.items() if (fault := _value_fault(name, value))]
    if not faults:
        with collected(faults):
            return TrainSettings(**values)
    raise ConfigError(*(f"{file}: {fault}" for fault in faults))


def _value_fault(name: str, value: object) -> str:
    """Return why an entry of settings.json is none of ours, or is of another type."""
    entries = {entry.name: entry for entry in fields(TrainSettings)}
    if name not in entries:
        return f"unknown setting {name[:40]!r}: the run was made by another version"
    kind = type(entries[name].default)
    if type(value) is kind or (kind is float and type(value) is int):
        return ""
    needed = {str: "a text", int: "a whole number", float: "a number"}[kind]
    return f"{name} is {str(value)[:40]!r}, needed is {needed}"


def track_copy(place: int, track: str | Path) -> str:
    """Return where in its folder a run keeps a track file; nothing for a track of ours.

    Args:
        place: of the track among those of the run, which may be of the same name.
        track: a name or path.
    """
    return "" if str(track) in track_names() else f"{TRACKS_FOLDER}/{place}/{Path(track).name}"


def kept_tracks(folder: Path, settings: TrainSettings) -> tuple[str | Path, ...]:
    """Return the tracks of a run: ours by name, all others by the copies in its folder."""
    return tuple(
        folder / copy if (copy := track_copy(place, track)) else track
        for place, track in enumerate(named_tracks(settings.track))
    )


def read_text(path: str | Path) -> str:
    """Read a user's text file; ConfigError where it is missing or no text."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no UTF-8 text") from None


def read_metadata(path: str | Path) -> ModelMetadata:
    """Read the model_metadata.json of a run; DeepRacerError where it is missing or wrong."""
    return ModelMetadata.parse(read_text(path))


def write_version(folder: Path) -> None:
    """Write version.json into the run's folder; OSError where that fails."""
    facts = {
        "git_revision": _git_revision(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "stable-baselines3", "numpy")},
    }
    replace_file(folder / VERSION_NAME, _json(facts))


def _git_revision() -> str | None:
    """Return the commit that this file is of, marked where files were changed since."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40"]
    try:
        done = subprocess.run(
            [*command, "--exclude=*", "--dirty"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):  # no git, or an installed package
        return None
    return done.stdout.strip()


def _json(facts: object) -> bytes:
    return (json.dumps(facts, indent=2) + "\n").encode()
