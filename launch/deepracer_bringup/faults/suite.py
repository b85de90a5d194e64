# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Injects faults into running graphs, again and again, and judges what the car does.

Each injection begins with a car at speed, at a random phase of its loops, and ends when it is at
speed again. In between nothing is started again by the suite: what comes back has come by itself.
What a driver does it does too: set a mode, clear an emergency stop.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from dataclasses import replace

from deepracer_bringup.faults.fault import Fault, Rig
from deepracer_bringup.faults.motion import MEMORY, speed_at
from deepracer_bringup.faults.verdict import Verdict, is_neutral, judge
from deepracer_core.calibration import Calibration
from deepracer_core.errors import DeviceError
from deepracer_servo.drive_mode import Mode

AT_SPEED = 1.0  # [m/s]
PATIENCE = 90.0  # [s]: until the car has to drive again
PHASES = 0.1  # [s]: longer than any period in the graph
STOPPING = 1.0  # [s]: what becomes neutral later is not told from what never does
HELD = 0.25  # [s]: for so long it has to stay neutral
SETTLING = 1.0  # [s]: until what replaces itself at once can be broken again
SPEAKING = 30.0  # [s]: until drive_state has said why; a node may have to start for it
ASK_EVERY = 0.3  # [s]
LOOK_EVERY = 0.02  # [s]
RECOVER_EVERY = 4.0  # [s]
NEUTRAL_NS = Calibration().neutral.throttle_ns


def inject(rig: Rig, fault: Fault, count: int) -> Iterator[Verdict]:
    """Inject a fault so many times; it ends early where the car does not drive again."""
    phases = random.Random(fault.name)
    rig.topics.play(fault.source)
    if reason := drive_off(rig, fault):
        yield Verdict(math.inf, 0.0, f"the car does not drive: {reason}", lost=True)
        return
    for _ in range(count):
        verdict = _inject_once(rig, fault, phases.uniform(0.0, PHASES))
        if reason := drive_off(rig, fault):
            yield replace(verdict, problem=f"the car does not drive again: {reason}", lost=True)
            return
        yield verdict


def drive_off(rig: Rig, fault: Fault) -> str:
    """Do what a driver does until the car is at speed; return why it is not."""
    refusal, asked_at, begun = "", 0.0, time.monotonic()
    recovered_at = begun
    try:
        while not _at_speed(rig, fault.mode):
            now, states = time.monotonic(), rig.watch.states
            if now - begun > PATIENCE:
                return refusal or (states[-1].stop_reason if states else "") or "it is too slow"
            if states and states[-1].mode != fault.mode and now - asked_at > ASK_EVERY:
                refusal, asked_at = rig.services.set_mode(fault.mode), now
            if rig.simulated and now - recovered_at > RECOVER_EVERY:
                # Off the road its picture may not change, and counts as frozen.
                rig.services.trigger("sim_node/recover")
                recovered_at = now
            rig.watch.spin(LOOK_EVERY)
    except DeviceError as error:
        return str(error)
    return ""


def _inject_once(rig: Rig, fault: Fault, phase: float) -> Verdict:
    complaint = ""
    try:
        rig.watch.spin(phase)
        with fault.breaks(rig) as broken_at:
            stood = rig.watch.wait_until(lambda: _stands(rig), STOPPING)
            rig.watch.spin(SETTLING if fault.passing else HELD)
            until = time.monotonic()
            if stood:
                complaint = _unsaid(rig, fault, broken_at) or fault.check(rig)
            if not complaint:
                until = time.monotonic()
    except DeviceError as error:
        return Verdict(math.inf, 0.0, str(error))
    record = rig.chip.record(broken_at - MEMORY)
    verdict = judge(record, broken_at, until, NEUTRAL_NS, fault.passing)
    return replace(verdict, problem=verdict.problem or complaint)


def _at_speed(rig: Rig, mode: Mode) -> bool:
    if not rig.watch.states or rig.watch.states[-1].mode != mode or _stands(rig):
        return False
    now = time.monotonic()
    return speed_at(rig.chip.record(now - MEMORY), now) >= AT_SPEED


def _stands(rig: Rig) -> bool:
    return is_neutral(rig.chip.throttle_ns, NEUTRAL_NS)


def _unsaid(rig: Rig, fault: Fault, broken_at: float) -> str:
    """Return what is wrong with what drive_state has said since the fault."""

    def stops() -> list[str]:
        states = (state for state in rig.watch.states if state.at > broken_at)
        return [state.stop_reason for state in states if not state.enabled]

    def said() -> bool:
        return any(words in stop for stop in stops() for words in fault.reasons)

    if not fault.reasons or rig.watch.wait_until(said, SPEAKING):
        return ""
    return f"drive_state says {', '.join(sorted(set(stops()))) or 'nothing'!r}"
