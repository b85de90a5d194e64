# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import time

from deepracer_sim.answer_times import MOST_UNDER_WAY, AnswerTimes


def test_only_the_first_answer_to_a_frame_is_timed() -> None:
    times = AnswerTimes()
    times.frame(1)
    time.sleep(0.01)
    answered = times.answer(1)
    assert answered is not None and answered >= 0.01
    assert times.answer(1) is None
    assert times.answer(2) is None


def test_frames_that_are_never_answered_are_forgotten() -> None:
    times = AnswerTimes()
    for stamp in range(MOST_UNDER_WAY + 1):
        times.frame(stamp)
    assert times.answer(0) is None
    assert times.answer(1) is not None
