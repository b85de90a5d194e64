# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The inference node as a process, over DDS."""

import itertools
import signal
import subprocess

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node_graph import Observer, node_command, running_node
from onnx_models import discrete, mean_network, write_package
from rclpy.time import Time
from sensor_msgs.msg import Image
from waiting import PATIENCE_S

from deepracer_core.model_package import open_model_package
from deepracer_core.observation import to_tensor
from deepracer_inference.policy import load_policy
from deepracer_interfaces.msg import Model, PolicyOutput
from deepracer_interfaces.srv import LoadModel
from deepracer_ros.image_messages import bgr_to_image
from deepracer_ros.qos import COMMAND, LATCHED, SENSOR

NODE = "deepracer_inference.inference_node"


class Camera(Observer):
    """Plays the camera, and listens to what the inference node says about its frames."""

    def __init__(self):
        super().__init__()
        self.outputs = self.listen(PolicyOutput, "policy_output", COMMAND)
        self.models = self.listen(Model, "model", LATCHED)
        self.reports = self.listen(DiagnosticArray, "/diagnostics", 10)
        self.images = self.node.create_publisher(Image, "image_raw", SENSOR)
        self.sent = []

    def show(self, frame, age=0.0, encoding="bgr8"):
        """Publish a frame and return its stamp."""
        captured = self.node.get_clock().now().nanoseconds - int(age * 1e9)
        image = bgr_to_image(frame, Time(nanoseconds=captured).to_msg(), "camera_optical")
        image.encoding = encoding
        self.images.publish(image)
        self.sent.append(image.header.stamp)
        return image.header.stamp

    def wait_for_node(self):
        self.wait_until(self.images.get_subscription_count, "the node's subscription")
        self.wait_until(lambda: self.node.count_publishers("policy_output"), "its publisher")

    def ask(self, frame):
        """Show a frame until there is an output for it: sensor QoS may lose one."""
        before = len(self.outputs)

        def answered():
            self.show(frame)
            self.spin_for(0.02)
            return len(self.outputs) > before

        self.wait_until(answered, "policy_output")
        return self.outputs[-1]

    def load(self, path):
        request = LoadModel.Request(path=str(path))
        return self.call(LoadModel, "inference_node/load_model", request)

    def wait_for_report(self, words, level, *frames):
        """Wait for diagnostics; what was shown nothing new lately says just that."""
        shown = itertools.cycle(frames)

        def reported():
            if frames:
                self.show(next(shown))
            statuses = [s for report in self.reports for s in report.status]
            return any(words in s.message and s.level == level for s in statuses)

        self.wait_until(reported, f"diagnostics about {words!r}")


@pytest.fixture
def camera():
    camera = Camera()
    yield camera
    camera.close()


@pytest.fixture
def package(tmp_path):
    return write_package(tmp_path / "first", mean_network([1.0, 3.0, 2.0]), discrete(3))


FRAME = np.random.default_rng(7).integers(0, 256, (120, 160, 3), np.uint8)
ANOTHER = FRAME ^ np.eye(120, 160, dtype=np.uint8)[..., np.newaxis]


def test_a_frame_becomes_an_output_with_its_stamp(camera, package):
    with running_node(NODE, model=package):
        camera.wait_for_node()
        output = camera.ask(FRAME)
        camera.wait_for_report("model first runs", DiagnosticStatus.OK, FRAME, ANOTHER)
    assert output.header.stamp in camera.sent
    assert output.header.frame_id == "camera_optical"
    with open_model_package(package) as opened:
        assert output.model_id == opened.id
    expected = load_policy(package).policy.infer(to_tensor(FRAME))
    assert np.array_equal(np.array(output.values, np.float32), expected)
    assert output.action == 1
    assert output.queue_s > 0.0 and output.preprocess_s > 0.0 and output.inference_s > 0.0


def test_one_output_a_frame(camera, package):
    with running_node(NODE, model=package):
        camera.wait_for_node()
        camera.ask(FRAME)
        for _ in range(20):
            camera.show(FRAME)
            camera.spin_for(0.03)
        camera.spin_for(0.3)
    stamps = [str(output.header.stamp) for output in camera.outputs]
    assert len(stamps) == len(set(stamps))
    assert set(stamps) <= {str(stamp) for stamp in camera.sent}


def test_a_picture_that_does_not_change_is_told_with_every_output(camera, package):
    with running_node(NODE, model=package):
        camera.wait_for_node()
        camera.wait_until(lambda: camera.ask(FRAME).unchanged_s > 1.0, "a frozen picture")
        camera.wait_for_report("the picture has not changed for", DiagnosticStatus.WARN, FRAME)
        first, last = camera.outputs[0], camera.outputs[-1]
        seconds = Time.from_msg(last.header.stamp) - Time.from_msg(first.header.stamp)
        assert first.unchanged_s <= last.unchanged_s
        assert abs(last.unchanged_s - first.unchanged_s - seconds.nanoseconds * 1e-9) < 1e-3
        camera.wait_until(lambda: camera.ask(ANOTHER).unchanged_s < 0.5, "a new picture")
        camera.reports.clear()
        camera.wait_for_report("model first runs", DiagnosticStatus.OK, FRAME, ANOTHER)


def test_a_stacked_policy_sees_the_last_frames_until_there_is_a_gap(camera, tmp_path):
    change = np.float32([[[-2.0]], [[2.0]]]) * np.ones((2, 120, 160), np.float32)
    network = mean_network([1.0, 1.0], ("N", 2, 120, 160), mask=change)
    package = write_package(tmp_path / "moving", network, stack_size=2)
    black, white = np.zeros_like(FRAME), np.full_like(FRAME, 255)

    def sees_change():
        camera.ask(black)
        camera.outputs.clear()
        camera.ask(white)
        return any(output.values[0] > 0.9 for output in camera.outputs)

    with running_node(NODE, model=package):
        camera.wait_for_node()
        camera.wait_until(sees_change, "the change")
        camera.spin_for(0.5)
        assert camera.ask(black).values[0] == 0.0


def test_a_continuous_policy_has_no_index(camera, tmp_path):
    with running_node(NODE, model=write_package(tmp_path / "c", mean_network([1.0, -1.0]))):
        camera.wait_for_node()
        assert camera.ask(FRAME).action == -1


def test_the_model_is_told_to_those_who_come_late(camera, package):
    with running_node(NODE, model=package):
        camera.wait_until(lambda: camera.models, "model")
        late = Observer()
        heard = late.listen(Model, "model", LATCHED)
        late.wait_until(lambda: heard, "model")
        late.close()
    with open_model_package(package) as opened:
        assert heard[0].name == "first"
        assert heard[0].id == opened.id
        assert heard[0].metadata == opened.metadata.text


def test_the_service_loads_and_a_refused_model_leaves_the_old_one(camera, package, tmp_path):
    second = write_package(tmp_path / "second", mean_network([5.0, 1.0]))
    wrong = write_package(tmp_path / "wrong", mean_network([1.0] * 4), discrete(3))
    with running_node(NODE):
        camera.wait_for_node()
        camera.wait_for_report("no model", DiagnosticStatus.ERROR)

        missing = camera.load(tmp_path / "absent")
        assert not missing.success and "no model package" in missing.message
        assert missing.model_id == ""

        first = camera.load(package)
        assert first.success and first.message == ""
        assert camera.ask(FRAME).model_id == first.model_id

        refused = camera.load(wrong)
        assert not refused.success
        assert "has 4 outputs" in refused.message and "needs 3" in refused.message
        assert refused.model_id == first.model_id
        assert camera.ask(FRAME).model_id == first.model_id

        replaced = camera.load(second)
        assert replaced.success and replaced.model_id != first.model_id
        camera.wait_until(lambda: camera.models[-1].id == replaced.model_id, "the new model")
        output = camera.ask(FRAME)
        assert (output.model_id, len(output.values)) == (replaced.model_id, 2)


def test_a_damaged_model_at_the_start_leaves_the_node_up_to_load_another(camera, package):
    damaged = package.parent / "damaged.tar.gz"
    damaged.write_bytes(b"no archive")
    with running_node(NODE, model=damaged):
        camera.wait_for_node()
        camera.wait_for_report("damaged.tar.gz", DiagnosticStatus.ERROR)
        assert camera.load(package).success
        camera.ask(FRAME)


@pytest.mark.parametrize(
    ("frame", "encoding", "age", "words"),
    [
        (np.zeros((240, 320, 3), np.uint8), "bgr8", 0.0, "(240, 320, 3)"),
        (FRAME, "yuv422", 0.0, "encoding 'yuv422'"),
        (FRAME, "bgr8", 1.0, "old when they arrive"),
    ],
)
def test_an_unusable_frame_gives_no_output_but_a_reason(
    camera, package, frame, encoding, age, words
):
    with running_node(NODE, model=package):
        camera.wait_for_node()

        def reported():
            camera.show(frame, age, encoding)
            camera.spin_for(0.02)
            statuses = [s for report in camera.reports for s in report.status]
            return any(words in s.message and s.level == DiagnosticStatus.WARN for s in statuses)

        camera.wait_until(reported, "the reason")
        assert not camera.outputs
        assert camera.ask(FRAME)


def test_a_node_that_was_held_up_takes_the_newest_frame_only(camera, package):
    with running_node(NODE, model=package, max_frame_age=10.0) as process:
        camera.wait_for_node()
        taken = [answers_after_hold_up(camera, process)]
        # It may be woken up amid the frames; a node that queues them takes all, each time.
        while taken[-1] > 2 and len(taken) < 3:
            taken.append(answers_after_hold_up(camera, process))
    # The frame that the node was taking up when it was stopped may come out as well.
    assert taken[-1] <= 2


def answers_after_hold_up(camera, process):
    """Stop the node while ten frames come, and return how many of them it takes afterwards."""
    camera.ask(FRAME)
    camera.spin_for(0.3)
    camera.outputs.clear()
    process.send_signal(signal.SIGSTOP)
    missed = []
    for _ in range(10):
        missed.append(camera.show(FRAME))
        camera.spin_for(0.02)
    process.send_signal(signal.SIGCONT)
    camera.spin_for(0.3)
    camera.ask(FRAME)  # Again and again: any frame may be lost on the way.
    return [output.header.stamp in missed for output in camera.outputs].count(True)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"device": "TPU"}, "there is no OpenVINO device 'TPU'"),
        ({"threads": -1}, "threads"),
        ({"max_frame_age": 0.0}, "max_frame_age"),
    ],
)
def test_a_wrong_setting_is_one_line_and_status_2(parameters, words):
    ended = subprocess.run(
        node_command(NODE, **parameters), capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
