# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The V4L2 back end against a device that answers as OpenCV's V4L2 code does."""

import time

import cv2
import numpy as np
import pytest

from deepracer_camera import v4l2_camera
from deepracer_camera.v4l2_camera import V4l2Camera, find_device
from deepracer_core.errors import DeviceError

NOW_NS = 1_700_000_000_000_000_000


class Device:
    """A cv2.VideoCapture whose device offers one format only, or whatever is asked for."""

    def __init__(self, opens=True, offers=None):
        self.opens = opens
        self.values = {}
        self.offers = offers or {}
        self.grabs = True
        self.image = np.full((480, 640, 3), 77, np.uint8)
        self.taken_ms = 0.0
        self.released = 0
        self.opened_with = None

    def __call__(self, path, backend):
        self.opened_with = path, backend
        return self

    def isOpened(self):  # noqa: N802 (OpenCV's name)
        return self.opens

    def set(self, key, value):
        self.values[key] = value
        return True

    def get(self, key):
        if key == cv2.CAP_PROP_POS_MSEC:
            return self.taken_ms
        return float(self.offers.get(key, self.values.get(key, 0)))

    def grab(self):
        return self.grabs

    def retrieve(self):
        return self.image is not None, self.image

    def release(self):
        self.released += 1


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "usb-camera-video-index0"
    path.touch()
    return str(path)


@pytest.fixture(autouse=True)
def read_timeout(monkeypatch):
    """Keeps what the back end sets in the environment out of other tests."""
    monkeypatch.setenv("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")


def plug_in(monkeypatch, tmp_path, *names):
    folder = tmp_path / "by-id"
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    monkeypatch.setattr(v4l2_camera, "DEVICE_FOLDERS", (folder,))
    return folder


def open_device(path, device, width=640, height=480, fps=30.0):
    return V4l2Camera(path, width, height, fps, lambda: NOW_NS, device)


def test_it_asks_for_mjpg_size_and_rate(path):
    device = Device()
    open_device(path, device, 320, 240, 60.0)
    assert device.opened_with == (path, cv2.CAP_V4L2)
    assert device.values == {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 320,
        cv2.CAP_PROP_FRAME_HEIGHT: 240,
        cv2.CAP_PROP_FPS: 60.0,
    }


@pytest.mark.parametrize(
    ("offers", "got"),
    [
        ({cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV")}, "YUYV 640x480 at 30 frames/s"),
        ({cv2.CAP_PROP_FRAME_WIDTH: 320}, "MJPG 320x480 at 30 frames/s"),
        ({cv2.CAP_PROP_FPS: 15.0}, "MJPG 640x480 at 15 frames/s"),
    ],
)
def test_another_format_than_asked_for_is_refused_with_both(path, offers, got):
    device = Device(offers=offers)
    with pytest.raises(DeviceError) as error:
        open_device(path, device)
    assert got in str(error.value)
    assert "MJPG 640x480 at 30 frames/s was asked for" in str(error.value)
    assert device.released == 1


def test_a_rate_that_is_only_rounded_is_accepted(path):
    open_device(path, Device(offers={cv2.CAP_PROP_FPS: 29.97}))


def test_frames_are_fitted(path):
    frame = open_device(path, Device()).read()
    assert frame.image.shape == (120, 160, 3)
    assert (frame.image == 77).all()


def test_the_stamp_is_when_the_driver_took_the_picture(path):
    device = Device()
    camera = open_device(path, device)
    device.taken_ms = (time.monotonic() - 3.0) * 1e3
    assert NOW_NS - camera.read().stamp_ns >= 3_000_000_000


# The last two count from the time of day and from the start of the stream.
@pytest.mark.parametrize("taken_ms", [0.0, -1.0, 1.7e12, 33.0])
def test_a_driver_without_monotonic_stamps_counts_as_no_age(path, taken_ms):
    device = Device()
    camera = open_device(path, device)
    device.taken_ms = taken_ms
    assert camera.read().stamp_ns == NOW_NS


@pytest.mark.parametrize("image", [None, np.zeros((0, 0, 3), np.uint8)])
def test_an_empty_frame_is_a_device_error(path, image):
    device = Device()
    camera = open_device(path, device)
    device.image = image
    with pytest.raises(DeviceError, match="empty frame"):
        camera.read()


def test_an_unplugged_camera_is_a_device_error(path):
    device = Device()
    camera = open_device(path, device)
    device.grabs = False
    with pytest.raises(DeviceError, match="still plugged in"):
        camera.read()


def test_an_exception_of_opencv_is_a_device_error(path):
    device = Device()
    camera = open_device(path, device)

    def fail():
        raise cv2.error("ioctl")

    device.grab = fail
    with pytest.raises(DeviceError, match="failed"):
        camera.read()


def test_a_busy_device_is_a_device_error(path):
    with pytest.raises(DeviceError, match="another program may use it"):
        open_device(path, Device(opens=False))


def test_a_missing_device_lists_those_that_are_there(monkeypatch, tmp_path):
    plug_in(monkeypatch, tmp_path, "usb-one-video-index0", "usb-one-video-index1")
    with pytest.raises(DeviceError) as error:
        open_device("/dev/v4l/by-id/usb-two-video-index0", Device())
    assert "usb-two-video-index0" in str(error.value)
    assert "usb-one-video-index0" in str(error.value)
    assert "index1" not in str(error.value)


def test_without_a_name_the_only_camera_is_taken(monkeypatch, tmp_path):
    folder = plug_in(monkeypatch, tmp_path, "usb-one-video-index0", "usb-one-video-index1")
    assert find_device() == str(folder / "usb-one-video-index0")


@pytest.mark.parametrize(
    ("names", "words"),
    [((), "no camera is plugged in"), (("a-video-index0", "b-video-index0"), "b-video-index0")],
)
def test_without_a_name_none_or_several_are_refused(monkeypatch, tmp_path, names, words):
    plug_in(monkeypatch, tmp_path, *names)
    with pytest.raises(DeviceError, match=words):
        find_device()
