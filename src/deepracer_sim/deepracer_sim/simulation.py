# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A batch of cars, each alone on its copy of a track: stepping, rules and what they see.

One step is one camera frame. The order in a step is that of the hosted service: the action is
applied, the world moves on, the rules are checked, the next frame is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deepracer_core.errors import ConfigError
from deepracer_core.observation import FRAME_HEIGHT, FRAME_WIDTH
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_sim import dynamics
from deepracer_sim.courses import Courses
from deepracer_sim.object_settings import TIME_TRIAL, ObjectSettings
from deepracer_sim.objects import Objects
from deepracer_sim.places import Places, driven
from deepracer_sim.randomization import EXACT, Randomization
from deepracer_sim.renderer import Renderer, View
from deepracer_sim.scenes import TrackNames, load_scenes
from deepracer_sim.starts import Start, direction_of
from deepracer_sim.variation import Variation

Array = NDArray[np.float64]
STEP_TIME = 1.0 / 15.0  # [s], the frame rate that DeepRacer models are trained at


class Status(IntEnum):
    """Why an episode goes on or has ended, by the names that logs use in lower case."""

    IN_PROGRESS = 0
    LAP_COMPLETE = 1
    OFF_TRACK = 2
    IMMOBILIZED = 3
    REVERSED = 4
    TIME_UP = 5
    CRASHED = 6

    @property
    def label(self) -> str:
        """The name as logs and results write it."""
        return self.name.lower()


class Simulation:
    """Cars on one track or several, stepped together. All arrays have one row a car (B).

    Attributes:
        groups: the tracks, and which cars are on each.
        track_index: (B,) which of the tracks each car is on.
        state: (B, 5) x, y [m], yaw [rad], speed [m/s], steering angle [rad].
        commands: (B, 2) steering angle [rad] and speed [m/s] of the last step, as commanded.
        car: (B, 7) dynamic parameters, see `dynamics.parameters`; rows may be varied.
        reverse: (B,) whether the car drives against the track's direction.
        progress: (B,) [%] of the lap since the start.
        progress_made: (B,) [%] of it in the last step.
        steps: (B,) steps since the last reset.
        status: (B,) values of `Status`.
        offset: (B,) [m] distance of the front point from the centre line.
        wheels_on_road: (B, 4).
        crashed: (B,) whether the car touches an object.
        objects: what else is on the road; None in a time trial.
        time_limit: (B,) [s] for a lap, by the length of the track.
    """

    # An episode ends after this many steps of standing still or of going backwards.
    PATIENCE = 15
    STANDSTILL = 0.0003  # [m] a step

    def __init__(
        self,
        track: TrackNames,
        count: int,
        vehicle: VehicleSpec = DEEPRACER,
        max_steps: int | None = None,
        threads: int | None = None,
        randomization: Randomization = EXACT,
        objects: ObjectSettings = TIME_TRIAL,
    ) -> None:
        """Put `count` cars on a track, or spread them over several: car i on track i mod n.

        Args:
            track: name, or path of a route or track file; several with commas, or a sequence.
            count: how many cars.
            vehicle: the car.
            max_steps: longest episode; by default as many as fit into `time_limit`.
            threads: among how many to split rendering; by default one a core.
            randomization: how much the world differs from episode to episode.
            objects: what else is on the road.

        Raises:
            TrackError: a track is unknown or malformed.
            ConfigError: there are more tracks than cars, or objects than a track has room for.
        """
        scenes = load_scenes(track)
        self._courses = courses = Courses([scene.track for scene in scenes], count)
        self.groups, self.track_index = courses.groups, courses.index
        self.vehicle = vehicle
        self.time_limit = courses.time_limit
        self._max_steps = np.rint(self.time_limit / STEP_TIME) if max_steps is None else max_steps
        self.renderer = Renderer([scene.ground for scene in scenes], vehicle.camera, threads)
        self.count = count
        self.state = np.zeros((count, 5))
        self.commands = np.zeros((count, 2))
        self.car = dynamics.parameters(vehicle, count)
        self.reverse = np.zeros(count, dtype=bool)
        self.progress = np.zeros(count)
        self.progress_made = np.zeros(count)
        self.steps = np.zeros(count, dtype=np.int64)
        self.status = np.zeros(count, dtype=np.int64)
        self.offset = np.zeros(count)
        self.wheels_on_road = np.ones((count, 4), dtype=bool)
        self.crashed = np.zeros(count, dtype=bool)
        self.objects = None if objects.kind == "none" else Objects(courses, objects)
        self._places = Places(courses, vehicle, self.objects)
        self._variation = None
        if randomization.is_on:
            self._variation = Variation(randomization, scenes, vehicle, courses.index)
        self._all = np.arange(count)
        self._start = np.zeros(count)
        self._still = np.zeros(count, dtype=np.int64)
        self._backwards = np.zeros(count, dtype=np.int64)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All tracks, in the order in which they were named."""
        return tuple(group.track for group in self.groups)

    @property
    def track(self) -> Track:
        """The only track.

        Raises:
            ConfigError: there are several.
        """
        if len(self.groups) > 1:
            raise ConfigError(f"cars drive on {len(self.groups)} tracks: name a single one")
        return self.groups[0].track

    def reset(
        self,
        cars: NDArray[np.intp],
        starts: Sequence[Start],
        generators: Sequence[np.random.Generator] | None = None,
    ) -> None:
        """Put some cars (K,) at rest on the centre line, facing along it.

        Args:
            cars: which.
            starts: a start for each; where objects at given places are near, it moves back.
            generators: one for each; needed where randomisation or random objects draw.

        Raises:
            ConfigError: generators are needed.
        """
        if generators is None:
            if self._variation or (self.objects and self.objects.are_random):
                raise ConfigError("random episodes need generators: give reset one for each car")
            generators = ()
        shares, turned = np.array(starts).T
        reverse = self.reverse[cars] = turned > 0.0
        length = self._courses.length[cars]
        distance = self._places.inside(cars, shares * length)
        aside = angle = np.zeros(len(cars))
        if self._variation:
            self.car[cars], aside, angle = self._variation.reset(cars, generators)
        if self.objects:
            self.objects.reset(cars, driven(distance, reverse, length), reverse, generators)
            distance = self._places.clear(cars, distance, reverse)
        self.steps[cars] = 0
        self._begin(cars, distance, aside, angle)

    def put_back(self, cars: NDArray[np.intp]) -> Array:
        """Put some cars (K,) at rest on the centre line where they are, in the world as it is.

        Where an object is too near, a car goes farther back, on an open track at most to its
        beginning. There it begins a new lap.

        Returns:
            How far (K,) [%] that place is in the laps that end; negative behind their start.
        """
        length, reverse = self._courses.length[cars], self.reverse[cars]
        closed, begun = self._courses.closed[cars], self._start[cars]
        share, _ = self._courses.locate(self.front_points())
        here = share[cars] * length
        there = self._places.clear(cars, self._places.inside(cars, here), reverse)
        back = np.where(reverse, there - here, here - there)
        back = np.where(closed, back % length, back) / np.where(closed, 1.0, 1.0 - begun)
        reached: Array = self.progress[cars] - 100.0 * back / length
        if self._variation:
            self._variation.actuators.forget(cars)
        self._begin(cars, there)
        return reached

    def begin_laps(self, cars: NDArray[np.intp]) -> None:
        """Let some cars (K,) on closed tracks, which drive on, begin a new lap where they are."""
        share, _ = self._courses.locate(self.front_points())
        self._start[cars] = driven(share, self.reverse)[cars]
        self.progress[cars] = 0.0
        self.status[cars] = Status.IN_PROGRESS

    def step(self, commands: Array, duration: float = STEP_TIME) -> None:
        """Apply commands (B, 2), steering angle [rad] and speed [m/s], for one step [s]."""
        self.commands[:] = commands
        before = self.state[:, :2].copy()
        acting = self.commands
        if self._variation:
            acting = self._variation.actuators.acting(acting, self.steps)
        dynamics.advance(self.state, acting, self.car, duration)
        self._observe(before, duration)

    def follow(self, state: Array, commands: Array, duration: float = STEP_TIME) -> None:
        """Take it that something else has moved the cars in one step [s].

        Args:
            state: (B, 5) where they are now.
            commands: (B, 2) steering angle [rad] and speed [m/s] with which they came there.
            duration: of the step.
        """
        before = self.state[:, :2].copy()
        self.state[:], self.commands[:] = state, commands
        self._observe(before, duration)

    def _observe(self, before: Array, duration: float) -> None:
        """See what a step from positions (B, 2) [m] has led to."""
        share, self.offset = self._courses.locate(self.front_points())
        previous, share = self.progress, driven(share, self.reverse)
        self.progress = self._courses.progress(share, self._start, previous)
        self.progress_made = self.progress - previous
        self.wheels_on_road = self._courses.on_road(self.vehicle.wheel_points(self.state))
        self.steps += 1
        if self.objects:
            self.objects.move(duration)
            self.crashed = self.objects.are_hit(self.state)
        self._judge(np.hypot(*(self.state[:, :2] - before).T))

    def frames(
        self, cars: NDArray[np.intp] | None = None, out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """Return what the cars see, or some of them (K,): grey pictures (B or K, 120, 160)."""
        cars = self._all if cars is None else cars
        if out is None:
            out = np.empty((len(cars), FRAME_HEIGHT, FRAME_WIDTH), dtype=np.uint8)
        self.renderer.grey(self.state[cars, :3], out, self._view(cars))
        return out

    def colour_frames(self, cars: NDArray[np.intp] | None = None) -> NDArray[np.uint8]:
        """Return the same pictures in colour, BGR (B or K, 120, 160, 3)."""
        cars = self._all if cars is None else cars
        return self.renderer.bgr(self.state[cars, :3], self._view(cars))

    def direction(self, car: int) -> Literal["ccw", "cw"]:
        """Return which way round a car drives."""
        return direction_of(self.tracks[self.track_index[car]], bool(self.reverse[car]))

    def front_points(self) -> Array:
        """Return the positions (B, 2) [m] that count on the track: the cars' front points."""
        return self.vehicle.front_points(self.state)

    def _view(self, cars: NDArray[np.intp]) -> View:
        if self._variation:
            view = View.plain(self._variation.looks, cars)._replace(steps=self.steps[cars])
        else:
            view = View.plain(self.renderer.plain_looks, self.track_index[cars])
        if not self.objects:
            return view
        boxes, colours = self.objects.boxes(cars), self.objects.colours
        return view._replace(objects=boxes, object_values=colours)

    def _judge(self, moved: Array) -> None:
        self._still = np.where(moved <= self.STANDSTILL, self._still + 1, 0)
        self._backwards = np.where(self.progress_made < 0.0, self._backwards + 1, 0)
        # The first that holds counts, so it is written last.
        self.status = np.zeros(self.count, dtype=np.int64)
        self.status[self.steps >= self._max_steps] = Status.TIME_UP
        self.status[self._backwards >= self.PATIENCE] = Status.REVERSED
        self.status[self._still >= self.PATIENCE] = Status.IMMOBILIZED
        self.status[~self.wheels_on_road.any(axis=1)] = Status.OFF_TRACK
        self.status[self.crashed] = Status.CRASHED
        self.status[self.progress >= 100.0] = Status.LAP_COMPLETE

    def _begin(
        self,
        cars: NDArray[np.intp],
        distance: Array,
        aside: Array | float = 0.0,
        angle: Array | float = 0.0,
    ) -> None:
        """Put cars (K,) at rest at the start of a lap; arguments as in `Places.states`."""
        reverse = self.reverse[cars]
        self.state[cars] = self._places.states(cars, distance, reverse, aside, angle)
        self._start[cars] = driven(distance / self._courses.length[cars], reverse)
        self.offset[cars] = np.abs(aside)
        self.commands[cars] = 0.0
        self.status[cars] = Status.IN_PROGRESS
        self._still[cars] = 0
        self._backwards[cars] = 0
        self.progress[cars] = 0.0
        self.progress_made[cars] = 0.0
        self.wheels_on_road[cars] = True
        self.crashed[cars] = False
