# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Tracks that are ready to be driven on and seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from deepracer_core.errors import ConfigError
from deepracer_core.track import Track
from deepracer_sim.appearance import Appearance
from deepracer_sim.painter import GroundMap, paint
from deepracer_sim.track_files import load_track, track_names

TrackNames = str | Path | Sequence[str | Path]
"""A track by name or path, several with commas between them, or a sequence of them."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A track, its looks and its painted ground."""

    track: Track
    appearance: Appearance
    ground: GroundMap


def named_tracks(tracks: TrackNames) -> list[str | Path]:
    """Return the names and paths one by one."""
    if isinstance(tracks, str):
        return [name.strip() for name in tracks.split(",") if name.strip()]
    return [tracks] if isinstance(tracks, Path) else list(tracks)


def load_scenes(tracks: TrackNames) -> list[Scene]:
    """Load and paint tracks; one that is named twice gets twice the cars.

    Raises:
        TrackError: a track is unknown or malformed.
        ConfigError: no track is named.
    """
    names = named_tracks(tracks)
    if not names:
        raise ConfigError("no track is named: give a name, or several with commas between them")
    shipped = track_names()
    return [_shipped(str(name)) if name in shipped else _scene(name) for name in names]


def _scene(name: str | Path) -> Scene:
    loaded = load_track(name)
    return Scene(loaded.track, loaded.appearance, paint(loaded.track, loaded.appearance))


@lru_cache(maxsize=8)
def _shipped(name: str) -> Scene:
    """Return a track of the package: what a program has painted once serves all its batches."""
    return _scene(name)
