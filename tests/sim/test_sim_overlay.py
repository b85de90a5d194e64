# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Boxes and patches of light, against a ray cast for every pixel."""

from dataclasses import replace

import numpy as np
import pytest
from dark_room import spotted_ground
from hypothesis import given, settings
from hypothesis import strategies as st
from pinhole import project

from deepracer_core.vehicle import DEEPRACER
from deepracer_sim.looks import Looks
from deepracer_sim.renderer import Renderer, View

CAMERA = DEEPRACER.camera
ROOM = spotted_ground(np.empty((0, 2)))
RENDERER = Renderer(ROOM, CAMERA, threads=1)
OPEN_ROOM = replace(ROOM, wall_height=0.0)
VALUES = np.array([[100, 150, 200]] * 4)
POSE = np.array([4.0, 3.0, 0.4])


def rays(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the camera's place (3,) and the direction (120, 160, 3) in which each pixel looks."""
    x, y, yaw = pose
    c, s, down = np.cos(yaw), np.sin(yaw), CAMERA.pitch
    eye = np.array([x + CAMERA.forward * c, y + CAMERA.forward * s, CAMERA.height])
    ahead = np.array([np.cos(down) * c, np.cos(down) * s, -np.sin(down)])
    right = np.array([s, -c, 0.0])
    v, u = np.mgrid[:120, :160]
    along = (u - 79.5)[..., None] / CAMERA.focal_length * right
    return eye, ahead + along + (v - 59.5)[..., None] / CAMERA.focal_length * np.cross(
        ahead, right
    )


def distance_to_box(pose: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return how far (120, 160) along its ray each pixel meets a box; infinite where never."""
    eye, look = rays(pose)
    x, y, c, s, half_length, half_width, low, high = box
    turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    begin, look = turn @ (eye - [x, y, 0.0]), look @ turn.T
    bounds = np.array([[-half_length, -half_width, low], [half_length, half_width, high]])
    with np.errstate(divide="ignore"):
        near, far = np.sort((bounds[:, None, None] - begin) / look, axis=0)
    enter, leave = near.max(axis=-1), far.min(axis=-1)
    return np.where((enter < leave) & (enter > 0.0), enter, np.inf)


def box(x: float, y: float, heading: float, low: float = 0.0, high: float = 0.25) -> np.ndarray:
    return np.array([x, y, np.cos(heading), np.sin(heading), 0.15, 0.2, low, high])


def seen(boxes: np.ndarray, pose: np.ndarray = POSE, renderer: Renderer = RENDERER) -> np.ndarray:
    """Return the grey frame (120, 160) with up to three boxes in it."""
    view = View.plain(renderer.plain_looks, np.zeros(1, dtype=np.intp))
    values = VALUES[:, : len(boxes)].astype(np.uint8)
    frame = np.empty((1, 120, 160), np.uint8)
    renderer.grey(pose[None], frame, view._replace(objects=boxes[None], object_values=values))
    return frame[0]


places = st.tuples(st.floats(-0.6, 3.0), st.floats(-2.0, 2.0), st.floats(-3.2, 3.2))


@settings(max_examples=60, deadline=None)
@given(st.lists(places, min_size=1, max_size=3), st.floats(-3.0, 3.0))
def test_boxes_cover_the_pixels_whose_rays_meet_them(
    ahead_left_heading: list[tuple[float, float, float]], yaw: float
) -> None:
    pose = np.array([4.0, 3.0, yaw])
    c, s = np.cos(yaw), np.sin(yaw)
    boxes = np.array(
        [
            box(4.0 + a * c - left * s, 3.0 + a * s + left * c, h)
            for a, left, h in ahead_left_heading
        ]
    )
    eye = rays(pose)[0][:2]
    centres = boxes[:, :2]
    apart = [np.hypot(*(p - q)) for i, p in enumerate(centres) for q in centres[:i]]
    if min([*apart, *np.hypot(*(centres - eye).T)], default=1.0) < 0.52:
        return  # Boxes that cross each other or hold the camera have no order.
    distances = np.array([distance_to_box(pose, one) for one in boxes])
    nearest = distances.argmin(axis=0)
    frame = seen(boxes, pose)
    empty = seen(boxes[:0], pose)
    shades = np.stack((VALUES[0], VALUES[0] * 205 // 256))[:, : len(boxes)]
    expected = np.isfinite(distances.min(axis=0))
    right = np.where(expected, (shades[:, nearest] == frame).any(axis=0), frame == empty)
    # Only where an edge passes within a hair of a pixel's centre may rounding decide.
    assert (~right).sum() <= 3


def test_the_sides_of_a_box_differ_in_light() -> None:
    frame = seen(box(5.0, 3.0, 0.6)[None], np.array([4.0, 3.0, 0.0]))
    assert {100, 100 * 205 // 256} <= set(np.unique(frame))


def test_a_box_above_another_hides_nothing_of_it() -> None:
    stacked = np.array([box(5.0, 3.2, 0.2, 0.0, 0.06), box(5.0, 3.2, 0.2, 0.06, 0.25)])
    whole = seen(box(5.0, 3.2, 0.2)[None]) != seen(stacked[:0])
    assert ((seen(stacked) != seen(stacked[:0])) == whole).all()


def patched(patch: np.ndarray) -> np.ndarray:
    looks = Looks([ROOM], CAMERA, np.zeros(1, dtype=np.intp))
    looks.single[:, :, 0] = 120
    looks.pair[:, 0, 0] = 120
    looks.patches = patch[None, None]
    frame = np.empty((1, 120, 160), np.uint8)
    RENDERER.grey(POSE[None], frame, View.plain(looks, np.zeros(1, dtype=np.intp)))
    return frame[0]


@pytest.mark.parametrize("factor", [0.5, 1.5, 3.0])
def test_a_patch_multiplies_the_ground_inside_it(factor: float) -> None:
    c, s = np.cos(1.0), np.sin(1.0)
    x, y = POSE[:2] + 0.8 * np.array([np.cos(POSE[2]), np.sin(POSE[2])])
    frame = patched(np.array([x, y, c, s, 0.3, 0.1, factor]))
    assert set(np.unique(frame[50:])) == {120, min(255, int(120 * factor))}
    eye, look = rays(POSE)
    reach = -eye[2] / look[60:, :, 2]
    ground = eye[:2] + reach[..., None] * look[60:, :, :2] - [x, y]
    inside = (abs(ground @ [c, s]) < 0.3) & (abs(ground @ [-s, c]) < 0.1)
    assert ((frame[60:] != 120) == inside).mean() > 0.99


def test_patches_leave_walls_and_boxes_alone() -> None:
    wide = np.array([*POSE[:2], 1.0, 0.0, 50.0, 50.0, 0.5])
    frame = patched(wide)
    assert (frame[: int(project(np.array([7.9, 4.5, 0.0]), POSE)[1]) - 2] >= 90).all()


def test_walls_hide_what_stands_beyond_them_up_to_their_height() -> None:
    tall = np.array([[9.5, 4.0, 1.0, 0.0, 0.5, 0.5, 0.0, 3.0]])
    pose = np.array([2.0, 3.0, 0.1])
    shown = {}
    for name, ground in (("room", ROOM), ("open", OPEN_ROOM)):
        looks = Looks([ground], CAMERA, np.zeros(1, dtype=np.intp))
        looks.things = tall[None]
        looks.thing_values = np.full((4, 1, 1), 250, dtype=np.uint8)
        frame = np.empty((1, 120, 160), np.uint8)
        Renderer(ground, CAMERA).grey(pose[None], frame, View.plain(looks, np.zeros(1, int)))
        shown[name] = np.isin(frame[0], (250, 250 * 205 // 256))
    top_of_the_wall = project(np.array([8.128, 3.9, 1.0]), pose)[1]
    rows = np.flatnonzero(shown["room"].any(axis=1))
    assert rows.max() == pytest.approx(top_of_the_wall, abs=1.5)
    np.testing.assert_array_equal(shown["room"][: rows.max() - 1], shown["open"][: rows.max() - 1])
    foot = project(np.array([9.0, 3.5, 0.0]), pose)[1]
    assert np.flatnonzero(shown["open"].any(axis=1)).max() == pytest.approx(foot, abs=1.0)
