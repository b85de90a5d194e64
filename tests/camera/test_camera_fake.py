# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

from itertools import count

import numpy as np
import pytest

from deepracer_camera.fake_camera import FakeCamera, make_pattern
from deepracer_camera.pacer import Pacer
from deepracer_camera.settings import FakeFaults
from deepracer_core.errors import DeviceError


class Time:
    """A clock that only sleeping and the test move."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def test_the_pacer_keeps_the_rate_of_a_caller_that_works_between_beats():
    time = Time()
    pacer = Pacer(50.0, lambda: time.now, time.sleep)
    starts = []
    for _ in range(4):
        pacer.wait()
        starts.append(time.now)
        time.now += 0.015
    assert np.diff(starts) == pytest.approx(0.02)


def test_the_pacer_does_not_catch_up_after_a_stall():
    time = Time()
    pacer = Pacer(50.0, lambda: time.now, time.sleep)
    pacer.wait()
    time.now += 10.0
    pacer.wait()
    pacer.wait()
    assert time.slept == [pytest.approx(0.02)]


def test_the_pattern_shows_up_left_and_time():
    first, second = make_pattern(0).astype(int), make_pattern(1).astype(int)
    assert first.shape == (120, 160, 3)
    assert (np.diff(first[:, 0, 0]) >= 0).all() and first[0, 0, 0] < first[-1, 0, 0]
    assert (np.diff(first[0, :, 1]) >= 0).all() and first[0, 0, 1] < first[0, -1, 1]
    assert np.array_equal(first[:, 1:, 2], second[:, :-1, 2])
    assert not np.array_equal(first, second)


def test_frames_are_stamped_by_the_clock_and_move():
    stamps = count(7)
    camera = FakeCamera(240.0, lambda: next(stamps))
    frames = [camera.read() for _ in range(3)]
    camera.close()
    assert [frame.stamp_ns for frame in frames] == [7, 8, 9]
    assert not np.array_equal(frames[0].image, frames[1].image)
    assert frames[0].image.dtype == np.uint8


class Faulty:
    """A fake camera and what is wrong with it now."""

    def __init__(self):
        self.faults = FakeFaults()
        self.camera = self.open()

    def open(self):
        return FakeCamera(240.0, lambda: 5_000_000_000, lambda: self.faults)


def test_every_frame_differs_from_the_one_before():
    camera = Faulty().camera
    images = [camera.read().image for _ in range(40)]
    assert not any(map(np.array_equal, images, images[1:]))


def test_a_frozen_picture_stays_to_the_bit_and_moves_again():
    faulty = Faulty()
    last = faulty.camera.read().image
    faulty.faults = FakeFaults(fake_frozen=True)
    assert all(np.array_equal(faulty.camera.read().image, last) for _ in range(3))
    faulty.faults = FakeFaults()
    assert not np.array_equal(faulty.camera.read().image, last)


@pytest.mark.parametrize("offset", [-3600.0, 1.5])
def test_stamps_are_off_by_what_is_asked_for(offset):
    faulty = Faulty()
    faulty.faults = FakeFaults(fake_stamp_offset=offset)
    assert faulty.camera.read().stamp_ns == 5_000_000_000 + offset * 1e9


def test_an_unplugged_camera_neither_reads_nor_opens_until_it_is_back():
    faulty = Faulty()
    faulty.faults = FakeFaults(fake_unplugged=True)
    with pytest.raises(DeviceError, match="fake_unplugged"):
        faulty.camera.read()
    with pytest.raises(DeviceError, match="fake_unplugged"):
        faulty.open()
    faulty.faults = FakeFaults()
    assert faulty.open().read().image.shape == (120, 160, 3)
