# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The stack of frames that a policy sees: as in training, whatever the camera's rate is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.observation import FRAME_PERIOD, FrameStack
from deepracer_sim.simulation import STEP_TIME

PERIOD_NS = round(FRAME_PERIOD * 1e9)


def frame(value: float) -> np.ndarray:
    return np.full((120, 160), value, np.float32)


def seen(stack: FrameStack, values: list[float], period_ns: float = PERIOD_NS) -> list[float]:
    """Push frames of one value each, and return the values of the last stack."""
    for k, value in enumerate(values):
        result = stack.push(frame(value), round(10**9 + k * period_ns))
    return [float(picture[0, 0]) for picture in result]


def test_frames_are_as_far_apart_as_the_simulators_steps() -> None:
    assert FRAME_PERIOD == STEP_TIME


def test_one_frame_goes_through_as_it_is() -> None:
    picture = frame(1.0)
    assert FrameStack(1).push(picture, 0) is picture


def test_the_newest_frame_is_last_and_the_first_stands_for_those_before_it() -> None:
    stack = FrameStack(4)
    assert seen(stack, [1.0]) == [1.0, 1.0, 1.0, 1.0]
    assert seen(FrameStack(4), [1.0, 2.0]) == [1.0, 1.0, 1.0, 2.0]
    assert seen(FrameStack(4), [1.0, 2.0, 3.0, 4.0, 5.0]) == [2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize("factor", [1, 2, 4])
def test_a_faster_camera_gives_frames_as_far_apart(factor: int) -> None:
    values = [float(k) for k in range(8 * factor)]
    newest = values[-1]
    expected = [newest - 2 * factor, newest - factor, newest]
    assert seen(FrameStack(3), values, PERIOD_NS / factor) == expected


def test_a_lost_frame_is_stood_for_by_its_neighbour() -> None:
    stack = FrameStack(3)
    for k in (0, 1, 2, 4):
        result = stack.push(frame(k), k * PERIOD_NS)
    assert [picture[0, 0] for picture in result] == [2.0, 2.0, 4.0]


@pytest.mark.parametrize("later", [-1, -10 * PERIOD_NS, 3 * PERIOD_NS + 10, 10**12])
def test_it_starts_anew_after_a_gap_and_where_stamps_go_back(later: int) -> None:
    stack = FrameStack(3)
    seen(stack, [1.0, 2.0, 3.0])
    last = 10**9 + 2 * PERIOD_NS
    assert (stack.push(frame(7.0), last + later) == 7.0).all()


def test_it_forgets_when_told_to() -> None:
    stack = FrameStack(2)
    seen(stack, [1.0, 2.0])
    stack.clear()
    assert (stack.push(frame(7.0), 10**9 + 2 * PERIOD_NS) == 7.0).all()


@given(
    st.integers(2, 8),
    st.lists(st.integers(-(10**8), 3 * 10**8), min_size=1, max_size=40),
)
def test_any_stamps_give_a_stack_in_the_order_of_capture(size: int, steps: list[int]) -> None:
    stack = FrameStack(size)
    for k, stamp in enumerate(np.cumsum(steps).tolist()):
        values = stack.push(frame(k), stamp)[:, 0, 0]
        assert values.shape == (size,)
        assert values[-1] == k
        assert (np.diff(values) >= 0.0).all()
