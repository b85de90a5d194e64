# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import threading
import time
from queue import Queue

import numpy as np
import pytest
from waiting import PATIENCE_S, wait_until

from deepracer_camera.camera import Frame
from deepracer_camera.capture import Capture, CaptureState
from deepracer_core.errors import ConfigError, DeviceError

IMAGE = np.zeros((120, 160, 3), np.uint8)


class Hardware:
    """A camera port: what is plugged in follows a script, one entry for every open and read."""

    def __init__(self, *script):
        self.script = list(script)
        self.opened = 0
        self.closed = 0
        self.reads = 0
        self.idle = threading.Event()

    def next(self):
        if not self.script:
            self.idle.set()
            time.sleep(0.005)
            return "frame"
        return self.script.pop(0)

    def open(self):
        event = self.next()
        if event != "open":
            raise event
        self.opened += 1
        return self

    def read(self):
        event = self.next()
        if isinstance(event, Exception):
            raise event
        if event == "end":
            return None
        self.reads += 1
        return Frame(IMAGE, self.reads)

    def close(self):
        self.closed += 1


def make_capture(hardware, on_frame=lambda frame: None):
    return Capture(hardware.open, on_frame, retry_first=0.001, retry_longest=0.004)


def test_every_frame_is_handed_on_in_order():
    heard = Queue()
    capture = make_capture(Hardware("open", *["frame"] * 5), heard.put)
    capture.start()
    assert [heard.get(timeout=PATIENCE_S).stamp_ns for _ in range(5)] == [1, 2, 3, 4, 5]
    capture.close()


def test_a_camera_that_is_missing_at_the_start_is_opened_when_it_comes():
    missing = DeviceError("no camera at /dev/camera")
    hardware = Hardware(*[missing] * 6, "open")
    capture = make_capture(hardware)
    capture.start()
    wait_until(lambda: capture.status().frames > 0)
    status = capture.status()
    assert (status.state, status.error, status.failures) == (CaptureState.RUNNING, "", 6)
    capture.close()


def test_a_missing_camera_is_reported_with_its_reason():
    hardware = Hardware(DeviceError("no camera at /dev/camera"))
    hardware.script += [DeviceError("still none")] * 100_000
    capture = make_capture(hardware)
    capture.start()
    status = capture.status()
    assert status.state is CaptureState.FAILED
    assert status.error in ("no camera at /dev/camera", "still none")
    assert (status.frames, status.age, status.rate) == (0, None, 0.0)
    capture.close()


@pytest.mark.parametrize(
    "fault", [DeviceError("unplugged"), DeviceError("delivered an empty frame")]
)
def test_a_camera_that_fails_is_closed_and_opened_again(fault):
    heard = []
    hardware = Hardware("open", "frame", fault, DeviceError("gone"), "open", "frame")
    capture = make_capture(hardware, heard.append)
    capture.start()
    wait_until(lambda: hardware.opened == 2 and len(heard) > 1)
    capture.close()
    assert capture.status().failures == 2
    assert hardware.closed == 2


def test_nothing_is_handed_on_while_the_camera_is_away():
    heard = []
    hardware = Hardware("open", "frame", DeviceError("unplugged"))
    hardware.script += [DeviceError("gone")] * 100_000
    capture = make_capture(hardware, heard.append)
    capture.start()
    wait_until(lambda: capture.status().failures > 5)
    assert len(heard) == 1
    assert capture.status().error == "gone"
    capture.close()


def test_the_wait_doubles_up_to_its_bound_and_starts_small_after_a_frame(monkeypatch):
    gone = DeviceError("gone")
    hardware = Hardware("open", "frame", *[gone] * 5, "open", "frame", gone, "open")
    capture = make_capture(hardware)
    waits = []
    wait = capture._closing.wait
    monkeypatch.setattr(capture._closing, "wait", lambda s: waits.append(s) or wait(s))
    capture.start()
    assert hardware.idle.wait(PATIENCE_S)
    capture.close()
    assert waits == [0.001, 0.002, 0.004, 0.004, 0.004, 0.001]


def test_a_camera_that_opens_but_never_delivers_is_not_hammered(monkeypatch):
    mute = DeviceError("no frames")
    hardware = Hardware(*["open", mute] * 4, "open")
    capture = make_capture(hardware)
    waits = []
    monkeypatch.setattr(capture._closing, "wait", waits.append)
    capture.start()
    assert hardware.idle.wait(PATIENCE_S)
    capture.close()
    assert waits == [0.001, 0.002, 0.004, 0.004]


def test_the_end_of_a_recording_is_a_state_and_no_error():
    hardware = Hardware("open", "frame", "end")
    capture = make_capture(hardware)
    capture.start()
    wait_until(lambda: hardware.closed == 1)
    status = capture.status()
    assert (status.state, status.error, status.frames) == (CaptureState.ENDED, "", 1)
    capture.close()
    assert capture.status().state is CaptureState.ENDED


def test_a_wrong_setting_comes_out_of_start():
    with pytest.raises(ConfigError, match="no video"):
        make_capture(Hardware(ConfigError("no video"))).start()


def test_a_setting_that_becomes_wrong_later_is_tried_again():
    hardware = Hardware("open", "frame", DeviceError("gone"), ConfigError("no video"), "open")
    capture = make_capture(hardware)
    capture.start()
    wait_until(lambda: capture.status().frames > 1)
    capture.close()


def test_after_close_nothing_is_handed_on_and_the_device_is_released():
    heard = []
    hardware = Hardware("open")
    capture = make_capture(hardware, heard.append)
    capture.start()
    wait_until(lambda: heard)
    capture.close()
    count = len(heard)
    time.sleep(0.05)
    assert len(heard) == count
    assert hardware.closed == 1
    assert capture.status().state is CaptureState.CLOSED
    capture.close()


def test_a_camera_that_hangs_does_not_hold_up_the_end(monkeypatch):
    monkeypatch.setattr("deepracer_camera.capture._LONGEST_CLOSE_S", 0.05)
    hardware = Hardware("open")
    hanging, released = threading.Event(), threading.Event()

    def hang():
        hanging.set()
        released.wait(PATIENCE_S)
        return Frame(IMAGE, 1)

    hardware.read = hang
    heard = []
    capture = make_capture(hardware, heard.append)
    capture.start()
    assert hanging.wait(PATIENCE_S)
    capture.close()
    assert not hardware.closed
    released.set()
    wait_until(lambda: hardware.closed)
    assert not heard


def test_the_rate_is_that_of_the_last_frames(monkeypatch):
    capture = make_capture(Hardware())
    now = 50.0
    monkeypatch.setattr("deepracer_camera.capture.time.monotonic", lambda: now)
    for _ in range(90):
        now += 1 / 60
        capture._count()
    assert capture.status().rate == pytest.approx(60.0)
    now += 2.0
    assert capture.status().rate == 0.0
    assert capture.status().age == pytest.approx(2.0)
