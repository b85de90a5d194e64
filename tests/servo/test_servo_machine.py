# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The drive control against a plain restatement of the rules, in sequences nobody thought of."""

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from deepracer_core.action_space import Action, DiscreteActionSpace
from deepracer_core.calibration import Calibration
from deepracer_core.model_metadata import metadata_text
from deepracer_servo.drive_control import DriveControl
from deepracer_servo.drive_mode import Mode, ModeRefusedError
from deepracer_servo.freshness import Moment
from deepracer_servo.settings import ServoSettings

MS = 1_000_000
TTL_NS = 150 * MS
MODELS = ("a" * 64, "b" * 64)
METADATA = metadata_text(DiscreteActionSpace((Action(0.2, 1.0), Action(-0.2, 2.0))))
GOOD_VALUES = [0.25, 0.75]
BAD_OUTPUTS = [
    ([math.nan, 0.5], 1),
    ([0.5, math.inf], 1),
    ([1.0], 0),
    ([0.1, 0.2, 0.7], 2),
    (GOOD_VALUES, 0),
    (GOOD_VALUES, 2),
    (GOOD_VALUES, -1),
]


class DriveRules(RuleBasedStateMachine):
    """Keeps its own, simplest book on what may drive, and compares at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.control = DriveControl(ServoSettings(), Calibration())
        self.now = Moment(10**15, 10**15)
        self.mode = Mode.DISABLED
        self.stopped = False
        self.model = ""
        self.newest: dict[str, int] = {}
        self.lives_until: int | None = None
        self.jog_until = 0
        self.stood = self.now
        self.last_progress = self.now
        self.control.output(self.now)

    @property
    def clock_stopped(self) -> bool:
        return self.now.steady_ns - self.last_progress.steady_ns > TTL_NS

    def judge(self, source: str, stamp: int, good: bool, may_repeat: bool) -> None:
        newest = self.newest.get(source, 0)
        ordered = stamp > newest or (may_repeat and stamp == newest)
        known = not self.clock_stopped and stamp - self.now.ros_ns <= TTL_NS and ordered
        if known:
            self.newest[source] = stamp
        if known and good and self.now.ros_ns - stamp <= TTL_NS:
            self.lives_until = min(stamp, self.now.ros_ns) + TTL_NS
        else:
            self.lives_until = None

    @rule(milliseconds=st.floats(0.01, 400))
    def time_passes(self, milliseconds):
        step = round(milliseconds * MS)
        self.now = Moment(self.now.ros_ns + step, self.now.steady_ns + step)
        self.last_progress = self.now

    @rule(milliseconds=st.floats(1, 400))
    def clock_stands_still(self, milliseconds):
        self.now = Moment(self.now.ros_ns, self.now.steady_ns + round(milliseconds * MS))
        if self.clock_stopped:
            self.lives_until = None

    @rule(seconds=st.floats(0.001, 3600))
    def clock_jumps_back(self, seconds):
        self.now = Moment(self.now.ros_ns - round(seconds * 1e9), self.now.steady_ns + MS)
        self.last_progress = self.now
        self.newest.clear()
        self.lives_until = None

    @rule(seconds=st.floats(0.2, 3600))
    def clock_jumps_forwards(self, seconds):
        self.now = Moment(self.now.ros_ns + round(seconds * 1e9), self.now.steady_ns + MS)
        self.control.output(self.now)
        self.last_progress = self.now
        self.newest.clear()
        self.lives_until = None

    @rule(
        axis=st.sampled_from(["steering", "throttle", "brake"]),
        pulse_ns=st.integers(900_000, 2_100_000),
        hold=st.sampled_from([-1.0, 0.0, 0.05, 0.5, 0.51, math.nan]),
        wheels_up=st.booleans(),
    )
    def jog(self, axis, pulse_ns, hold, wheels_up):
        low, high = {"steering": (10**6, 2 * 10**6), "throttle": (1_275_000, 1_725_000)}.get(
            axis, (0, 0)
        )
        allowed = self.mode == Mode.CALIBRATION and low <= pulse_ns <= high and 0 < hold <= 0.5
        allowed = allowed and (wheels_up or axis != "throttle")
        try:
            self.control.jog(axis, pulse_ns, hold, wheels_up, self.now)
            assert allowed
            self.jog_until = self.now.steady_ns + round(hold * 1e9)
        except ModeRefusedError as error:
            assert not allowed and str(error)

    @rule(mode=st.integers(0, 255))
    def any_mode(self, mode):
        self.set_mode(mode)

    @rule(mode=st.sampled_from(Mode))
    def set_mode(self, mode):
        allowed = mode == Mode.DISABLED or (
            mode in tuple(Mode) and not self.stopped and (mode != Mode.AUTONOMOUS or self.model)
        )
        try:
            self.control.set_mode(mode)
            assert allowed
            if mode != self.mode:
                self.lives_until, self.jog_until = None, 0
            self.mode = Mode(mode)
        except ModeRefusedError as error:
            assert not allowed and str(error)

    @rule()
    def emergency_stop(self):
        self.control.emergency_stop()
        self.stopped, self.mode, self.lives_until = True, Mode.DISABLED, None
        self.jog_until = 0

    @rule()
    def clear_emergency_stop(self):
        self.control.clear_emergency_stop()
        self.stopped = False

    @rule(model=st.sampled_from(MODELS), readable=st.booleans())
    def set_model(self, model, readable):
        if model == self.model:
            readable = True
        elif self.mode == Mode.AUTONOMOUS:
            self.lives_until = None
        self.control.set_model(model, METADATA if readable else "{")
        self.model = model if readable else ""

    @rule(age_ms=st.integers(-200, 300), model=st.sampled_from(MODELS), bad=st.booleans())
    def policy_output(self, age_ms, model, bad):
        values, index = BAD_OUTPUTS[age_ms % len(BAD_OUTPUTS)] if bad else (GOOD_VALUES, 1)
        stamp = self.now.ros_ns - age_ms * MS
        self.control.policy_output(stamp, model, values, index, self.now)
        if self.mode == Mode.AUTONOMOUS:
            self.judge("policy", stamp, not bad and model == self.model, may_repeat=False)

    @rule()
    def fresh_policy_output(self):
        self.time_passes(16)
        self.control.output(self.now)
        self.policy_output(5, self.model or MODELS[0], bad=False)

    @rule(
        source=st.sampled_from(["drive", "cmd_vel"]),
        age_ms=st.integers(-200, 300),
        speed=st.sampled_from([0.5, 4.0, -1.0, math.nan, math.inf]),
    )
    def manual_command(self, source, age_ms, speed):
        stamp = self.now.ros_ns - age_ms * MS
        self.control.manual_command(source, stamp, Action(0.1, speed), self.now)
        if self.mode == Mode.MANUAL:
            self.judge(source, stamp, math.isfinite(speed), may_repeat=True)

    @invariant()
    def only_a_fresh_good_command_in_an_enabled_mode_moves_the_car(self):
        output = self.control.output(self.now)
        if self.lives_until is not None and self.now.ros_ns > self.lives_until:
            self.lives_until = None
        jogs = self.now.steady_ns < self.jog_until
        may_drive = self.mode != Mode.DISABLED and not self.stopped and bool(self.lives_until)
        if not may_drive:
            self.stood = self.now
        elif not output.status.enabled:  # What stopped it was a fault, and not long ago.
            assert self.now.steady_ns - self.stood.steady_ns < 60 * MS
            may_drive = False
        assert output.status.enabled == (may_drive or jogs)
        if not jogs:  # A jog may be to neutral itself.
            assert (output.pulses != Calibration().neutral) == may_drive
        assert (output.status.stop_reason == "") == (may_drive or jogs)
        assert (output.source_ns != 0) == may_drive


DriveRules.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestDriveRules = DriveRules.TestCase
