# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

from itertools import count

import numpy as np
import pytest

from deepracer_camera.fake_camera import FakeCamera, make_pattern
from deepracer_camera.pacer import Pacer


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
