# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The servo node as its own process, over real DDS: the safety rules one by one."""

import math
import signal
import threading
import time

import pytest
from rosgraph_msgs.msg import Clock
from servo_world import (
    FULL_SPEED,
    MODEL,
    NEUTRAL,
    NEUTRAL_WITHIN_MS,
    SPACE,
    altered,
    good_output,
    nanoseconds,
)
from waiting import wait_until

from deepracer_interfaces.msg import DriveState, Model, PolicyOutput
from deepracer_servo.devices.fake_maestro import FakeMaestro
from deepracer_servo.devices.fake_maestro_board import BoardSettings
from deepracer_servo.devices.settings import MaestroSettings


def shifted(seconds: int):
    def make(stamp) -> PolicyOutput:
        stamp.sec += seconds
        return good_output(stamp)

    return make


def frozen():
    kept = []

    def make(stamp) -> PolicyOutput:
        kept.append(stamp)
        return good_output(kept[0])

    return make


FAULTS = [
    ("silent", None, "no fresh command"),
    ("frozen stamp", frozen(), "the stamp is that of the one before"),
    ("NaN", altered(values=[math.nan, 0.8, 0.1]), "NaN or infinity"),
    ("infinity", altered(values=[0.1, math.inf, 0.1]), "NaN or infinity"),
    ("too short", altered(values=[0.2, 0.8]), "shape (2,)"),
    ("too long", altered(values=[0.1, 0.7, 0.1, 0.1]), "shape (4,)"),
    ("empty", altered(values=[]), "shape (0,)"),
    ("index beyond", altered(action=7), "action index 7"),
    ("index of another", altered(action=0), "action index 0"),
    ("wrong model", altered(model_id="b" * 64), "bbbbbbbbbbbb"),
    ("an hour old", shifted(-3600), "older than that of the one before"),
    ("an hour ahead", shifted(3600), "in the future"),
]


def test_every_fault_of_the_policy_is_neutral_in_time_with_a_reason_and_passes(world, start):
    start()
    world.start_driving()
    for name, make_output, reason in FAULTS:
        # On a busy machine one may come late; a servo node that is slow by itself is so each time.
        delays_ms = [stop(world, make_output, reason)]
        while delays_ms[-1] > NEUTRAL_WITHIN_MS and len(delays_ms) < 5:
            delays_ms.append(stop(world, make_output, reason))
        assert delays_ms[-1] <= NEUTRAL_WITHIN_MS, f"{name}: neutral after {delays_ms} ms"


def stop(world, make_output, reason: str) -> float:
    """Stop the car by a fault, drive on, and return how long it took to stop [ms]."""
    fault_ns = time.time_ns()
    world.make_output = make_output
    neutral = world.wait_for_pulses(NEUTRAL, after_ns=fault_ns)
    assert nanoseconds(neutral.source_stamp) == 0
    world.wait_for_reason(reason)
    assert not world.state.enabled
    world.make_output = good_output
    driving = world.wait_for_pulses(FULL_SPEED)
    assert nanoseconds(driving.source_stamp) > fault_ns
    assert driving.mode == DriveState.AUTONOMOUS
    return (nanoseconds(neutral.header.stamp) - fault_ns) * 1e-6


def test_another_model_stops_the_car_until_its_output_comes(world, start):
    start()
    world.start_driving()
    world.publish_model("b" * 64)
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("policy_output is of model 'aaaaaaaaaaaa'")
    world.make_output = altered(model_id="b" * 64)
    world.wait_for_pulses(FULL_SPEED)
    wait_until(lambda: world.state.model_id == "b" * 64, "the new id on drive_state")


def test_the_emergency_stop_latches(world, start):
    start()
    world.start_driving()
    assert world.trigger("emergency_stop").success
    world.wait_for_reason("emergency stop is latched")
    stopped_ns = time.time_ns()
    refusal = world.set_mode(DriveState.AUTONOMOUS)
    assert not refusal.success and "emergency stop" in refusal.message
    wait_until(lambda: len(world.pulses_since(stopped_ns)) > 5, "pulses go on")
    assert set(world.pulses_since(stopped_ns)) == {NEUTRAL}
    assert world.trigger("clear_emergency_stop").success
    world.wait_for_reason("mode is DISABLED")
    assert not world.state.emergency_stop
    assert world.set_mode(DriveState.AUTONOMOUS).success
    world.wait_for_pulses(FULL_SPEED)


def test_modes_that_cannot_be_entered_are_refused_with_the_reason(world, start):
    start()
    refusal = world.set_mode(9)
    assert not refusal.success and "unknown mode 9" in refusal.message
    world.publish_model("c" * 64, SPACE)
    wait_until(lambda: world.state.model_id == "c" * 64, "the good model arrived")
    world.model.publish(Model(name="bad", id="d" * 64, metadata="{"))
    wait_until(lambda: world.state.model_id == "", "the bad model arrived")
    refusal = world.set_mode(DriveState.AUTONOMOUS)
    assert not refusal.success and "not valid JSON" in refusal.message
    assert world.state.mode == DriveState.DISABLED


def test_killed_and_started_again_it_is_disabled_while_commands_go_on(world, start):
    servo = start()
    world.start_driving()
    assert servo.end(signal.SIGKILL) == -signal.SIGKILL
    killed_ns = time.time_ns()
    start()
    wait_until(lambda: len(world.pulses_since(killed_ns)) > 20, "pulses of the new process")
    assert set(world.pulses_since(killed_ns)) == {NEUTRAL}
    assert world.state.mode == DriveState.DISABLED
    assert world.state.stop_reason == "mode is DISABLED"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_neutral_as_the_last_word(world, start, number):
    # On the wire: of a topic with best effort, nobody is sure to hear the last message.
    with FakeMaestro(BoardSettings(listens=True)) as maestro:
        servo = start(pwm_output="maestro", maestro_device=maestro.path)
        world.start_driving()
        throttle = MaestroSettings().maestro_throttle_channel
        wait_until(lambda: maestro.output(throttle) == FULL_SPEED.throttle_ns, "the car drives")
        assert servo.end(number) == 0
        wait_until(lambda: maestro.output(throttle) == NEUTRAL.throttle_ns, "neutral")


def test_a_simulated_clock_that_stops_stops_the_car(world, start):
    start(use_sim_time="true")
    wait_until(lambda: world.state.model_id == MODEL, "the model arrived")
    clock = Clock()
    clock.clock.sec = 100
    running = threading.Event()
    running.set()

    def make(_stamp) -> PolicyOutput:
        if running.is_set():
            clock.clock.nanosec += 20_000_000
            if clock.clock.nanosec >= 10**9:
                clock.clock.sec, clock.clock.nanosec = clock.clock.sec + 1, 0
            world.clock.publish(clock)
        return good_output(clock.clock)

    world.make_output = make
    assert world.set_mode(DriveState.AUTONOMOUS).success
    world.wait_for_pulses(FULL_SPEED)
    running.clear()
    world.wait_for_pulses(NEUTRAL)
    count = len(world.pulses)
    wait_until(lambda: len(world.pulses) > count + 10, "pulses go on")
    assert world.pulses[-1].throttle_ns == NEUTRAL.throttle_ns
    running.set()
    world.wait_for_pulses(FULL_SPEED)
    world.make_output = None  # The simulator dies: no clock, no frames.
    world.wait_for_pulses(NEUTRAL)
    world.wait_for_reason("the clock stands still")
    clock.clock.sec = 1  # It is started again.
    world.make_output = make
    world.wait_for_pulses(FULL_SPEED)
