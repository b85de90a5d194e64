# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Putting the car elsewhere, from odometry as Gazebo sends it, recorded or made up."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from waiting import wait_until

from deepracer_core.errors import DeviceError
from deepracer_core.pose import Pose
from deepracer_core.track import Track
from deepracer_core.vehicle import DEEPRACER
from deepracer_gazebo import race_control
from deepracer_gazebo.race_control import RaceControl
from deepracer_sim.places import start_pose
from deepracer_sim.plant import PlantCar, PlantSettings
from deepracer_sim.starts import Start
from deepracer_sim.track_files import load_track

RATE = 60.0
AT_LINE = Start(0.0, False)


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


class Body:
    """A car in a simulator that moves it only where it is asked to."""

    def __init__(self, track: Track, start: Start = AT_LINE, speed: float = 0.0) -> None:
        self.control = RaceControl(track, start, move=self.move)
        self.moves: list[tuple[float, float, float]] = []
        self.speeds: list[float] = []
        self.x, self.y, self.yaw = 1.0, 2.0, 0.3
        self.speed, self.braking = speed, 4.0
        self.obeys = True
        self.time = 50.0

    def move(self, x: float, y: float, yaw: float) -> None:
        self.speeds.append(self.speed)
        self.moves.append((x, y, yaw))
        if self.obeys:
            self.x, self.y, self.yaw = x, y, yaw

    def pass_frame(self) -> None:
        self.time += 1.0 / RATE
        self.speed = max(0.0, self.speed - self.braking / RATE)
        self.x += self.speed / RATE
        self.control.see(Pose(self.time, self.x, self.y, self.yaw, self.speed))

    def while_time_passes(self, call: Callable[[], None]) -> None:
        """Run a blocking call, and send odometry until it returns; raises what it raises."""
        with ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(call)

            def passes() -> bool:
                self.pass_frame()
                return outcome.done()

            wait_until(passes, "the end of the call")
            outcome.result()


def test_a_car_is_put_off_the_road_as_well(track: Track) -> None:
    body = Body(track, speed=1.0)
    body.while_time_passes(lambda: body.control.put(4.0, 1.0, -2.0))
    assert body.moves == [(4.0, 1.0, -2.0)]
    assert body.speeds[0] < race_control.REST


def test_a_request_that_gets_lost_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, asked = ["", "", "data: true\n"], []

    def gz(*arguments: str, patience: float) -> str:
        asked.append(arguments)
        return answers[len(asked) - 1]

    monkeypatch.setattr(race_control, "gz", gz)
    race_control.set_pose(1.0, 2.0, 0.5)
    assert len(asked) == 3 and len(set(asked)) == 1


def test_the_car_comes_to_a_stop_before_it_is_moved(track: Track) -> None:
    body = Body(track, Start(0.25, True), speed=2.0)
    body.while_time_passes(body.control.reset)
    assert body.moves == [start_pose(track, Start(0.25, True))]
    assert body.speeds[0] < race_control.REST


@pytest.mark.parametrize("speed", [0.06, 0.5, 2.0])
def test_one_that_does_not_stop_is_moved_after_a_while_and_not_taken_for_at_rest(
    track: Track, speed: float
) -> None:
    body = Body(track, speed=speed)
    body.braking = 0.0
    began = body.time
    with pytest.raises(DeviceError, match="does not rest there"):
        body.while_time_passes(body.control.reset)
    assert len(body.moves) == 1
    longest = race_control.LONGEST_STOP + race_control.LONGEST_MOVE
    assert body.time - began >= longest


def test_gazebos_word_is_not_enough(track: Track) -> None:
    body = Body(track)
    body.obeys = False
    with pytest.raises(DeviceError, match="has moved the car, but it does not rest there"):
        body.while_time_passes(body.control.reset)


def test_the_car_rests_until_its_policy_has_forgotten_the_place_before(track: Track) -> None:
    body = Body(track)
    began = body.time
    body.while_time_passes(body.control.reset)
    assert body.time - began >= race_control.SETTLED


def test_a_reset_goes_to_the_start_of_the_moment(track: Track) -> None:
    body = Body(track)
    body.while_time_passes(body.control.reset)
    body.control.start = Start(0.5, True)
    body.while_time_passes(body.control.reset)
    assert body.moves == [
        start_pose(track, Start(0.0, False)),
        start_pose(track, Start(0.5, True)),
    ]


@pytest.mark.parametrize("direction", ["ccw", "cw"])
def test_recover_is_that_of_the_embedded_simulator(track: Track, direction: str) -> None:
    plant = PlantCar(PlantSettings(start=0.3, direction=direction))
    strayed = plant.motion()
    body = Body(track, Start(0.0, direction == "cw"))
    body.x, body.y, body.yaw = strayed[:3]
    body.pass_frame()
    body.while_time_passes(body.control.recover)
    plant.recover()
    x, y, yaw = body.moves[0]
    assert (x, y) == pytest.approx(plant.motion()[:2], abs=1e-9)
    assert math.remainder(yaw - plant.motion().yaw, math.tau) == pytest.approx(0.0, abs=1e-9)


def test_recover_keeps_a_car_that_strayed_where_it_is_along_the_lap(track: Track) -> None:
    x, y, yaw = start_pose(track, Start(0.6, False))
    body = Body(track)
    body.x, body.y, body.yaw = x - 0.6 * math.sin(yaw), y + 0.6 * math.cos(yaw), yaw
    body.pass_frame()
    body.while_time_passes(body.control.recover)
    assert math.dist(body.moves[0][:2], (x, y)) < 0.5
    front = DEEPRACER.front_points(np.array([body.moves[0]]))
    assert track.centre_line.project(front).offset[0] == pytest.approx(0.0, abs=1e-9)


def test_who_was_never_seen_cannot_be_recovered(track: Track) -> None:
    with pytest.raises(DeviceError, match="has not been seen yet"):
        Body(track).control.recover()


def test_a_world_that_stands_still_is_told(track: Track, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race_control, "LONGEST_SILENCE", 0.2)
    body = Body(track)
    body.pass_frame()
    with pytest.raises(DeviceError, match="no odometry for 0.2 s: Gazebo is paused, or has ended"):
        body.control.reset()
    assert body.moves == []


def test_a_clock_that_goes_back_meanwhile_does_not_end_the_wait(track: Track) -> None:
    body = Body(track, speed=3.0)
    outcome = threading.Thread(target=body.control.reset)
    outcome.start()
    for _ in range(5):
        body.pass_frame()
    body.time = 0.0
    wait_until(lambda: body.pass_frame() or not outcome.is_alive(), "the reset")
    assert len(body.moves) == 1
