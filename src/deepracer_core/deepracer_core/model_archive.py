# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Unpacking a model.tar.gz that may come from anywhere.

Nothing is written outside the target folder, nothing but plain files and folders is created, and
neither the number of members nor the unpacked size is unbounded. Sizes are bounded while reading,
not by what the headers claim.
"""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from deepracer_core.errors import ModelError

# The largest AWS network is about 23 MB; coach leaves some logs beside it.
MAX_BYTES = 256 * 1024 * 1024
MAX_MEMBERS = 256


def extract_archive(archive: Path, folder: Path) -> None:
    """Unpack `archive` into the existing, empty `folder`.

    Args:
        archive: a tar file, compressed or not.
        folder: where the members go; on error it may hold part of them, so use a temporary one.

    Raises:
        ModelError: the archive is damaged, truncated, too large or holds an unsafe member.
    """
    budget = MAX_BYTES
    try:
        with tarfile.open(archive, "r:*") as tar:
            for member in _safe_members(tar, archive.name):
                budget -= member.size
                if budget < 0:
                    raise ModelError(
                        f"{archive.name} unpacks to more than {MAX_BYTES // 2**20} MiB: "
                        "this is no model package"
                    )
                _write(tar, member, folder)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise ModelError(
            f"{archive.name} is damaged or no tar.gz archive ({error}): copy or download it again"
        ) from None


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
        if not (member.isreg() or member.isdir()):
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
        raise ModelError(
            f"member {member.name!r} is truncated: copy or download the archive again"
        )
