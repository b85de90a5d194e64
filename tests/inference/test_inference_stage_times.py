# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from deepracer_inference.stage_times import StageTimes


def test_nothing_is_said_before_the_first_frame():
    assert StageTimes().summary() == {}


def test_percentiles_are_in_milliseconds_and_per_stage():
    times = StageTimes()
    for count in range(101):
        times.add(count * 1e-3, 2e-3, 0.5)
    summary = times.summary()
    assert summary["queue p50 [ms]"] == pytest.approx(50.0)
    assert summary["queue p95 [ms]"] == pytest.approx(95.0)
    assert summary["queue p99 [ms]"] == pytest.approx(99.0)
    assert summary["queue max [ms]"] == pytest.approx(100.0)
    assert summary["preprocess max [ms]"] == pytest.approx(2.0)
    assert summary["inference p50 [ms]"] == pytest.approx(500.0)


def test_only_the_last_frames_count():
    times = StageTimes(window=3)
    times.add(9.0, 9.0, 9.0)
    for _ in range(3):
        times.add(1e-3, 1e-3, 1e-3)
    assert times.summary()["queue max [ms]"] == pytest.approx(1.0)
