# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The compiled loop that draws what lies or stands on the ground: light, shade and boxes.

Along a row of the picture, all that decides whether a pixel shows a thing is linear in the pixel's
column: on which side of a patch's edge the ground is, between which upright edges of a box's side
the ray passes, and (because one over the distance of an upright plane is linear too) whether it
meets that side below its upper and above its lower edge. So each row of a patch or of a side is a
run of pixels, found without testing any, and boxes right beside the camera need no clipping.

Patches are rows of 7 numbers: x, y of the centre [m], cosine and sine of the heading, half the
length and half the width [m], and by how much the values inside are multiplied. Boxes are rows of
8: the same up to the width, then the heights of the lower and of the upper face [m]. Only their
sides are drawn, so the camera must not look down on an upper face.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from deepracer_sim.sight_lines import ABOVE, SKY

# Sides that face across a box's heading get this many 256ths of the light of the others.
_DIMMED = 205
# Patches further away [m] than this and their own size do not show.
_FARTHEST_PATCH = 6.0
# Corners nearer ahead than this [m] are not projected to find a side's rows.
_NEAREST = 0.05


@numba.njit(cache=True, inline="always")
def _narrow(start, step, first, last):  # type: ignore[no-untyped-def]
    """Narrow the pixels first..last to those with start + step * pixel >= 0."""
    if step == 0.0:
        return (first, last) if start >= 0.0 else (first, first)
    # Clamped before rounding: it may be beyond any integer.
    root = min(max(-start / step, first - 1.0), last + 1.0)
    if step > 0.0:
        return max(first, int(math.ceil(root))), last
    return first, min(last, int(math.floor(root)) + 1)


@numba.njit(cache=True, inline="always")
def _seen_from(eye, x, y):  # type: ignore[no-untyped-def]
    """Return how far [m] a point of the world is ahead and to the left of the camera."""
    dx, dy = x - eye[0], y - eye[1]
    return dx * eye[2] + dy * eye[3], dy * eye[2] - dx * eye[3]


@numba.njit(cache=True)
def _lay_patch(eye, patch, aheads, acrosses, kinds, ends, frame):  # type: ignore[no-untyped-def]
    """Multiply the ground's values inside a patch."""
    ahead, left = _seen_from(eye, patch[0], patch[1])
    half_length, half_width, factor = patch[4], patch[5], patch[6]
    size = half_length + half_width
    if factor == 1.0 or ahead < -size or math.hypot(ahead, left) > size + _FARTHEST_PATCH:
        return
    # The patch's axes in the camera's frame.
    c = patch[2] * eye[2] + patch[3] * eye[3]
    s = patch[3] * eye[2] - patch[2] * eye[3]
    gain = np.uint32(factor * 256.0)
    reach = abs(c) * half_length + abs(s) * half_width
    height, width = frame.shape
    for v in range(height):
        away = aheads[v, 0] - ahead
        if abs(away) > reach or kinds[v] == ABOVE or kinds[v] == SKY:
            continue
        across = acrosses[v, 0]
        side = across * (width - 1) / 2.0 - left
        along, along_step = away * c + side * s, -across * s
        beside, beside_step = side * c - away * s, -across * c
        first, last = int(ends[v, 0]), int(ends[v, 1])
        first, last = _narrow(half_length + along, along_step, first, last)
        first, last = _narrow(half_length - along, -along_step, first, last)
        first, last = _narrow(half_width + beside, beside_step, first, last)
        first, last = _narrow(half_width - beside, -beside_step, first, last)
        for u in range(first, last):
            frame[v, u] = min((frame[v, u] * gain) >> np.uint32(8), np.uint32(255))


@numba.njit(cache=True, inline="always")
def _row_of(camera, ahead, z, rows):  # type: ignore[no-untyped-def]
    """Return the row, unbounded, of a point `ahead` [m] and z [m] high, and the point's depth."""
    depth = ahead * camera[1] + (camera[0] - z) * camera[2]
    below = (camera[0] - z) * camera[1] - ahead * camera[2]
    return camera[3] * below / max(depth, 1e-9) + (rows - 1) / 2.0, depth


@numba.njit(cache=True, inline="always")
def _rows_between(camera, low, high, a, b, rows):  # type: ignore[no-untyped-def]
    """Return the rows, from and up to, in which a side with corners `a` and `b` ahead can show."""
    top_a, depth_a = _row_of(camera, a, high, rows)
    top_b, depth_b = _row_of(camera, b, high, rows)
    if min(a, b, depth_a, depth_b) < _NEAREST:
        return 0, rows
    bottom = max(_row_of(camera, a, low, rows)[0], _row_of(camera, b, low, rows)[0])
    top = min(max(min(top_a, top_b), 0.0), float(rows))
    return int(top), int(min(max(bottom + 1.0, 0.0), float(rows)))


@numba.njit(cache=True)
def _draw_side(camera, low, high, a, b, value, clip, frame):  # type: ignore[no-untyped-def]
    """Fill an upright side between heights low..high whose corners a and b the camera sees.

    Corners are (ahead, left) [m] of the camera; `clip` (rows, 2) bounds the pixels of each row.
    """
    (ax, ay), (bx, by) = a, b
    span = ax * by - ay * bx
    if span < 0.0:  # b is the left one from here on
        ax, ay, bx, by, span = bx, by, ax, ay, -span
    if span < 1e-9:
        return
    height, cosine, sine, focal = camera[0], camera[1], camera[2], camera[3]
    rows, width = frame.shape
    top, bottom = _rows_between(camera, low, high, ax, bx, rows)
    # The ray of a pixel goes forward and to its left side; both per unit of distance.
    left, left_step = (width - 1) / 2.0 / focal, -1.0 / focal
    for v in range(top, bottom):
        first, last = int(clip[v, 0]), int(clip[v, 1])
        if first >= last:
            continue
        tilt = (v - (rows - 1) / 2.0) / focal
        forward, down = cosine - sine * tilt, sine + cosine * tilt
        first, last = _narrow(ax * left - ay * forward, ax * left_step, first, last)
        first, last = _narrow(by * forward - bx * left, -bx * left_step, first, last)
        # One over the distance at which the ray meets the side's plane.
        near = ((by - ay) * forward - (bx - ax) * left) / span
        near_step = -(bx - ax) * left_step / span
        reach = height - low
        first, last = _narrow(near * reach - down, near_step * reach, first, last)
        reach = height - high
        first, last = _narrow(down - near * reach, -near_step * reach, first, last)
        for u in range(first, last):
            frame[v, u] = value


@numba.njit(cache=True)
def _draw_box(eye, camera, box, value, clip, frame):  # type: ignore[no-untyped-def]
    """Draw the one or two sides of a box that face the camera."""
    x, y, c, s, half_length, half_width, low, high = box
    # Where the camera is in the box's frame tells which sides face it.
    dx, dy = eye[0] - x, eye[1] - y
    along, beside = dx * c + dy * s, dy * c - dx * s
    if abs(along) > half_length:
        end = math.copysign(half_length, along)
        a = _seen_from(eye, x + end * c - half_width * s, y + end * s + half_width * c)
        b = _seen_from(eye, x + end * c + half_width * s, y + end * s - half_width * c)
        _draw_side(camera, low, high, a, b, value, clip, frame)
    if abs(beside) > half_width:
        side = math.copysign(half_width, beside)
        a = _seen_from(eye, x + half_length * c - side * s, y + half_length * s + side * c)
        b = _seen_from(eye, x - half_length * c - side * s, y - half_length * s + side * c)
        dimmed = np.uint8((np.uint32(value) * np.uint32(_DIMMED)) >> np.uint32(8))
        _draw_side(camera, low, high, a, b, dimmed, clip, frame)


@numba.njit(cache=True)
def _draw_boxes(eye, camera, shapes, values, clip, order, frame):  # type: ignore[no-untyped-def]
    """Draw boxes, the farthest first; those that the camera cannot see are left out."""
    count = 0
    away = np.empty(len(shapes))
    for n in range(len(shapes)):
        ahead, left = _seen_from(eye, shapes[n, 0], shapes[n, 1])
        away[n] = math.hypot(ahead, left)
        size = shapes[n, 4] + shapes[n, 5]
        if abs(left) - size > 2.0 * (ahead + size):  # the camera sees less than 60 degrees aside
            continue
        place = count
        while place > 0 and away[order[place - 1]] < away[n]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = n
        count += 1
    for n in order[:count]:
        _draw_box(eye, camera, shapes[n], values[n], clip, frame)


@numba.njit(cache=True, nogil=True)
def draw_scenery(poses, rows, forward, look, ends, patches, things, objects, out):  # type: ignore[no-untyped-def]
    """Draw light and shade, things beyond the field, and objects over K frames of ground.

    Args:
        poses: (K, 3) x, y [m] and yaw [rad] of base_link.
        rows: (K,) which look each frame has.
        forward: [m] of the camera ahead of base_link.
        look: SightLines of R looks, as a plain tuple.
        ends: (K, height, 2) from `draw_ground`.
        patches: (R, P, 7) of light and shade, for each look.
        things: boxes (R, C, 8) that stand beyond the field, and their values (R, C); walls hide
            them up to their height.
        objects: boxes (K, N, 8) on the field, for each frame, and their values (K, N).
        out: (K, height, width) uint8, drawn on.
    """
    aheads, acrosses, _, _, kinds, cameras = look
    height, width = out.shape[1], out.shape[2]
    whole = np.zeros((height, 2), np.int16)
    whole[:, 1] = width
    open_sky = np.zeros((height, 2), np.int16)
    order = np.empty(max(things[0].shape[1], objects[0].shape[1]), np.int64)
    for k in range(len(poses)):
        r = rows[k]
        c, s = math.cos(poses[k, 2]), math.sin(poses[k, 2])
        eye = (poses[k, 0] + forward * c, poses[k, 1] + forward * s, c, s)
        camera, kind, frame = cameras[r], kinds[r], out[k]
        for p in range(patches.shape[1]):
            _lay_patch(eye, patches[r, p], aheads[r], acrosses[r], kind, ends[k], frame)
        if things[0].shape[1]:
            for v in range(height):
                above = kind[v] == ABOVE
                shown = above or kind[v] == SKY or camera[4] == 0.0
                open_sky[v, 0] = ends[k, v, 0] if above else 0
                open_sky[v, 1] = ends[k, v, 1] if above else width * shown
            _draw_boxes(eye, camera, things[0][r], things[1][r], open_sky, order, frame)
        if objects[0].shape[1]:
            _draw_boxes(eye, camera, objects[0][k], objects[1][k], whole, order, frame)
