# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

from array import array

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, Image

from deepracer_core.errors import ConfigError
from deepracer_core.observation import to_tensor
from deepracer_core.vehicle import DEEPRACER
from deepracer_ros import image_messages
from deepracer_ros.camera_info import camera_info
from deepracer_ros.image_messages import bgr_to_image, bgr_to_jpeg, image_to_bgr

STAMP = Time(sec=12, nanosec=34)
# One pixel of each: blue, green, red, and a mixture; in BGR order.
BGR = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)


def message(pixels, encoding, padding=0):
    """A message with `padding` bytes after each row, built without the module under test."""
    rows = pixels.reshape(len(pixels), -1)
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=99)
    height, width = pixels.shape[:2]
    return Image(
        height=height,
        width=width,
        encoding=encoding,
        step=padded.shape[1],
        data=array("B", padded.tobytes()),
    )


CASES = {
    "bgr8": (BGR, BGR),
    "rgb8": (BGR[..., ::-1], BGR),
    "mono8": (np.array([[0, 7], [128, 255]], np.uint8), None),
}


def reference(encoding):
    pixels, expected = CASES[encoding]
    return pixels, np.stack([pixels] * 3, axis=-1) if expected is None else expected


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("encoding", CASES)
def test_an_image_becomes_bgr(encoding, padding):
    pixels, expected = reference(encoding)
    assert np.array_equal(image_to_bgr(message(pixels, encoding, padding)), expected)


@pytest.mark.parametrize("encoding", CASES)
def test_both_ways_of_converting_hold_the_same_reference_values(encoding, monkeypatch):
    """Without cv_bridge the reference stands in for it: with cv_bridge, both meet it."""
    pixels, expected = reference(encoding)
    installed = image_messages.CvBridge
    for bridge in {None, installed}:
        monkeypatch.setattr(image_messages, "CvBridge", bridge)
        assert np.array_equal(image_to_bgr(message(pixels, encoding, 3)), expected)


def test_a_frame_survives_the_wire():
    frame = np.random.default_rng(1).integers(0, 256, (120, 160, 3), np.uint8)
    sent = bgr_to_image(frame, STAMP, "camera_optical")
    received = deserialize_message(serialize_message(sent), Image)
    assert received == sent
    assert (received.header.stamp, received.header.frame_id) == (STAMP, "camera_optical")
    assert np.array_equal(image_to_bgr(received), frame)


def test_the_same_frame_gives_the_same_tensor_directly_and_through_a_message():
    frame = np.random.default_rng(2).integers(0, 256, (120, 160, 3), np.uint8)
    received = deserialize_message(
        serialize_message(bgr_to_image(frame, STAMP, "camera_optical")), Image
    )
    assert np.array_equal(to_tensor(image_to_bgr(received)), to_tensor(frame))
    swapped = message(np.ascontiguousarray(frame[..., ::-1]), "rgb8")
    assert np.array_equal(to_tensor(image_to_bgr(swapped)), to_tensor(frame))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"encoding": "16UC1"}, "'16UC1', supported are bgr8, rgb8, mono8"),
        ({"step": 5}, "damaged"),
        ({"height": 3}, "damaged"),
        ({"height": 0}, "damaged"),
        ({"width": 0}, "damaged"),
        ({"width": 2**32 - 1}, "damaged"),
        ({"data": array("B")}, "damaged"),
    ],
)
def test_a_damaged_message_is_refused(changes, words):
    damaged = message(BGR, "bgr8")
    for name, value in changes.items():
        setattr(damaged, name, value)
    with pytest.raises(ConfigError, match=words):
        image_to_bgr(damaged)


def test_a_jpeg_message_holds_the_picture():
    frame = np.full((120, 160, 3), (40, 120, 200), np.uint8)
    jpeg = bgr_to_jpeg(frame, STAMP, "camera_optical", 90)
    assert (jpeg.format, jpeg.header.stamp) == ("jpeg", STAMP)
    decoded = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(decoded.astype(int) - frame).max() <= 3


def test_camera_info_projects_as_the_camera_does():
    info = camera_info(DEEPRACER.camera, STAMP, "camera_optical")
    assert deserialize_message(serialize_message(info), CameraInfo) == info
    assert (info.width, info.height, info.distortion_model) == (160, 120, "plumb_bob")
    focal = 80.0 / np.tan(1.13 / 2.0)
    projection = info.p.reshape(3, 4)
    assert projection @ (0.0, 0.0, 2.0, 1.0) == pytest.approx((159.0, 119.0, 2.0))
    assert projection[0, 0] == projection[1, 1] == pytest.approx(focal)
    assert np.array_equal(info.r.reshape(3, 3), np.eye(3))
