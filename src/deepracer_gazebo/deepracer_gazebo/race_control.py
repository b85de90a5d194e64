# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Puts Gazebo's car elsewhere, at rest.

A model that Gazebo moves keeps its velocity, and there is no service that takes it away. So the
car, whose motor must be off already, first comes to a stop; then it is moved; then it is seen
where it shall be, at rest, for so long that a policy which remembers some frames has forgotten the
place before. All of that is in simulated time, which therefore has to pass: a paused world is an
error. Whoever times a lap may see some seconds in which the car stands.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import numpy as np

from deepracer_core.errors import DeviceError
from deepracer_core.pose import Pose
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER, VehicleSpec
from deepracer_gazebo.gz import gz
from deepracer_gazebo.topics import MODEL, WORLD
from deepracer_sim.places import start_pose
from deepracer_sim.starts import Start, start_nearby

REST = 0.05  # [m/s]
LONGEST_STOP = 2.0  # [s, simulated]; a car on its roof may slide on for longer, and is moved then
NEAR, ALIGNED = 0.03, 0.05  # [m], [rad]
SETTLED = 0.3  # [s, simulated] at rest; five frames of 15 a second
LONGEST_MOVE = 2.0  # [s, simulated] until then, after Gazebo said that it is done
LONGEST_SILENCE = 5.0  # [s] without odometry
ANSWER_WITHIN = 2.0  # [s]; of some requests, Gazebo's discovery finds the receiver late or never
ATTEMPTS = 4  # Who is moved to the same place twice is there.


def set_pose(x: float, y: float, yaw: float) -> None:
    """Ask Gazebo to move the car to a pose [m, m, rad] on the ground.

    Raises:
        DeviceError: it does not answer, or refuses.
    """
    z, w = math.sin(yaw / 2.0), math.cos(yaw / 2.0)
    request = f'name: "{MODEL}", position: {{x: {x:.6f}, y: {y:.6f}}}, '
    request += f"orientation: {{z: {z:.9f}, w: {w:.9f}}}"
    types = ("--reqtype", "gz.msgs.Pose", "--reptype", "gz.msgs.Boolean")
    timeout_ms = f"{ANSWER_WITHIN * 1000.0:.0f}"
    service = ("service", "-s", f"/world/{WORLD}/set_pose", *types, "--timeout", timeout_ms)
    for _ in range(ATTEMPTS):
        answer = gz(*service, "--req", request, patience=5.0 * ANSWER_WITHIN)
        if "data: true" in answer:
            return
        if answer.strip():
            raise DeviceError(f"Gazebo does not move the car: {' '.join(answer.split())}")
    raise DeviceError(
        f"Gazebo does not move the car: no answer to {ATTEMPTS} requests of {ANSWER_WITHIN:g} s"
    )


class RaceControl:
    """Knows by odometry where the car is, and moves it.

    Poses come in one thread, `reset` and `recover` block another.
    """

    def __init__(
        self,
        track: Track,
        start: Start,
        vehicle: VehicleSpec = DEEPRACER,
        move: Callable[[float, float, float], None] = set_pose,
    ) -> None:
        """Prepare.

        Args:
            track: where the car is.
            start: where `reset` puts it; may be replaced.
            vehicle: the car.
            move: moves it in the simulator, to x, y [m] and yaw [rad].
        """
        self.start = start
        self._track, self._vehicle, self._move = track, vehicle, move
        self._seen = threading.Condition()
        self._pose: Pose | None = None
        self._speed = math.inf

    def see(self, pose: Pose) -> None:
        """Take the car's pose; once a frame is enough."""
        with self._seen:
            last, self._pose = self._pose, pose
            self._speed = math.inf
            if last is not None and pose.time > last.time:
                self._speed = math.dist(pose[1:3], last[1:3]) / (pose.time - last.time)
            self._seen.notify_all()

    def reset(self) -> None:
        """Put the car at rest at the start.

        Raises:
            DeviceError: Gazebo is not there, is paused, or does not do it.
        """
        self._place(self.start)

    def recover(self) -> None:
        """Put the car at rest on the centre line where it is now; raises as `reset` does."""
        with self._seen:
            pose = self._pose
        if pose is None:
            raise DeviceError("the car has not been seen yet: is Gazebo running?")
        (front_point,) = self._vehicle.front_points(np.array([pose[1:4]]))
        self._place(start_nearby(self._track, front_point, self.start.reverse))

    def put(self, x: float, y: float, yaw: float) -> None:
        """Put the car at rest at a pose [m, m, rad] of base_link; raises as `reset` does."""
        self._wait(lambda _: self._speed < REST, LONGEST_STOP)
        self._move(x, y, yaw)
        arrived = math.inf

        def has_settled(pose: Pose) -> bool:
            nonlocal arrived
            near = math.dist(pose[1:3], (x, y)) < NEAR
            aligned = abs(math.remainder(pose.yaw - yaw, math.tau)) < ALIGNED
            there = near and aligned and self._speed < REST
            arrived = min(arrived, pose.time) if there else math.inf
            return pose.time - arrived >= SETTLED

        if not self._wait(has_settled, LONGEST_MOVE):
            raise DeviceError(
                "Gazebo has moved the car, but it does not rest there: see it with gui:=true"
            )

    def _place(self, start: Start) -> None:
        self.put(*start_pose(self._track, start, self._vehicle))

    def _wait(self, condition: Callable[[Pose], bool], longest: float) -> bool:
        """Wait for a new pose with which the condition holds, so long [s, simulated] at most."""
        with self._seen:
            began: float | None = None
            while True:
                if not self._seen.wait(LONGEST_SILENCE) or self._pose is None:
                    raise DeviceError(
                        f"no odometry for {LONGEST_SILENCE:g} s: Gazebo is paused, or has ended"
                    )
                if condition(self._pose):
                    return True
                began = self._pose.time if began is None else min(began, self._pose.time)
                if self._pose.time - began > longest:
                    return False
