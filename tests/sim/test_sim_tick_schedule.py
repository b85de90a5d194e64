# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from deepracer_sim.tick_schedule import (
    LONGEST_BACKLOG,
    LONGEST_TICK,
    LONGEST_WALL_TICK,
    TickSchedule,
)


class WallClock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def run_due(schedule: TickSchedule) -> int:
    due = schedule.due()
    for _ in range(due):
        schedule.tick()
    return due


@pytest.mark.parametrize("fps", [1.0, 15.0, 30.0, 60.0, 97.0, 240.0])
@pytest.mark.parametrize("factor", [0.05, 0.3, 1.0, 4.0, 20.0])
def test_ticks_are_short_and_frames_fall_on_them(fps: float, factor: float) -> None:
    schedule = TickSchedule(fps, factor, WallClock())
    assert schedule.duration <= LONGEST_TICK + 1e-12
    assert schedule.wall_period <= LONGEST_WALL_TICK + 1e-12
    assert schedule.wall_period == pytest.approx(schedule.duration / factor)
    stamps = []
    while len(stamps) < 5:
        schedule.tick()
        if schedule.is_frame:
            stamps.append(schedule.time_ns)
    assert stamps == pytest.approx([i * 1e9 / fps for i in range(1, 6)], abs=1.0)


def test_time_does_not_drift_over_a_day_of_ticks() -> None:
    schedule = TickSchedule(60.0, 1.0, WallClock())
    schedule._done = 120 * 86_400
    assert schedule.time_ns == 86_400 * 10**9


def test_simulated_time_follows_the_wall_clock_however_irregular_the_calls() -> None:
    clock = WallClock()
    schedule = TickSchedule(30.0, 2.0, clock)
    for pause in [0.008, 0.001, 0.02, 0.0, 0.04, 0.009, 0.0005] * 100:
        clock.time += pause
        run_due(schedule)
        assert abs(schedule.time_ns / 1e9 - 2.0 * (clock.time - 1000.0)) <= schedule.duration


def test_after_a_stall_time_is_lost_instead_of_made_up_for() -> None:
    clock = WallClock()
    schedule = TickSchedule(15.0, 1.0, clock)
    clock.time += 60.0
    assert run_due(schedule) * schedule.wall_period <= LONGEST_BACKLOG + schedule.wall_period
    caught_up = schedule.time_ns
    clock.time += 1.0
    for _ in range(30):
        run_due(schedule)
    assert schedule.time_ns - caught_up <= (LONGEST_BACKLOG + schedule.wall_period) * 1e9


def test_nothing_is_due_before_its_time() -> None:
    clock = WallClock()
    schedule = TickSchedule(15.0, 1.0, clock)
    assert schedule.due() == 0
    clock.time += 0.4 * schedule.wall_period
    assert schedule.due() == 0
    clock.time -= 5.0
    assert schedule.due() == 0
