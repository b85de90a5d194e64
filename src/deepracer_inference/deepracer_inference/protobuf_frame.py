# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Is a file a complete protobuf message? ONNX files and frozen graphs are.

OpenVINO's readers answer a truncated file with a page of parser output on stderr before they
raise. Walking the outermost fields, whose lengths are in the file, finds that out beforehand.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from deepracer_core.errors import ModelError

_FIXED_SIZES = {1: 8, 5: 4}  # Wire types of 64-bit and 32-bit fields.
_VARINT, _LENGTH_DELIMITED = 0, 2


def check_protobuf(path: Path) -> None:
    """Raise ModelError where the file is empty, truncated or something else than protobuf."""
    size = path.stat().st_size
    fields = 0
    with path.open("rb") as stream:
        while stream.tell() < size:
            if not _skip_field(stream, size):
                raise ModelError(
                    f"{path.name} is truncated or no network file: copy or download it again"
                )
            fields += 1
    if not fields:
        raise ModelError(f"{path.name} is empty: copy or download it again")


def _skip_field(stream: BinaryIO, size: int) -> bool:
    """Go to the next field; False where this one is damaged or goes beyond the end."""
    tag = _read_varint(stream)
    if tag is None or tag >> 3 == 0:
        return False
    kind = tag & 7
    if kind == _VARINT:
        return _read_varint(stream) is not None
    length = _read_varint(stream) if kind == _LENGTH_DELIMITED else _FIXED_SIZES.get(kind)
    if length is None or length > size - stream.tell():
        return False
    stream.seek(length, os.SEEK_CUR)
    return True


def _read_varint(stream: BinaryIO) -> int | None:
    """Return the number at the stream's place; None where there is none."""
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return None
