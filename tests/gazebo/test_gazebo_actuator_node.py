# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The actuator node as its own process, over real DDS; the clock and the world are the test's."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from fake_gz import FakeGz
from gazebo_world import CALIBRATION, FORWARD, TICK, World, world
from node_graph import running_node
from rcl_interfaces.srv import SetParameters
from rclpy.client import Client
from rclpy.parameter import Parameter
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_core.action_space import Action
from deepracer_core.track import Track
from deepracer_gazebo.actuation import joint_commands
from deepracer_gazebo.car import HINGES, JOINTS, WHEELS
from deepracer_gazebo.race_control import SETTLED
from deepracer_gazebo.topics import BRIDGED
from deepracer_sim.places import start_pose
from deepracer_sim.starts import Start
from deepracer_sim.track_files import load_track


@pytest.fixture(scope="module")
def fake_gz(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGz]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield FakeGz(tmp_path_factory.mktemp("path") / "gz", monkeypatch)


@pytest.fixture(scope="module")
def shared_world(fake_gz: FakeGz) -> Iterator[World]:
    with world() as running:
        yield running


@pytest.fixture
def gazebo(shared_world: World, fake: FakeGz) -> World:
    """The node that all tests share, with a car that stands at the origin."""
    shared_world.place = (0.0, 0.0, 0.0)
    neutral = CALIBRATION.neutral
    shared_world.drive_until(lambda: shared_world.stands, "a car that stands", neutral)
    return shared_world


@pytest.fixture
def fake(fake_gz: FakeGz) -> FakeGz:
    fake_gz.answers("service", "data: true\n")
    fake_gz.forget_calls()
    return fake_gz


@pytest.fixture(scope="module")
def track() -> Track:
    return load_track("reinvent_base").track


def test_pulses_move_all_joints_and_silence_stops_the_wheels(gazebo: World) -> None:
    turning = CALIBRATION.pulses(Action(0.3, 1.5))
    expected = joint_commands(0.3, 1.5)

    def follows() -> bool:
        return all(math.isclose(gazebo.last(j), expected[j], rel_tol=0.01) for j in JOINTS)

    gazebo.drive_until(follows, "joints as commanded", turning)
    gazebo.drive_until(lambda: gazebo.stands, "wheels that stop in silence")
    assert gazebo.last(HINGES[0]) > 0.2  # A servo stays where it is.
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "another drive", FORWARD)


def test_commands_come_at_their_rate_in_simulated_time(gazebo: World) -> None:
    gazebo.pass_time(0.2, FORWARD)
    counts: list[int] = []
    # The timer looks at the clock's ticks; a busy machine may skip some, but not most each time.
    while len(counts) < 5 and not any(count >= 20 for count in counts):
        before = gazebo.commands()
        gazebo.pass_time(2.0, FORWARD)
        counts.append(gazebo.commands()[JOINTS[0]] - before[JOINTS[0]])
    assert 20 <= max(counts) <= 202


def test_while_the_world_is_paused_nothing_runs_out_and_nothing_is_said(gazebo: World) -> None:
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "speed", FORWARD)
    before = gazebo.commands()
    gazebo.observer.spin_for(1.0)
    after = gazebo.commands()
    assert all(after[joint] - before[joint] < 10 for joint in JOINTS)  # A hundred, by wall time.
    speed = gazebo.speed
    gazebo.pass_time(0.04)
    assert gazebo.speed == pytest.approx(speed, abs=0.05)
    gazebo.drive_until(lambda: gazebo.stands, "wheels that stop when time goes on in silence")


def test_where_the_clock_jumps_back_the_car_stands_until_the_next_pulse(gazebo: World) -> None:
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "speed", FORWARD)
    gazebo.time = 0.0
    gazebo.pass_time(0.2)
    # It does not take the time-out.
    gazebo.observer.wait_until(lambda: gazebo.show_clock() or gazebo.stands, "a stop")
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "another drive", FORWARD)


def test_latency_is_from_the_frame_to_its_first_pulse(gazebo: World) -> None:
    latencies = gazebo.observer.listen(Float64, "actuator_node/latency", 10)

    def answer() -> object:
        gazebo.pass_time(TICK)
        gazebo.show_frame()
        gazebo.observer.spin_for(0.02)
        gazebo.send(FORWARD, gazebo.stamp)
        gazebo.send(FORWARD, gazebo.stamp)
        # A node that gets both late, one right after the other, finds less in between.
        return sum(latency.data > 0.01 for latency in latencies) >= 3

    gazebo.observer.wait_until(answer, "three latencies")
    assert all(0.0 < latency.data < 30.0 for latency in latencies)


def set_parameters(gazebo: World, **values: object) -> list[bool]:
    parameters = [Parameter(name, value=value) for name, value in values.items()]
    request = SetParameters.Request(parameters=[each.to_parameter_msg() for each in parameters])
    answer = gazebo.observer.call(SetParameters, "actuator_node/set_parameters", request)
    return [result.successful for result in answer.results]


def ask(gazebo: World, client: Client, meanwhile) -> Trigger.Response:
    """Call a service of the node while simulated time passes."""
    answer = client.call_async(Trigger.Request())
    gazebo.observer.wait_until(lambda: meanwhile() or answer.done(), "an answer")
    return answer.result()


def obey(gazebo: World, fake: FakeGz, pose: tuple[float, float, float]):
    """Go on with time and pulses, and be at the pose once Gazebo has been asked for it."""

    def meanwhile() -> None:
        if fake.calls:
            gazebo.place = pose
        gazebo.pass_time(0.04, FORWARD)

    return meanwhile


@pytest.mark.parametrize("direction", ["ccw", "cw"])
def test_reset_puts_the_car_to_the_start_at_rest(
    fake: FakeGz, track: Track, gazebo: World, direction: str
) -> None:
    assert set_parameters(gazebo, start=0.25, direction=direction) == [True, True]
    pose = start_pose(track, Start(0.25, direction == "cw"))
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "speed", FORWARD)
    response = ask(gazebo, gazebo.reset, obey(gazebo, fake, pose))
    assert response.success, response.message
    assert "at the start" in response.message
    (call,) = fake.calls
    assert call.startswith("service -s /world/deepracer_world/set_pose --reqtype gz.msgs.Pose")
    assert f"x: {pose[0]:.6f}, y: {pose[1]:.6f}" in call
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "a drive afterwards", FORWARD)


def test_while_it_is_moved_the_car_hears_no_pulse(
    fake: FakeGz, track: Track, gazebo: World
) -> None:
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "speed", FORWARD)
    set_parameters(gazebo, start=0.0, direction="ccw")
    answer = gazebo.reset.call_async(Trigger.Request())
    gazebo.drive_until(lambda: fake.calls, "a request to Gazebo", FORWARD)
    gazebo.place = start_pose(track, Start(0.0, False))
    braked = gazebo.commands()
    assert gazebo.stands
    gazebo.pass_time(0.5 * SETTLED, FORWARD)
    moved = gazebo.commands()
    for wheel in WHEELS:
        assert moved[wheel] > braked[wheel]
        assert not any(heard.data for heard in gazebo.heard[wheel][braked[wheel] :])
    assert not answer.done()
    gazebo.drive_until(answer.done, "an answer", FORWARD)
    assert answer.result().success, answer.result().message


def test_a_direction_that_is_none_is_refused(gazebo: World) -> None:
    assert set_parameters(gazebo, direction="up") == [False]


def test_recover_puts_the_car_on_the_centre_line_where_it_is(
    fake: FakeGz, track: Track, gazebo: World
) -> None:
    x, y, yaw = start_pose(track, Start(0.3, False))
    aside = 0.5 * np.array([-math.sin(yaw), math.cos(yaw)])
    set_parameters(gazebo, direction="ccw")
    gazebo.place = (x + aside[0], y + aside[1], yaw + 0.4)
    gazebo.pass_time(0.2)
    response = ask(gazebo, gazebo.recover, lambda: gazebo.pass_time(0.04))
    assert not response.success and "does not rest there" in response.message
    request = fake.calls[0]
    asked = [float(request.split(f"{axis}: ")[1].split(",")[0].rstrip("}")) for axis in "xy"]
    front = np.array([asked]) + 0.14 * np.array([[math.cos(yaw), math.sin(yaw)]])
    assert math.dist(asked, (x, y)) < 0.4
    assert track.centre_line.project(front).offset[0] < 0.08


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (("data: false\n", 0), "Gazebo does not move the car: data: false"),
        (("", 0), "Gazebo does not move the car: no answer to 4 requests"),
        (("Service call failed\n", 0), "Service call failed"),
        (("segmentation fault\n", 139), "gz service -s failed: segmentation fault"),
    ],
)
def test_what_gazebo_refuses_is_told_and_the_car_drives_on(
    fake: FakeGz, gazebo: World, answer: tuple[str, int], complaint: str
) -> None:
    fake.answers("service", *answer)
    response = ask(gazebo, gazebo.reset, lambda: gazebo.pass_time(0.04, FORWARD))
    assert not response.success and complaint in response.message
    gazebo.drive_until(lambda: gazebo.speed > 0.9, "a drive afterwards", FORWARD)


def test_a_second_request_is_refused_while_the_first_is_under_way(
    fake: FakeGz, gazebo: World
) -> None:
    fake.answers("service", "", "hang")
    first = gazebo.reset.call_async(Trigger.Request())
    gazebo.observer.wait_until(lambda: gazebo.pass_time(0.04) or fake.calls, "the first request")
    second = gazebo.observer.call(Trigger, "actuator_node/recover", Trigger.Request())
    assert not second.success and "already" in second.message
    assert not first.done()
    for pid in fake.running:
        os.kill(pid, signal.SIGKILL)
    gazebo.observer.wait_until(first.done, "the first answer")
    assert "gz service -s failed" in first.result().message


def test_a_paused_world_is_told(fake: FakeGz, gazebo: World) -> None:
    response = ask(gazebo, gazebo.reset, lambda: gazebo.observer.spin_for(0.05))
    assert not response.success and "Gazebo is paused, or has ended" in response.message
    assert fake.calls == []


def test_topics_of_the_bridge_are_those_of_the_nodes(gazebo: World) -> None:
    with running_node("deepracer_inference.inference_node"):
        mine = gazebo.observer.node.get_name()

        def types(topic: str) -> set[str]:
            node = gazebo.observer.node
            ends = node.get_subscriptions_info_by_topic(topic)
            if topic.startswith("joint_commands"):
                ends = node.get_publishers_info_by_topic(topic)
            return {end.topic_type for end in ends if end.node_name != mine}

        for topic in BRIDGED:
            if not topic.lazy:
                gazebo.observer.wait_until(
                    lambda topic=topic: types(topic.ros_topic) == {topic.ros_type}, topic.ros_topic
                )
