# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_inference.picture_watch import PictureWatch

SECOND = 10**9
ROAD, WALL = bytes(57_600), bytes(57_599) + b"\1"


def test_the_first_picture_is_new() -> None:
    assert PictureWatch().unchanged(ROAD, 5 * SECOND) == 0.0


def test_time_counts_from_the_first_of_equal_pictures() -> None:
    watch = PictureWatch()
    times = [
        watch.unchanged(bytes(bytearray(ROAD)), stamp * SECOND // 2) for stamp in (10, 11, 14)
    ]
    assert times == [0.0, 0.5, 2.0]


def test_one_bit_is_a_change() -> None:
    watch = PictureWatch()
    watch.unchanged(ROAD, SECOND)
    assert watch.unchanged(WALL, 2 * SECOND) == 0.0
    assert watch.unchanged(WALL, 4 * SECOND) == 2.0
    assert watch.unchanged(ROAD, 5 * SECOND) == 0.0


def test_another_size_is_a_change() -> None:
    watch = PictureWatch()
    watch.unchanged(ROAD, SECOND)
    assert watch.unchanged(ROAD[:100], 2 * SECOND) == 0.0


def test_a_clock_that_went_back_starts_the_count_again() -> None:
    watch = PictureWatch()
    watch.unchanged(ROAD, 3600 * SECOND)
    assert watch.unchanged(ROAD, SECOND) == 0.0
    assert watch.unchanged(ROAD, 3 * SECOND) == pytest.approx(2.0)


@given(st.lists(st.tuples(st.binary(max_size=1), st.integers(-(2**62), 2**62)), max_size=20))
def test_it_is_never_negative_and_zero_after_each_change(
    pictures: list[tuple[bytes, int]],
) -> None:
    watch = PictureWatch()
    before: bytes | None = None
    for pixels, stamp_ns in pictures:
        unchanged = watch.unchanged(pixels, stamp_ns)
        assert unchanged >= 0.0
        if before is not None and pixels != before:
            assert unchanged == 0.0
        before = pixels
