# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The camera node as a process, over DDS."""

import subprocess

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from node_graph import PATIENCE, Observer, node_command, running_node
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

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
        node_command(NODE, **parameters), capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
