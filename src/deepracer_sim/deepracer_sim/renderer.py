# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From poses to camera frames, many at a time.

A frame is drawn as a painter would: ground, walls and sky first, then what lies and stands on the
ground, then the faults of lens and sensor. Where looks are plain, a grey frame is to the bit what
`to_grey` makes of the colour frame: tables that OpenCV itself computed see to that.

Batches are split among plain threads, as the compiled code holds no interpreter lock. Numba's own
parallel loops spin while they wait, and crawl as soon as another process wants a core.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepracer_core.vehicle import CameraSpec
from deepracer_sim import counter_random
from deepracer_sim.grain import add_grain, noise_strip
from deepracer_sim.ground import GroundTables, draw_ground
from deepracer_sim.looks import GREY, Looks
from deepracer_sim.overlay import draw_scenery
from deepracer_sim.painter import GroundMap

# Below so many frames a thread, handing them out costs more than it saves.
_FRAMES_A_THREAD = 8
# Frames that are drawn on several times stay in the processor's cache until they are finished.
_FRAMES_IN_CACHE = 16
_SAME = np.arange(256, dtype=np.uint8)  # A table that leaves colour indices as they are.


class View(NamedTuple):
    """What K frames show besides their poses.

    Attributes:
        looks: of all cars.
        rows: (K,) which of the looks each frame has.
        steps: (K,) counts that choose a frame's noise.
        objects: (K, N, 8) what stands on the field, boxes as in `overlay`.
        object_values: (4, N) blue, green, red and grey of them.
    """

    looks: Looks
    rows: NDArray[np.intp]
    steps: NDArray[np.int64]
    objects: NDArray[np.float64]
    object_values: NDArray[np.uint8]

    @classmethod
    def plain(cls, looks: Looks, rows: NDArray[np.intp]) -> View:
        """Return a view of tracks without objects."""
        nothing = np.zeros((len(rows), 0, 8)), np.zeros((4, 0), dtype=np.uint8)
        return cls(looks, rows, np.zeros(len(rows), dtype=np.int64), *nothing)


class Renderer:
    """Renders what the cameras of any number of cars see on painted tracks."""

    def __init__(
        self,
        grounds: GroundMap | Sequence[GroundMap],
        camera: CameraSpec,
        threads: int | None = None,
    ) -> None:
        """Prepare the lookup tables for maps and a camera.

        Args:
            grounds: the painted track, or several.
            camera: where on the car it is and what it sees.
            threads: among how many to split a batch; by default one a core.
        """
        maps = [grounds] if isinstance(grounds, GroundMap) else list(grounds)
        self._threads = threads or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(max(1, self._threads - 1), "renderer")
        self._camera = camera
        self._ground = tuple(_ground_tables(maps))
        self._strip = noise_strip(camera.width * camera.height_px)
        self.plain_looks = Looks(maps, camera, np.arange(len(maps)))

    def grey(
        self, poses: NDArray[np.float64], out: NDArray[np.uint8], view: View | None = None
    ) -> None:
        """Render grey frames.

        Args:
            poses: (K, 3) x, y [m] and yaw [rad] of base_link.
            out: (K, 120, 160) uint8, written to.
            view: what the frames show; by default the first map as it is.
        """
        self._render(poses, out, GREY, view or self._first_map(len(poses)))

    def bgr(self, poses: NDArray[np.float64], view: View | None = None) -> NDArray[np.uint8]:
        """Render colour frames (K, 120, 160, 3), BGR, of poses (K, 3)."""
        shape = (len(poses), self._camera.height_px, self._camera.width)
        frames = np.empty((3, *shape), dtype=np.uint8)
        for channel in range(3):
            self._render(poses, frames[channel], channel, view or self._first_map(len(poses)))
        return np.ascontiguousarray(np.moveaxis(frames, 0, -1))

    def _first_map(self, count: int) -> View:
        return View.plain(self.plain_looks, np.zeros(count, dtype=np.intp))

    def _render(
        self, poses: NDArray[np.float64], out: NDArray[np.uint8], channel: int, view: View
    ) -> None:
        count = len(poses)
        parts = max(1, min(self._threads, count // _FRAMES_A_THREAD))
        bounds = [count * part // parts for part in range(parts + 1)]
        draw = self._painter(np.ascontiguousarray(poses), out, channel, view)
        others = [
            self._pool.submit(draw, bounds[part], bounds[part + 1]) for part in range(1, parts)
        ]
        draw(0, bounds[1])
        for other in others:
            other.result()

    def _painter(
        self, poses: NDArray[np.float64], out: NDArray[np.uint8], channel: int, view: View
    ) -> Callable[[int, int], None]:
        """Return a function that draws the frames from and up to two numbers."""
        looks, forward = view.looks, self._camera.forward
        lines = tuple(looks.lines)
        colours = (looks.single[channel], looks.pair[channel])
        ends = np.empty((*out.shape[:2], 2), dtype=np.int16)
        things = (looks.things, looks.thing_values[channel])
        lit = view.object_values[channel] * looks.gain[view.rows, None]
        values = np.rint(np.minimum(lit, 255.0)).astype(np.uint8)
        places = counter_random.bits(looks.seeds[view.rows], view.steps)
        is_bare = not (looks.patches.size or looks.things.size or view.objects.size)
        is_done_at_once = is_bare and not looks.is_grainy

        def draw(first: int, last: int) -> None:
            step = max(1, last - first) if is_done_at_once else _FRAMES_IN_CACHE
            for begin in range(first, last, step):
                some = slice(begin, min(begin + step, last))
                seen, rows, frames = poses[some], view.rows[some], out[some]
                draw_ground(
                    seen,
                    rows,
                    looks.maps,
                    forward,
                    lines,
                    self._ground,
                    colours,
                    _SAME,
                    ends[some],
                    frames,
                )
                if not is_bare:
                    objects = (view.objects[some], values[some])
                    draw_scenery(
                        seen,
                        rows,
                        forward,
                        lines,
                        ends[some],
                        looks.patches,
                        things,
                        objects,
                        frames,
                    )
                if looks.is_grainy:
                    add_grain(rows, looks.blur, looks.noise, places[some], self._strip, frames)

        return draw


def _ground_tables(maps: Sequence[GroundMap]) -> GroundTables:
    levels = [level for ground in maps for level in ground.levels]
    shape = (len(maps), -1)
    starts = np.concatenate(([0], np.cumsum([level.size for level in levels])[:-1]))
    return GroundTables(
        cells=np.concatenate([level.ravel() for level in levels]),
        starts=starts.astype(np.int64).reshape(shape),
        columns=np.array([level.shape[1] for level in levels], dtype=np.int64).reshape(shape),
        place=np.array([(*ground.origin, *ground.rectangle) for ground in maps]),
        fill=np.array([(ground.beyond, ground.sky) for ground in maps], dtype=np.uint64),
    )
