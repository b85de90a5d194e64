# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds on disk, made when they are first needed: as files to keep, or in the cache.

A file's or folder's name is the fingerprint of all that it depends on: settings, the track file,
and the code that paints and writes. So nothing there is ever out of date. The world is written
when its ground is there, and is good as long as that is.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import time
import xml.etree.ElementTree as ElementTree
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

import deepracer_core
import deepracer_gazebo
import deepracer_sim
from deepracer_core.atomic_file import replace_file
from deepracer_core.errors import ConfigError
from deepracer_gazebo.glb import is_whole_glb
from deepracer_gazebo.ground import tiles
from deepracer_gazebo.world import WorldSettings, describe_world, load_scene
from deepracer_sim.scenes import Scene
from deepracer_sim.track_files import load_track, track_names

UNUSED_FOR = 30 * 86400.0  # [s] until a cached world is removed

_PACKAGES = (deepracer_core, deepracer_sim, deepracer_gazebo)
_DIGITS = 16  # of a fingerprint
_ELSEWHERE = "XDG_CACHE_HOME may name another place"


def cached_world(settings: WorldSettings) -> Path:
    """Return the file of a world, which is made if it is not there, or not whole.

    Raises:
        TrackError: track or surface are unknown or malformed.
        ConfigError: the cache folder cannot be written to.
    """
    folder = cache_folder()
    ground = folder / _ground_name(settings)
    name = f"world-{_fingerprint(ground.name, sorted(asdict(settings).items()))}.sdf"
    for used in (ground, folder / name):
        with suppress(OSError):  # A cache that can only be read is good enough.
            os.utime(used)
    if not _is_whole(folder / name):
        scene = load_scene(settings)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _remove_unused(folder)
            _write(folder / name, scene, settings, ground)
        except OSError as error:
            raise ConfigError(
                f"cache folder {folder} cannot be written to: {error.strerror}; {_ELSEWHERE}"
            ) from None
    return folder / name


def write_world(settings: WorldSettings, file: Path) -> Path:
    """Write a world for keeps, and beside it the folder of its ground, which is returned.

    Raises:
        TrackError: track or surface are unknown or malformed.
        ConfigError: the files cannot be written.
    """
    try:
        str(file).encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{str(file)!r}: name it in UTF-8, as all text in a world is") from None
    folder = file.with_name(f"{file.stem}_{_ground_name(settings)}")
    scene = load_scene(settings)
    try:
        _write(file, scene, settings, folder)
    except OSError as error:
        raise ConfigError(
            f"{error.filename or file} cannot be written: {error.strerror}"
        ) from None
    for other in file.parent.glob(f"{glob.escape(file.stem)}_ground-{'[0-9a-f]' * _DIGITS}"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def cache_folder() -> Path:
    """Return the folder of cached worlds, by the XDG Base Directory Specification.

    Raises:
        ConfigError: nothing says where it is.
    """
    place = os.environ.get("XDG_CACHE_HOME", "")
    try:
        # The specification wants relative paths ignored.
        base = Path(place) if os.path.isabs(place) else Path.home() / ".cache"
    except RuntimeError:
        raise ConfigError(f"there is no home for a cache folder; {_ELSEWHERE}") from None
    return base / "deepracer" / "worlds"


def _is_whole(world: Path) -> bool:
    """Say whether a world can be read, and all of its ground is there, each tile to its end."""
    try:
        names = [element.text or "" for element in ElementTree.parse(world).iter("uri")]
        return all(is_whole_glb((world.parent / name).read_bytes()) for name in names)
    except (OSError, ElementTree.ParseError):
        return False


def _write(file: Path, scene: Scene, settings: WorldSettings, ground: Path) -> None:
    """Write a world after all of its ground; whoever writes the same meanwhile does no harm."""
    ground.mkdir(exist_ok=True)
    for tile in tiles(scene.ground):
        replace_file(ground / tile.file, tile.content(scene.ground))
    replace_file(file, describe_world(scene, settings, ground.name).encode())


def _remove_unused(folder: Path) -> None:
    """Remove from the cache what nobody has asked for in a long time."""
    for pattern in ("ground-*", "world-*", ".*.tmp"):
        for path in folder.glob(pattern):
            with suppress(OSError):  # Another process does the same.
                if path.stat().st_mtime < time.time() - UNUSED_FOR:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _ground_name(settings: WorldSettings) -> str:
    return f"ground-{_fingerprint(_track_identity(settings), settings.surface)}"


def _track_identity(settings: WorldSettings) -> str:
    """Return the name of a shipped track, which the code knows, or what is in a user's file."""
    if settings.track in track_names():
        return settings.track
    load_track(settings.track)  # says what is wrong with it
    return hashlib.sha256(Path(settings.track).read_bytes()).hexdigest()


def _fingerprint(*parts: object) -> str:
    # Names that are no UTF-8 have a representation that is.
    return hashlib.sha256(repr((*parts, _code())).encode()).hexdigest()[:_DIGITS]


@lru_cache(maxsize=1)
def _code() -> str:
    """Return the fingerprint of all that turns tracks into files."""
    digest = hashlib.sha256(f"{np.__version__} {cv2.__version__}".encode())
    for package in _PACKAGES:
        folder = Path(package.__path__[0])
        for file in sorted((*folder.rglob("*.py"), *folder.rglob("*.yaml"))):
            digest.update(file.read_bytes())
    return digest.hexdigest()
