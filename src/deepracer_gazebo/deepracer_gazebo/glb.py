# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A picture that lies on the ground and shines by itself, as one file: binary glTF 2.0 (.glb)."""

from __future__ import annotations

import json
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from deepracer_sim.appearance import Rectangle

Size = tuple[float, float]  # [m] along x and y

_FLOAT, _UNSIGNED_SHORT = 5126, 5123
_LINEAR, _CLAMP_TO_EDGE = 9729, 33071
_HEADER = struct.Struct("<3I")  # magic number, version, length of the file
_MAGIC, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942


def encode_glb(picture: NDArray[np.uint8], size: Size, uv: Rectangle) -> bytes:
    """Return the file of a rectangle that faces up and shows a part of a picture.

    Its middle is the file's origin: 32 bits are too few for places far from that.

    Args:
        picture: (rows, columns, 3) BGR, north up.
        size: of the rectangle.
        uv: what it shows: u, v at the low and at the high corner; v is 0 at the picture's top.
    """
    x, y = size[0] / 2.0, size[1] / 2.0
    u_low, v_low, u_high, v_high = uv
    # By the standard y would be up; Gazebo takes coordinates as they are, and z is up there.
    corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    marks = [(u_low, v_low), (u_high, v_low), (u_high, v_high), (u_low, v_high)]
    positions = np.array([(*corner, 0.0) for corner in corners], dtype="<f4")
    arrays = (
        positions,
        np.array([(0.0, 0.0, 1.0)] * 4, dtype="<f4"),
        np.array(marks, dtype="<f4"),
        np.array([0, 1, 2, 0, 2, 3], dtype="<u2"),
    )
    parts = [array.tobytes() for array in arrays] + [cv2.imencode(".png", picture)[1].tobytes()]
    contents = _contents(positions, [len(part) for part in parts])
    return _file(contents, b"".join(parts))


def is_whole_glb(file: bytes) -> bool:
    """Return whether a file is as long as its own header says."""
    if len(file) < _HEADER.size:
        return False
    magic, _, length = _HEADER.unpack_from(file)
    return magic == _MAGIC and length == len(file)


def _contents(positions: NDArray[np.float32], sizes: list[int]) -> dict[str, Any]:
    """Return the JSON part: positions, normals, marks, indices and the picture, in that order."""
    offsets = np.cumsum([0, *sizes]).tolist()
    views = [
        {"buffer": 0, "byteOffset": offset, "byteLength": size}
        for offset, size in zip(offsets, sizes, strict=False)
    ]
    extent = {"min": positions.min(axis=0).tolist(), "max": positions.max(axis=0).tolist()}
    corner = {"componentType": _FLOAT, "count": 4}
    accessors = [
        {"bufferView": 0, "type": "VEC3", **corner, **extent},
        {"bufferView": 1, "type": "VEC3", **corner},
        {"bufferView": 2, "type": "VEC2", **corner},
        {"bufferView": 3, "type": "SCALAR", "componentType": _UNSIGNED_SHORT, "count": 6},
    ]
    attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}
    black = {
        "baseColorFactor": [0.0, 0.0, 0.0, 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": 1.0,
    }
    glow = {"emissiveFactor": [1.0, 1.0, 1.0], "emissiveTexture": {"index": 0}}
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 3, "material": 0}]}],
        "materials": [{"name": "ground", "pbrMetallicRoughness": black, **glow}],
        "textures": [{"sampler": 0, "source": 0}],
        "samplers": [
            {
                "magFilter": _LINEAR,
                "minFilter": _LINEAR,
                "wrapS": _CLAMP_TO_EDGE,
                "wrapT": _CLAMP_TO_EDGE,
            }
        ],
        "images": [{"bufferView": 4, "mimeType": "image/png"}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": offsets[-1]}],
    }


def _file(contents: dict[str, Any], binary: bytes) -> bytes:
    text = json.dumps(contents, separators=(",", ":")).encode()
    chunks = _chunk(_JSON, text, b" ") + _chunk(_BINARY, binary, b"\0")
    return _HEADER.pack(_MAGIC, 2, _HEADER.size + len(chunks)) + chunks


def _chunk(kind: int, data: bytes, filler: bytes) -> bytes:
    padded = data + filler * (-len(data) % 4)
    return struct.pack("<2I", len(padded), kind) + padded
