# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Unpacking a model.tar.gz that may come from anywhere.

Nothing is written outside the target folder, nothing but plain files and folders is created, and
neither the number of members nor the unpacked size is unbounded. Sizes are bounded while reading,
not by what the headers claim: tarfile itself reads headers of any length into memory, so what it
reads is counted as well.
"""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from deepracer_core.errors import ModelError

# The largest AWS network is about 23 MB; coach leaves some logs beside it.
MAX_BYTES = 256 * 1024 * 1024
MAX_MEMBERS = 256
_GZIP_MAGIC = b"\x1f\x8b"


def extract_archive(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the existing, empty `folder`.

    Args:
        archive: a tar file, gzipped or not.
        folder: where the members go; on error it may hold part of them, so use a temporary one.

    Raises:
        ModelError: the archive is damaged, truncated, too large or holds an unsafe member.
    """
    try:
        with archive.open("rb") as file:
            zipped = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            data = gzip.GzipFile(fileobj=file) if zipped else file
            bounded = cast(IO[bytes], _BoundedReader(data, archive.name))
            with tarfile.open(fileobj=bounded, mode="r|") as tar:
                for member in _safe_members(tar, archive.name):
                    _write(tar, member, folder)
            while bounded.read(1 << 20):  # To the end, where gzip keeps its checksum.
                pass
    # The last is what tarfile lets through from damaged headers.
    except (tarfile.TarError, EOFError, zlib.error, OSError, ValueError) as error:
        strerror = getattr(error, "strerror", None)
        reason = (strerror or str(error) or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"{archive.name} is damaged or no tar.gz archive ({reason}): copy or download it again"
        ) from None


class _BoundedReader:
    """Reads a stream up to MAX_BYTES, whoever asks and for whatever."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, name: str) -> None:
        self._stream = stream
        self._name = name
        self._left = MAX_BYTES

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; ModelError where that is too much altogether."""
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise ModelError(
                f"{self._name} unpacks to more than {MAX_BYTES // 2**20} MiB: "
                "this is no model package"
            )
        return data


def _safe_members(tar: tarfile.TarFile, name: str) -> Iterator[tarfile.TarInfo]:
    for count, member in enumerate(tar):
        if count >= MAX_MEMBERS:
            raise ModelError(
                f"{name} has more than {MAX_MEMBERS} members: this is no model package"
            )
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
            raise ModelError(
                f"{name} is unsafe: member {member.name!r} points outside the archive"
            )
        if not (member.isreg() or member.isdir()) or member.issparse():
            raise ModelError(f"{name} is unsafe: member {member.name!r} is a link or a device")
        yield member


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    target = folder.joinpath(*PurePosixPath(member.name).parts)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    if source is None:  # Only links have no content, and those were refused.
        raise ModelError(f"member {member.name!r} cannot be read")
    with source, target.open("xb") as output:
        shutil.copyfileobj(source, output)
    if target.stat().st_size != member.size:
        raise ModelError(f"member {member.name!r} is truncated: copy or download it again")
