# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds on disk, as tests look at them: whole, or written to a disk that is full."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from deepracer_core.atomic_file import replace_file
from deepracer_gazebo import cache


def assert_complete(file: Path) -> None:
    """Check that all that a world refers to is beside it, by relative names."""
    root = ElementTree.parse(file).getroot()
    names = [element.text for element in root.iter("uri")]
    assert names
    for name in names:
        assert not Path(name).is_absolute()
        assert (file.parent / name).stat().st_size > 0


def fill_disk_after(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full when so many files are written."""
    left = iter(range(files))

    def write(path: Path, data: bytes) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        replace_file(path, data)

    monkeypatch.setattr(cache, "replace_file", write)
