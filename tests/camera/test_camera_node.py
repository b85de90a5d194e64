# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The camera node as a process, over DDS."""

import subprocess

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node_graph import Observer, node_command, running_node
from rcl_interfaces.srv import ListParameters, SetParameters
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from waiting import PATIENCE_S

from deepracer_core.vehicle import DEEPRACER
from deepracer_ros.image_messages import image_to_bgr
from deepracer_ros.qos import SENSOR

NODE = "deepracer_camera.camera_node"


@pytest.fixture
def observer():
    observer = Observer()
    yield observer
    observer.close()


def camera_status(reports):
    return [status for report in reports for status in report.status if "camera" in status.name]


def test_pictures_their_geometry_and_jpegs_belong_together(observer):
    images = observer.listen(Image, "image_raw", SENSOR)
    infos = observer.listen(CameraInfo, "camera_info", SENSOR)
    jpegs = observer.listen(CompressedImage, "image_raw/compressed", SENSOR)
    reports = observer.listen(DiagnosticArray, "/diagnostics", 10)
    with running_node(NODE, backend="fake", fps=30.0):
        observer.wait_until(lambda: min(map(len, (images, infos, jpegs))) > 5, "frames")
        observer.wait_until(lambda: camera_status(reports), "diagnostics")
    stamps = [image.header.stamp.sec * 10**9 + image.header.stamp.nanosec for image in images]
    assert stamps == sorted(set(stamps))
    image = images[-1]
    assert (image.height, image.width, image.encoding, image.step) == (120, 160, "bgr8", 480)
    assert image.header.frame_id == "camera_optical"
    info = infos[-1]
    assert (info.height, info.width) == (120, 160)
    assert np.array_equal(info.k.reshape(3, 3), DEEPRACER.camera.intrinsics())
    by_stamp = {str(image.header.stamp): image for image in images}
    assert {str(info.header.stamp) for info in infos} & by_stamp.keys()
    jpeg = next(jpeg for jpeg in jpegs if str(jpeg.header.stamp) in by_stamp)
    decoded = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
    original = image_to_bgr(by_stamp[str(jpeg.header.stamp)])
    assert np.abs(decoded.astype(int) - original).mean() < 12.0
    assert camera_status(reports)[-1].level == DiagnosticStatus.OK


def test_a_missing_camera_is_on_diagnostics_and_nothing_is_published(observer):
    images = observer.listen(Image, "image_raw", SENSOR)
    reports = observer.listen(DiagnosticArray, "/diagnostics", 10)
    with running_node(NODE, backend="v4l2", device="/dev/v4l/by-id/absent"):
        observer.wait_until(lambda: len(camera_status(reports)) > 1, "diagnostics")
    status = camera_status(reports)[-1]
    assert status.level == DiagnosticStatus.ERROR
    assert "no camera at /dev/v4l/by-id/absent" in status.message
    assert not images


def test_the_end_of_a_recording_is_on_diagnostics(observer, tmp_path):
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((240, 320, 3), 9, np.uint8))
    reports = observer.listen(DiagnosticArray, "/diagnostics", 10)
    with running_node(NODE, backend="video", video=tmp_path, loop=False):
        observer.wait_until(
            lambda: any("ended" in status.message for status in camera_status(reports)), "the end"
        )
    assert camera_status(reports)[-1].level == DiagnosticStatus.WARN


def set_fault(observer, **fault):
    values = [Parameter(name, value=value).to_parameter_msg() for name, value in fault.items()]
    request = SetParameters.Request(parameters=values)
    answer = observer.call(SetParameters, "camera_node/set_parameters", request)
    return answer.results[0]


def test_a_running_fake_camera_fails_on_demand_and_comes_back(observer):
    images = observer.listen(Image, "image_raw", SENSOR)
    reports = observer.listen(DiagnosticArray, "/diagnostics", 10)
    with running_node(NODE, backend="fake", fps=60.0, retry_longest=0.1):
        observer.wait_until(lambda: images, "frames")

        assert set_fault(observer, fake_frozen=True).successful
        observer.spin_for(0.2)
        images.clear()
        observer.wait_until(lambda: len(images) > 3, "frames of the frozen camera")
        assert all(image.data == images[0].data for image in images)
        assert len({str(image.header.stamp) for image in images}) == len(images)
        assert set_fault(observer, fake_frozen=False).successful

        assert set_fault(observer, fake_stamp_offset=100.0).successful
        future = observer.node.get_clock().now().nanoseconds * 1e-9 + 50.0
        observer.wait_until(lambda: images[-1].header.stamp.sec > future, "stamps of the future")
        assert set_fault(observer, fake_stamp_offset=0.0).successful

        def health() -> str:
            return camera_status(reports)[-1].message if camera_status(reports) else ""

        observer.wait_until(lambda: "runs" in health(), "healthy diagnostics")
        assert set_fault(observer, fake_unplugged=True).successful
        observer.wait_until(lambda: "unplugged" in health(), "diagnostics")
        images.clear()
        observer.spin_for(0.2)
        assert not images
        assert set_fault(observer, fake_unplugged=False).successful
        observer.wait_until(lambda: images, "frames of the camera that is back")
        observer.wait_until(lambda: "runs" in health(), "healthy diagnostics again")

        refused = set_fault(observer, fake_stamp_offset=1e9)
        assert not refused.successful and "fake_stamp_offset" in refused.reason


def test_a_real_camera_has_no_faults_to_set(observer):
    with running_node(NODE, backend="v4l2", device="/dev/v4l/by-id/absent"):
        request = ListParameters.Request()
        names = observer.call(ListParameters, "camera_node/list_parameters", request).result.names
    assert "backend" in names
    assert not any(name.startswith("fake_") for name in names)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"backend": "webcam"}, "allowed are v4l2, video, fake"),
        ({"backend": "video", "video": "/no/such/video.mp4"}, "no video at /no/such/video.mp4"),
        ({"backend": "video", "video": __file__}, "is not a video"),
        ({"backend": "fake", "fps": 1000.0}, "fps"),
        ({"backend": "fake", "fps": "fast"}, "fps must be a float"),
    ],
)
def test_a_wrong_setting_is_one_line_and_status_2(parameters, words):
    ended = subprocess.run(
        node_command(NODE, **parameters), capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
