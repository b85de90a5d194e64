# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds in the cache: made once, never half, never out of date, and not kept for ever."""

import multiprocessing
import os
import pwd
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import numpy as np
import pytest
from world_files import assert_complete, fill_disk_after

from deepracer_core.errors import ConfigError
from deepracer_gazebo import cache
from deepracer_gazebo.cache import cache_folder, cached_world
from deepracer_gazebo.world import WorldSettings
from deepracer_sim.track_files import load_track

TRACK = "Straight_track"  # the smallest


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "deepracer" / "worlds"


def test_a_world_is_made_once(folder: Path) -> None:
    file = cached_world(WorldSettings(TRACK))
    assert file.parent == folder
    assert_complete(file)
    before = {path: path.stat().st_ino for path in folder.rglob("*")}
    assert cached_world(WorldSettings(TRACK)) == file
    assert {path: path.stat().st_ino for path in folder.rglob("*")} == before


def test_what_is_in_the_cache_needs_no_painting(monkeypatch: pytest.MonkeyPatch) -> None:
    file = cached_world(WorldSettings(TRACK))
    monkeypatch.delattr(cache, "load_scene")
    assert cached_world(WorldSettings(TRACK)) == file


def test_worlds_of_one_track_share_its_ground(folder: Path) -> None:
    one, other = (cached_world(WorldSettings(TRACK, start=start)) for start in (0.2, 0.4))
    assert one != other and one.read_text() != other.read_text()
    assert len(list(folder.glob("ground-*"))) == 1


def test_another_surface_is_another_ground(folder: Path) -> None:
    cached_world(WorldSettings(TRACK))
    assert_complete(cached_world(WorldSettings(TRACK, surface="wood")))
    assert len(list(folder.glob("ground-*"))) == 2


def test_a_changed_track_file_is_another_world(tmp_path: Path) -> None:
    file, track = tmp_path / "mine.npy", load_track(TRACK).track
    route = np.hstack((track.centre, track.inner, track.outer))
    np.save(file, route)
    before = cached_world(WorldSettings(str(file)))
    np.save(file, route + 0.5)
    after = cached_world(WorldSettings(str(file)))
    assert before != after
    assert_complete(after)


@pytest.mark.parametrize("changed", ["painter.py", "tracks/mine.yaml"])
def test_changed_code_makes_other_files(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ModuleType("package")
    package.__path__ = [str(tmp_path / "package")]
    file = tmp_path / "package" / changed
    file.parent.mkdir(parents=True)
    monkeypatch.setattr(cache, "_PACKAGES", (package,))
    made = []
    for content in ("of today", "of tomorrow"):
        file.write_text(content)
        cache._code.cache_clear()
        made.append(cached_world(WorldSettings(TRACK)))
    cache._code.cache_clear()
    assert made[0] != made[1]


def test_all_that_turns_tracks_into_files_counts_as_code() -> None:
    names = {package.__name__ for package in cache._PACKAGES}
    assert names == {"deepracer_core", "deepracer_sim", "deepracer_gazebo"}


def _shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


DAMAGE = {
    "a world cut short": lambda world, ground: _shorten(world),
    "no world": lambda world, ground: world.unlink(),
    "a tile cut short": lambda world, ground: _shorten(next(ground.iterdir())),
    "an empty tile": lambda world, ground: next(ground.iterdir()).write_bytes(b""),
    "a tile that is missing": lambda world, ground: next(ground.iterdir()).unlink(),
    "no ground": lambda world, ground: shutil.rmtree(ground),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_is_damaged_is_made_anew(damage: Callable[[Path, Path], None], folder: Path) -> None:
    file = cached_world(WorldSettings(TRACK))
    (ground,) = folder.glob("ground-*")
    content = {path: path.read_bytes() for path in (file, *ground.iterdir())}
    damage(file, ground)
    assert cached_world(WorldSettings(TRACK)) == file
    assert {path: path.read_bytes() for path in (file, *ground.iterdir())} == content


def _grow_old(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (time.time() - cache.UNUSED_FOR - 60.0,) * 2)


def test_what_nobody_has_used_for_a_month_is_removed(folder: Path) -> None:
    unused = cached_world(WorldSettings(TRACK, surface="wood"))
    (unused_ground,) = folder.glob("ground-*")
    used = cached_world(WorldSettings(TRACK))
    (used_ground,) = set(folder.glob("ground-*")) - {unused_ground}
    broken_off = folder / ".world-0.sdf.0123.tmp"
    others = folder / "notes.txt"
    for file in (broken_off, others):
        file.write_text("")
    _grow_old(unused, unused_ground, used, used_ground, broken_off, others)
    cached_world(WorldSettings(TRACK))
    assert unused.exists()  # nothing was made
    made = cached_world(WorldSettings(TRACK, start=0.5))
    assert set(folder.iterdir()) == {used, used_ground, made, others}
    assert_complete(used)
    assert_complete(made)


def _cached(_: int) -> str:
    return str(cached_world(WorldSettings(TRACK)))


def test_two_processes_at_once_make_one_whole_world(folder: Path) -> None:
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        (file,) = set(pool.map(_cached, range(2)))
    assert_complete(Path(file))
    assert not [path for path in folder.iterdir() if path.name.endswith(".tmp")]


def test_an_interrupted_making_is_done_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fill_disk_after(1, patch)
        with pytest.raises(ConfigError, match="No space left on device; XDG_CACHE_HOME"):
            cached_world(WorldSettings(TRACK))
        assert not list(folder.glob("world-*"))
    assert_complete(cached_world(WorldSettings(TRACK)))


@pytest.mark.parametrize("place", ["a file", "n" * 300])
def test_a_cache_that_cannot_be_is_told(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / place))
    with pytest.raises(ConfigError, match=r"cannot be written to: .*; XDG_CACHE_HOME"):
        cached_world(WorldSettings(TRACK))


def test_nobodys_cache_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: int) -> NoReturn:
        raise KeyError

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(ConfigError, match="no home for a cache folder; XDG_CACHE_HOME"):
        cached_world(WorldSettings(TRACK))


def test_names_that_are_no_utf8_make_worlds(tmp_path: Path) -> None:
    track = load_track(TRACK).track
    file = tmp_path / os.fsdecode(b"caf\xe9.npy")
    np.save(file, np.hstack((track.centre, track.inner, track.outer)))
    assert_complete(cached_world(WorldSettings(str(file))))


@pytest.mark.parametrize("value", ["", "relative/place"])
def test_the_cache_is_in_the_home_where_nothing_else_is_said(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert cache_folder() == Path.home() / ".cache" / "deepracer" / "worlds"
