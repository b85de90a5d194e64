# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Driver, watchdog and fake device: neutral wins every race and comes whatever hangs."""

import threading
import time

import pytest
from waiting import wait_until

from deepracer_core.action_space import Action
from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_servo.devices.pwm_output import FakePwmOutput, TopicPwmOutput, open_pwm_output
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode
from deepracer_servo.driver import REPEAT_AFTER_NS, Driver
from deepracer_servo.freshness import Moment
from deepracer_servo.settings import ServoSettings
from deepracer_servo.watchdog import Watchdog

NEUTRAL = Calibration().neutral
FORWARD = Calibration().pulses(Action(0.0, 1.0))
MS = 1_000_000


class Bench:
    """A driver over a fake device, with a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = Moment(10**18, 10**18)
        self.clock = lambda: self.now
        self.pwm = FakePwmOutput()
        self.published = []
        self.states = []
        self.driver = Driver(
            DriveControl(ServoSettings(), Calibration()),
            self.pwm,
            lambda: self.clock(),
            self.published.append,
            lambda status, age: self.states.append(status),
        )

    def wait_ms(self, milliseconds: float) -> None:
        step = round(milliseconds * MS)
        self.now = Moment(self.now.ros_ns + step, self.now.steady_ns + step)

    def forward(self) -> None:
        self.driver.change(
            lambda control, now: control.manual_command("drive", now.ros_ns, Action(0.0, 1.0), now)
        )

    def drive(self) -> None:
        self.driver.change(lambda control, _: control.set_mode(Mode.MANUAL))
        self.wait_ms(1)
        self.forward()


def wall_clock() -> Moment:
    return Moment(time.time_ns(), time.monotonic_ns())


def test_the_table_has_the_back_ends_without_hardware():
    assert isinstance(open_pwm_output("topic", {}, NEUTRAL), TopicPwmOutput)
    assert isinstance(open_pwm_output("fake", {}, NEUTRAL), FakePwmOutput)


def test_neutral_is_written_before_anything_else():
    bench = Bench()
    assert list(bench.pwm.written) == [NEUTRAL]
    assert [output.pulses for output in bench.published] == [NEUTRAL]
    assert [status.mode for status in bench.states] == [Mode.DISABLED]


def test_a_command_is_written_at_once_and_neutral_when_its_life_is_over():
    bench = Bench()
    bench.drive()
    assert bench.pwm.written[-1] == FORWARD
    bench.wait_ms(150)
    bench.driver.refresh()
    assert bench.pwm.written[-1] == FORWARD
    bench.wait_ms(0.001)
    bench.driver.refresh()
    assert bench.pwm.written[-1] == NEUTRAL
    assert [status.enabled for status in bench.states] == [False, False, True, False]


def test_every_command_is_published_and_unchanged_pulses_are_repeated():
    bench = Bench()
    bench.drive()
    count = len(bench.published)
    for _ in range(3):
        bench.wait_ms(16)
        bench.forward()
        bench.driver.refresh()
    assert len(bench.published) == count + 3
    bench.wait_ms(REPEAT_AFTER_NS / MS)
    bench.driver.refresh()
    bench.driver.refresh()
    assert len(bench.published) == count + 4


def test_every_way_out_ends_in_neutral_and_nothing_follows():
    bench = Bench()
    bench.drive()
    bench.driver.close()
    bench.wait_ms(REPEAT_AFTER_NS / MS)
    bench.forward()
    bench.driver.refresh()
    bench.driver.close()
    assert list(bench.pwm.written)[-2:] == [FORWARD, NEUTRAL]
    assert bench.published[-1].pulses == NEUTRAL
    assert bench.pwm.closed


def test_closing_writes_neutral_even_where_it_was_the_last_write():
    bench = Bench()
    bench.driver.close()
    assert list(bench.pwm.written) == [NEUTRAL, NEUTRAL]


def test_a_failed_write_is_reported_and_neutral_is_tried_until_it_works():
    bench = Bench()
    bench.drive()
    published = len(bench.published)
    bench.pwm.failure = DeviceError("bus error")
    bench.wait_ms(10)
    bench.forward()
    bench.wait_ms(10)
    assert "bus error" in bench.states[-1].stop_reason
    bench.forward()
    bench.driver.refresh()
    assert len(bench.published) == published, "pulses that were not written are not published"
    bench.pwm.failure = None
    bench.driver.refresh()
    assert bench.pwm.written[-1] == NEUTRAL
    bench.wait_ms(60)
    bench.forward()
    assert bench.pwm.written[-1] == FORWARD


def test_latency_is_counted_once_for_each_command():
    bench = Bench()
    bench.drive()
    for _ in range(3):
        bench.wait_ms(40)
        bench.driver.refresh()
    assert bench.driver.latency.summary_ms() == {"p50": 0, "p95": 0, "p99": 0, "max": 0}


def test_the_watchdog_stops_the_car_while_nothing_else_runs():
    bench = Bench()
    bench.clock = wall_clock
    watchdog = Watchdog(bench.driver.refresh, died=lambda: None)
    watchdog.start()
    bench.drive()
    try:
        # This thread is the executor, and it is blocked here.
        wait_until(lambda: bench.pwm.written[-1] == NEUTRAL)
    finally:
        watchdog.stop()
    assert not watchdog.alive
    assert "silent" in bench.states[-1].stop_reason


def test_a_write_that_hung_is_followed_by_neutral():
    bench = Bench()
    bench.clock = wall_clock
    bench.driver.change(lambda control, _: control.set_mode(Mode.MANUAL))
    watchdog = Watchdog(bench.driver.refresh, died=lambda: None)
    bench.pwm.hang()
    command = threading.Thread(target=bench.forward)
    command.start()
    watchdog.start()
    time.sleep(0.2)
    bench.pwm.release()
    command.join()
    try:
        wait_until(lambda: bench.pwm.written[-1] == NEUTRAL)
    finally:
        watchdog.stop()
    assert FORWARD in bench.pwm.written


def test_closing_does_not_wait_for_ever_on_a_device_that_hangs():
    bench = Bench()
    bench.drive()
    bench.pwm.hang()
    bench.wait_ms(16)
    locked = threading.Event()
    bench.clock = lambda: locked.set() or bench.now
    command = threading.Thread(target=bench.forward)
    command.start()
    assert locked.wait(10)
    bench.driver.close()
    bench.pwm.release()
    command.join()


def test_a_late_command_never_outlives_an_emergency_stop():
    bench = Bench()
    bench.drive()
    stopped = threading.Event()

    def commands() -> None:
        while not stopped.is_set():
            bench.forward()

    threads = [threading.Thread(target=commands) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        bench.driver.change(lambda control, _: control.emergency_stop())
        count = len(bench.published)
        time.sleep(0.001)
        assert all(output.pulses == NEUTRAL for output in bench.published[count - 1 :])
        bench.driver.change(lambda control, _: control.clear_emergency_stop())
        bench.driver.change(lambda control, _: control.set_mode(Mode.MANUAL))
    stopped.set()
    for thread in threads:
        thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watchdog_that_dies_says_so():
    died = threading.Event()

    def broken() -> None:
        raise RuntimeError("broken")

    watchdog = Watchdog(broken, died=died.set)
    watchdog.start()
    assert died.wait(10)
    wait_until(lambda: not watchdog.alive)


def test_a_watchdog_that_is_stopped_has_not_died():
    ticks = threading.Event()
    died = threading.Event()
    watchdog = Watchdog(ticks.set, died=died.set, period_s=0.001)
    watchdog.start()
    assert ticks.wait(10)
    watchdog.stop()
    assert not watchdog.alive and not died.is_set()
