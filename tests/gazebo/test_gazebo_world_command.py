# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer world`: files that belong together, replaced together, and what it refuses."""

import os
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from world_files import assert_complete, fill_disk_after

from deepracer_gazebo.world_command import main

TRACK = "Straight_track"  # the smallest


def test_the_command_writes_a_world_that_can_be_moved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "here"
    place.mkdir()
    options = ["--track", TRACK, "--start", "0.5", "--no-car", "--lidar"]
    assert main([*options, "--out", str(place / "oval.sdf")]) == 0
    assert "oval_ground" in capsys.readouterr().out
    place.rename(tmp_path / "there")
    assert_complete(tmp_path / "there" / "oval.sdf")
    models = ElementTree.parse(tmp_path / "there" / "oval.sdf").getroot().iter("model")
    assert [model.get("name") for model in models] == ["ground"]


def test_the_command_replaces_what_it_wrote_and_nothing_else(tmp_path: Path) -> None:
    file, others = tmp_path / "[a].sdf", tmp_path / "[a]_ground-truth"
    others.mkdir()
    grounds = []
    for surface in ("", "wood", "wood"):
        assert main(["--track", TRACK, "--surface", surface, "--out", str(file)]) == 0
        assert_complete(file)
        grounds.append(set(tmp_path.iterdir()) - {file, others})
    assert [len(each) for each in grounds] == [1, 1, 1]
    assert grounds[0] != grounds[1] == grounds[2]
    assert others.is_dir()


def test_a_world_that_cannot_be_replaced_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "world.sdf"
    assert main(["--track", TRACK, "--out", str(file)]) == 0
    before = file.read_text()
    fill_disk_after(1, monkeypatch)
    assert main(["--track", TRACK, "--surface", "wood", "--out", str(file)]) == 2
    assert "world.sdf cannot be written: No space left on device" in capsys.readouterr().err
    assert file.read_text() == before
    assert_complete(file)


def test_the_file_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "world.sdf"
    assert main(["--track", TRACK, "--out", str(file)]) == 0
    (ground,) = tmp_path.glob("world_ground-*")
    shutil.rmtree(ground)
    ground.write_text("no folder")
    assert main(["--track", TRACK, "--out", str(file)]) == 2
    assert f"{ground} cannot be written: File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--track", "nowhere", "--out", "a.sdf"], "unknown track 'nowhere'"),
        (["--track", TRACK], "--out"),
        (["--track", TRACK, "--out", "a.txt"], "name it *.sdf"),
        (["--track", TRACK, "--out", "no/such/a.sdf"], "no folder that can be written to"),
        (["--track", TRACK, "--out", os.fsdecode(b"a\xe9.sdf")], "name it in UTF-8"),
        (["--track", os.fsdecode(b"caf\xe9"), "--out", "a.sdf"], "unknown track 'caf"),
        (["--track", TRACK, "--surface", os.fsdecode(b"\xe9"), "--out", "a.sdf"], "unknown app"),
        (["--track", TRACK, "--surface", "ice", "--out", "a.sdf"], "unknown appearance 'ice'"),
        (["--track", TRACK, "--start", "2", "--out", "a.sdf"], "start is 2.0, allowed is"),
        (["--track", TRACK, "--fps", "nan", "--out", "a.sdf"], "fps is nan, allowed is"),
        (["--track", TRACK, "--speed", "2", "--out", "a.sdf"], "--help lists the options"),
    ],
)
def test_bad_input_is_told_in_one_line(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("./deepracer world: ") and message in line
    assert not list(tmp_path.glob("a*"))
