# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The ground's files show, point by point, what the embedded renderer's map shows there."""

import json
import struct
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sdf_frames import numbers

from deepracer_gazebo import ground as ground_module
from deepracer_gazebo.ground import LARGEST, tiles
from deepracer_gazebo.world import WorldSettings, describe_world
from deepracer_sim.painter import CELL, GroundMap
from deepracer_sim.scenes import Scene, load_scenes
from deepracer_sim.track_files import track_names

shares = st.floats(0.0, 1.0, exclude_max=True)


class Mesh(NamedTuple):
    """What is in a .glb file: triangles, and the picture that they show."""

    corners: np.ndarray  # (T, 3, 2) [m] from the file's origin
    uv: np.ndarray  # (T, 3, 2), v downwards
    picture: np.ndarray  # (rows, columns, 3) BGR


def read_glb(data: bytes) -> Mesh:
    """Read a file of one mesh, by the glTF 2.0 specification."""
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and size % 4 == 0
    contents = json.loads(data[20 : 20 + size])
    binary_size, kind = struct.unpack_from("<I4s", data, 20 + size)
    assert kind == b"BIN\0" and 28 + size + binary_size == len(data)
    binary = data[28 + size :]

    def view(index: int) -> bytes:
        place = contents["bufferViews"][index]
        assert place["byteOffset"] % 4 == 0
        return binary[place["byteOffset"] : place["byteOffset"] + place["byteLength"]]

    def values(index: int) -> np.ndarray:
        accessor = contents["accessors"][index]
        kind = {5126: "<f4", 5123: "<u2"}[accessor["componentType"]]
        return np.frombuffer(view(accessor["bufferView"]), kind).reshape(accessor["count"], -1)

    (primitive,) = contents["meshes"][0]["primitives"]
    (material,) = contents["materials"]
    assert material["pbrMetallicRoughness"]["baseColorFactor"] == [0, 0, 0, 1]  # lamps do nothing
    assert material["emissiveFactor"] == [1, 1, 1]
    texture = contents["textures"][material["emissiveTexture"]["index"]]
    sampler = contents["samplers"][texture["sampler"]]
    assert sampler["magFilter"] == sampler["minFilter"] == 9729  # linear, and no coarser copies
    assert sampler["wrapS"] == sampler["wrapT"] == 33071  # the edge goes on
    image = contents["images"][texture["source"]]
    picture = cv2.imdecode(np.frombuffer(view(image["bufferView"]), np.uint8), cv2.IMREAD_COLOR)
    indices = values(primitive["indices"])[:, 0].reshape(-1, 3)
    positions = values(primitive["attributes"]["POSITION"])
    extent = contents["accessors"][primitive["attributes"]["POSITION"]]
    np.testing.assert_array_equal(
        (extent["min"], extent["max"]), np.array((positions.min(0), positions.max(0)))
    )
    np.testing.assert_array_equal(values(primitive["attributes"]["NORMAL"]), [[0, 0, 1]] * 4)
    assert (positions[:, 2] == 0.0).all()
    marks = values(primitive["attributes"]["TEXCOORD_0"])
    return Mesh(positions[indices, :2].astype(float), marks[indices].astype(float), picture)


class Ground:
    """The ground as Gazebo reads it: where the world has meshes, and what is in their files."""

    def __init__(self, scene: Scene) -> None:
        self.painted = scene.ground
        files = {tile.file: read_glb(tile.content(scene.ground)) for tile in tiles(scene.ground)}
        document = describe_world(scene, WorldSettings(), "ground")
        self.meshes: list[Mesh] = []
        for visual in ElementTree.fromstring(document).iter("visual"):
            if uri := visual.findtext("geometry/mesh/uri"):
                mesh = files.pop(uri.removeprefix("ground/"))
                place = numbers(visual.findtext("pose"))
                assert not place[2:].any()
                self.meshes.append(mesh._replace(corners=mesh.corners + place[:2]))
        assert not files

    def seen(self, point: np.ndarray) -> list[np.ndarray]:
        """Return the colour (3,) BGR of every triangle that covers a point."""
        found = []
        for mesh in self.meshes:
            rows, columns = mesh.picture.shape[:2]
            for corners, uv in zip(mesh.corners, mesh.uv, strict=True):
                across = np.linalg.solve((corners[1:] - corners[0]).T, point - corners[0])
                weights = np.array([1.0 - across.sum(), *across])
                if (weights >= 0.0).all():
                    u, v = weights @ uv
                    found.append(mesh.picture[int(v * rows), int(u * columns)])
        return found


@pytest.fixture(scope="module", params=track_names())
def scene(request: pytest.FixtureRequest) -> Scene:
    return load_scenes([request.param])[0]


@pytest.fixture(scope="module")
def painted(scene: Scene) -> GroundMap:
    return scene.ground


@pytest.fixture(scope="module")
def straight() -> Scene:
    return load_scenes(["Straight_track"])[0]


def cell(painted: GroundMap, point: np.ndarray) -> tuple[int, int]:
    row, column = np.floor((point - painted.origin)[::-1] / CELL).astype(int)
    return int(row), int(column)


def check_point(ground: Ground, share: tuple[float, float]) -> None:
    painted = ground.painted
    low, high = np.array(painted.rectangle[:2]), np.array(painted.rectangle[2:])
    # The middle of the cell, so that rounding cannot choose its neighbour.
    point = low + share * (high - low)
    row, column = cell(painted, point)
    middle = painted.origin + (np.array([column, row]) + 0.5) * CELL
    if not ((low <= middle) & (middle <= high)).all():
        return
    seen = ground.seen(middle)
    assert seen
    for colour in seen:
        np.testing.assert_array_equal(colour, painted.palette[painted.levels[0][row, column]])


def test_every_point_shows_the_painted_colour(scene: Scene) -> None:
    ground = Ground(scene)

    @settings(max_examples=60, deadline=None)
    @given(st.tuples(shares, shares))
    def check(share: tuple[float, float]) -> None:
        check_point(ground, share)

    check()


def test_far_away_every_point_shows_the_painted_colour(straight: Scene, tmp_path: Path) -> None:
    track = straight.track
    route = np.hstack((track.centre, track.inner, track.outer)) + 1e5
    np.save(tmp_path / "far.npy", route)
    ground = Ground(load_scenes([tmp_path / "far.npy"])[0])
    for share in np.random.default_rng(0).random((100, 2)):
        check_point(ground, tuple(share))


def test_meshes_lie_about_their_origins(scene: Scene) -> None:
    for tile in tiles(scene.ground):
        corners = read_glb(tile.content(scene.ground)).corners.reshape(-1, 2)
        np.testing.assert_array_equal(corners.min(axis=0), -corners.max(axis=0))


def test_a_world_is_sdf_of_the_version_that_it_says(straight: Scene) -> None:
    document = describe_world(straight, WorldSettings(), "ground")
    assert document.startswith('<?xml version="1.0"?>\n<sdf version="1.10">')


def test_small_tiles_show_the_same_and_leave_no_gap(
    straight: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground_module, "LARGEST", 256)
    ground = Ground(straight)
    assert len(ground.meshes) > 20
    assert max(max(mesh.picture.shape[:2]) for mesh in ground.meshes) <= 256
    generator = np.random.default_rng(0)
    for share in generator.random((200, 2)):
        check_point(ground, tuple(share))
    test_tiles_cover_the_field_once(straight.ground)


def test_tiles_cover_the_field_once(painted: GroundMap) -> None:
    parts = [tile.rectangle for tile in tiles(painted)]
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in parts]
    x_low, y_low, x_high, y_high = painted.rectangle
    assert min(areas) > 0.0
    assert sum(areas) == pytest.approx((x_high - x_low) * (y_high - y_low))
    low, high = np.array(parts)[:, :2].min(axis=0), np.array(parts)[:, 2:].max(axis=0)
    np.testing.assert_allclose((*low, *high), painted.rectangle)


def test_pictures_are_fine_not_too_large_and_reach_beyond_what_is_shown(
    painted: GroundMap,
) -> None:
    for tile in tiles(painted):
        top, left, bottom, right = tile.cells
        assert max(bottom - top, right - left) <= LARGEST
        assert all(edge % 16 == 0 for edge in tile.cells)
        u_low, v_low, u_high, v_high = tile.uv
        pixels = (u_high - u_low) * (right - left), (v_low - v_high) * (bottom - top)
        metres = np.subtract(tile.rectangle[2:], tile.rectangle[:2])
        np.testing.assert_allclose(np.array(pixels) / metres, 250.0)  # at least 200 is asked for
        # No filter may reach over the edge of a picture: it would fetch the opposite side.
        margins = [u_low * (right - left), (1.0 - u_high) * (right - left)]
        margins += [v_high * (bottom - top), (1.0 - v_low) * (bottom - top)]
        assert min(margins) >= 15.9


def test_every_mesh_faces_up(straight: Scene) -> None:
    for mesh in Ground(straight).meshes:
        for corners in mesh.corners:
            (ax, ay), (bx, by) = corners[1] - corners[0], corners[2] - corners[0]
            assert ax * by - ay * bx > 0.0


def test_the_same_track_gives_the_same_bytes(straight: Scene) -> None:
    for tile in tiles(straight.ground):
        assert tile.content(straight.ground) == tile.content(straight.ground)
