# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A file is replaced whole or not at all."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deepracer_core.atomic_file import replace_file

# Beyond the limit, the kernel refuses to make a file longer, as on a full disk.
FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from deepracer_core.atomic_file import replace_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    replace_file(Path(sys.argv[1]), b"n" * 5000)
except OSError as error:
    sys.exit(error.errno)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.yaml"


def test_a_new_file_is_made_with_the_usual_permissions(file: Path) -> None:
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    other = file.with_name("other")
    other.touch()
    assert file.stat().st_mode == other.stat().st_mode


def test_an_old_one_is_replaced_and_keeps_its_permissions(file: Path) -> None:
    file.write_bytes(b"old and longer")
    file.chmod(0o640)
    before = file.stat().st_ino
    replace_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_ino != before
    assert os.listdir(file.parent) == [file.name]


def test_a_link_stays_a_link(file: Path) -> None:
    target = file.with_name("target")
    target.write_bytes(b"old")
    file.symlink_to("target")
    replace_file(file, b"new")
    assert file.is_symlink()
    assert target.read_bytes() == b"new"


def test_the_old_file_survives_a_full_disk(file: Path) -> None:
    file.write_bytes(b"old")
    command = [sys.executable, "-c", FULL_DISK, str(file)]
    assert subprocess.run(command, check=False).returncode == errno.EFBIG
    assert file.read_bytes() == b"old"
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_the_old_file_survives_every_failing_step(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(file.parent) == [file.name]


def test_places_that_are_none_are_refused(file: Path) -> None:
    for place in (file.parent, file.parent / "absent" / "file"):
        with pytest.raises(OSError):
            replace_file(place, b"new")
    assert os.listdir(file.parent) == []


def test_a_pipe_is_written_to(file: Path) -> None:
    os.mkfifo(file)
    reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    try:
        replace_file(file, b"new")
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(file.stat().st_mode)


def test_killed_at_any_moment_it_leaves_one_whole_file(file: Path) -> None:
    program = (
        "import sys, pathlib; from deepracer_core.atomic_file import replace_file\n"
        "print(flush=True)\n"
        "while True:\n"
        "    for letter in (b'a', b'b'):\n"
        "        replace_file(pathlib.Path(sys.argv[1]), letter * 100_000)\n"
    )
    for pause in (0.0, 0.01, 0.02, 0.05):
        process = subprocess.Popen([sys.executable, "-c", program, str(file)], stdout=-1)
        assert process.stdout is not None
        process.stdout.readline()
        while not file.exists():
            assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        content = file.read_bytes()
        assert content in (b"a" * 100_000, b"b" * 100_000)
