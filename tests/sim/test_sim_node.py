# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The simulator node as its own process, over real DDS."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest
from nav_msgs.msg import Odometry
from node_graph import EVERYTHING, Observer, refusal, running_node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.vehicle import DEEPRACER
from deepracer_interfaces.msg import PwmPulses
from deepracer_ros.image_messages import image_to_bgr
from deepracer_ros.qos import COMMAND
from deepracer_sim.plant import PlantCar, PlantSettings

FPS = 30.0
FORWARD = Calibration().pulses(Action(0.0, 1.0))


def seconds(stamp) -> float:
    return stamp.sec + stamp.nanosec * 1e-9


class Simulator:
    """The node, and what it publishes."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer
        self.images = observer.listen(Image, "image_raw", EVERYTHING)
        self.odometry = observer.listen(Odometry, "odom", EVERYTHING)
        self.clock = observer.listen(Clock, "/clock", EVERYTHING)
        self._pwm = observer.node.create_publisher(PwmPulses, "pwm", COMMAND)
        self.wait(lambda: self.images and self.odometry and self.clock, "frames")

    def wait(self, condition, what: str) -> None:
        self.observer.wait_until(condition, what)

    @property
    def now(self) -> float:
        return seconds(self.clock[-1].clock)

    @property
    def speed(self) -> float:
        return self.odometry[-1].twist.twist.linear.x

    @property
    def place(self) -> tuple[float, float]:
        position = self.odometry[-1].pose.pose.position
        return position.x, position.y

    def send(self, pulses=FORWARD, source=None) -> None:
        message = PwmPulses(steering_ns=pulses.steering_ns, throttle_ns=pulses.throttle_ns)
        if source is not None:
            message.source_stamp = source
        self._pwm.publish(message)

    def drive_until(self, condition, what: str) -> None:
        def send_and_check() -> object:
            self.send()
            return condition()

        self.wait(send_and_check, what)

    def pass_time(self, duration: float) -> None:
        until = self.now + duration
        self.wait(lambda: self.now >= until, f"{duration} s of simulated time")


@contextmanager
def simulator(**parameters: object) -> Iterator[Simulator]:
    observer = Observer()
    try:
        with running_node("deepracer_sim.sim_node", **parameters):
            yield Simulator(observer)
    finally:
        observer.close()


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with simulator(fps=FPS, start=0.05) as running:
        yield running


def test_frames_come_at_their_rate_in_simulated_time(sim: Simulator) -> None:
    sim.wait(lambda: len(sim.images) > 30, "a second of frames")
    for image in sim.images:
        frame = seconds(image.header.stamp) * FPS
        assert frame == pytest.approx(round(frame), abs=1e-6)
    image = sim.images[-1]
    assert (image.width, image.height, image.encoding) == (160, 120, "bgr8")
    assert image.header.frame_id == "camera_optical"


def test_a_frame_shows_what_the_car_sees(sim: Simulator) -> None:
    expected = PlantCar(PlantSettings(start=0.05)).frame()
    assert np.array_equal(image_to_bgr(sim.images[-1]), expected)


def test_each_frame_has_its_camera_info_and_true_pose(sim: Simulator) -> None:
    infos = sim.observer.listen(CameraInfo, "camera_info", EVERYTHING)
    sim.drive_until(lambda: len(infos) > 10 and sim.speed > 0.5, "camera_info of a moving car")
    # One or the other may be lost on the way, but none comes between the frames.
    arrived = (sim.images, infos, sim.odometry)
    images, *others = ({seconds(each.header.stamp) for each in messages} for messages in arrived)
    assert len(images.intersection(*others)) > 5
    frames = np.array(list(images.union(*others))) * FPS
    np.testing.assert_allclose(frames, np.rint(frames), atol=1e-6)
    assert infos[0].k == pytest.approx(DEEPRACER.camera.intrinsics().ravel())
    odometry = sim.odometry[-1]
    assert (odometry.header.frame_id, odometry.child_frame_id) == ("odom", "base_link")
    orientation = odometry.pose.pose.orientation
    assert math.hypot(orientation.z, orientation.w) == pytest.approx(1.0)


def test_the_clock_moves_in_small_steps_and_is_never_behind_a_frame(sim: Simulator) -> None:
    sim.wait(lambda: len(sim.clock) > 100, "a hundred ticks")
    times = [seconds(message.clock) for message in sim.clock]
    assert times[0] > 0.0
    steps = [after - before for before, after in pairwise(times)]
    assert min(steps) > 0.0
    assert np.median(steps) <= 0.02
    frame = seconds(sim.images[-1].header.stamp)
    sim.wait(lambda: sim.now >= frame - 1e-9, "the tick of a frame")  # It may be read later.


def test_pulses_drive_the_car_and_silence_stops_it(sim: Simulator) -> None:
    start = sim.place
    sim.drive_until(lambda: sim.speed > 0.9, "the commanded speed")
    assert math.dist(sim.place, start) > 0.1
    sim.pass_time(2.0)  # 0.5 s of time-out, and the car's own inertia
    sim.wait(lambda: abs(sim.speed) < 0.01, "the car to stop without pulses")


def test_reset_and_recover_put_the_car_back(sim: Simulator) -> None:
    start = sim.place
    sim.drive_until(lambda: math.dist(sim.place, start) > 0.5, "half a metre")
    assert sim.observer.call(Trigger, "sim_node/recover", Trigger.Request()).success
    sim.pass_time(0.2)
    assert sim.speed == 0.0
    assert math.dist(sim.place, start) > 0.4
    assert sim.observer.call(Trigger, "sim_node/reset", Trigger.Request()).success
    sim.pass_time(0.2)
    assert sim.place == pytest.approx(start)


def test_latency_is_measured_once_for_each_frame_that_is_answered(sim: Simulator) -> None:
    latencies = sim.observer.listen(Float64, "sim_node/latency", 10)
    answered = sim.images[-1].header.stamp

    def answer() -> object:
        nonlocal answered
        if sim.images[-1].header.stamp != answered:
            answered = sim.images[-1].header.stamp
            sim.send(source=answered)
            sim.send(source=answered)
        return len(latencies) >= 5

    sim.wait(answer, "five latencies")
    assert all(0.0 < latency.data < 30.0 for latency in latencies)


def test_half_speed_means_half_the_time_and_a_clock_as_often() -> None:
    with simulator(real_time_factor=0.25, fps=15.0) as sim:
        ticks: list[tuple[float, float]] = []  # simulated, and when it was published [s]

        def note(message: Clock, info: dict) -> None:
            ticks.append((seconds(message.clock), info["source_timestamp"] * 1e-9))

        sim.observer.node.create_subscription(Clock, "/clock", note, EVERYTHING)
        sim.wait(lambda: ticks and ticks[-1][0] - ticks[0][0] >= 0.5, "half a second")
        passed, wall = np.subtract(ticks[-1], ticks[0])
        # Slower than asked is the machine's right, faster is not.
        assert passed <= 0.25 * wall + 0.02
        assert (len(ticks) - 1) / passed >= 100.0


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"track": "nowhere"}, "unknown track 'nowhere'"),
        ({"track": "missing.npy"}, "missing.npy"),
        ({"fps": "0.0"}, "fps"),
        ({"fps": "30"}, "fps must be a float"),
        ({"real_time_factor": "100.0"}, "real_time_factor"),
        ({"direction": "left"}, "direction is 'left', allowed are ccw, cw"),
    ],
)
def test_bad_parameters_end_it_with_one_line(
    parameters: dict[str, object], complaint: str
) -> None:
    assert complaint in refusal("deepracer_sim.sim_node", **parameters)
