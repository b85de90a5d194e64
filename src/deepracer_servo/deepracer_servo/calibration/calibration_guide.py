# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The interactive guide: a person finds the pulses of a car on a stand, and fits its speeds.

The car stands whenever the guide does: pulses are jogs that end by themselves, and are repeated
only while a step of the steering is open or a key of the throttle is held.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from deepracer_core.calibration import AxisCalibration, Calibration
from deepracer_core.errors import CalibrationError, DeepRacerError
from deepracer_servo.calibration import pulse_steps
from deepracer_servo.calibration.calibrated_car import Car
from deepracer_servo.calibration.calibration_table import describe_calibration, describe_throttle
from deepracer_servo.calibration.calibration_yaml import SavedCalibration, calibration_to_yaml
from deepracer_servo.calibration.fit_command import describe_fit, fit_calibration
from deepracer_servo.calibration.pulse_steps import MOVES, SWAP, PulseStep
from deepracer_servo.calibration.speed_rows import COLUMNS, SpeedRow, speed_row
from deepracer_servo.calibration.terminal import ENTER, SPACE, Screen
from deepracer_servo.drive_mode import Mode
from deepracer_servo.jog import LONGEST_HOLD_S

REPEAT_S = 0.2
_QUIT = "q"
_KEYS = """  left/right arrow: a little      up/down arrow, + and -: a lot      Space: again
  Enter: this is it               {swap}q: quit, nothing is saved"""
_SWAP_HELP = "r: the other side of |             "
_WHEELS_UP = """This guide finds the pulses of your car in about five minutes.

Put the car on a stand, so that NO DRIVEN WHEEL TOUCHES ANYTHING, and switch on the supply of
servo and motor. Should the wheels ever do what they must not: press q, or pull the plug.
"""
_SPEED = """

== Speed
How fast the car drives at which throttle; at present:

{table}

To measure it, let the car drive over a marked distance on the floor at a constant throttle, and
take the time; twice each at three throttles or more makes a good curve. That can be done later:
./deepracer calibrate --fit-speed ROWS.csv

If you have measured, type a line for each drive: throttle, distance [m], time [s] and, if you
read it, the battery [V], such as 0.3 3.0 4.1 7.9. Enter alone ends, and keeps the curve where
nothing was typed.
"""


class QuitError(DeepRacerError):
    """The person has had enough."""


class CalibrationGuide:
    """Leads a person through the calibration of one car."""

    def __init__(self, car: Car, screen: Screen) -> None:
        """Take a car, whatever mode it is in."""
        self._car = car
        self._screen = screen

    def run(self) -> bool:
        """Calibrate; whatever happens, the car is DISABLED in the end.

        Returns:
            Whether the calibration was saved. Otherwise the one from before is in force again.

        Raises:
            DeepRacerError: the car refuses, or the terminal is gone.
        """
        try:
            return self._run()
        except QuitError:
            self._screen.say("\nNothing is saved; the car drives by what it did before.")
            return False

    def _run(self) -> bool:
        self._screen.say(_WHEELS_UP)
        if not self._agrees("Do all driven wheels hang in the air?"):
            raise QuitError
        state = self._car.get()
        self._screen.say(f"\nThe car drives by {state.source}.")
        try:
            self._car.set_mode(Mode.CALIBRATION)
            calibration = self._find_pulses(state.calibration)
            calibration = self._find_speeds(calibration)
            return self._save(state.vehicle, calibration)
        finally:
            self._car.set_mode(Mode.DISABLED)

    def _find_pulses(self, calibration: Calibration) -> Calibration:
        steering = self._find_steering(calibration.steering)
        calibration = dataclasses.replace(calibration, steering=steering)
        self._car.set(calibration, wheels_up=True)
        neutral_ns = self._find(pulse_steps.throttle_neutral(calibration.throttle))
        throttle = _with_neutral(calibration.throttle, neutral_ns)
        calibration = dataclasses.replace(calibration, throttle=throttle)
        # At once: between two pulses the wheels must stand.
        self._car.set(calibration, wheels_up=True)
        throttle = self._find_throttle(throttle)
        calibration = dataclasses.replace(calibration, throttle=throttle)
        self._car.set(calibration, wheels_up=True)
        return calibration

    def _find_steering(self, axis: AxisCalibration) -> AxisCalibration:
        centre_ns = self._find(pulse_steps.steering_centre(axis))
        left_ns = self._find(pulse_steps.steering_left(axis, centre_ns))
        right_ns = self._find(pulse_steps.steering_right(axis, centre_ns, left_ns))
        return _with_pulses(axis, centre_ns, left_ns, right_ns)

    def _find_throttle(self, axis: AxisCalibration) -> AxisCalibration:
        neutral_ns = axis.mid_ns
        gentle_ns = self._find(pulse_steps.throttle_direction(axis, neutral_ns))
        side = 1 if gentle_ns > neutral_ns else -1
        forward_ns = self._find(pulse_steps.throttle_forward(axis, neutral_ns, side))
        reverse_ns = self._find(pulse_steps.throttle_reverse(axis, neutral_ns, -side))
        return _with_pulses(axis, neutral_ns, forward_ns, reverse_ns)

    def _find(self, step: PulseStep) -> int:
        """Let the person look for a pulse [ns]."""
        keys_help = _KEYS.format(swap=_SWAP_HELP if step.can_swap else "")
        self._screen.say(f"\n\n== {step.title}\n{step.text}\n{keys_help}")
        pulse_ns = step.start_ns
        while True:
            self._screen.status(step.bar(pulse_ns))
            keys = self._screen.keys(REPEAT_S)
            # All keys since the last look are one move: a slow car must not run after them.
            for key in keys:
                if key == _QUIT:
                    raise QuitError
                if key == ENTER:
                    if not (objection := step.objection(pulse_ns)):
                        return pulse_ns
                    self._screen.say(f"\n  {objection}")
                pulse_ns = step.moved(pulse_ns, key)
            if step.axis == "steering" or any(key in (*MOVES, SWAP, SPACE) for key in keys):
                self._car.jog(step.axis, pulse_ns, LONGEST_HOLD_S, wheels_up=True)

    def _find_speeds(self, calibration: Calibration) -> Calibration:
        table = describe_throttle(calibration.throttle)
        self._screen.say(_SPEED.format(table=table))
        while rows := self._ask_rows():
            try:
                fitted, fit = fit_calibration(calibration, rows)
            except CalibrationError as error:
                self._screen.say(f"{error}\nType all drives again; Enter alone keeps the curve.")
                continue
            self._screen.say(describe_fit(fit, fitted.throttle))
            if self._agrees("Is that the curve?"):
                self._car.set(fitted, wheels_up=True)
                return fitted
            self._screen.say("Type all drives again; Enter alone keeps the curve.")
        return calibration

    def _ask_rows(self) -> list[SpeedRow]:
        rows: list[SpeedRow] = []
        while text := self._screen.line(f"drive {len(rows) + 1}: "):
            cells = text.replace(",", " ").split()
            try:
                rows.append(speed_row(len(rows) + 1, COLUMNS[: max(3, len(cells))], cells))
            except CalibrationError as error:
                self._screen.say(f"  {error}: again, please")
        return rows

    def _save(self, vehicle: str, calibration: Calibration) -> bool:
        self._screen.say(f"\n== This is the new calibration\n{describe_calibration(calibration)}")
        failed = False
        while self._agrees("\nSave it?"):
            try:
                self._screen.say(self._car.save())
                return True
            except CalibrationError as error:
                failed = True
                self._screen.say(f"{error}")
        if failed:
            saved = SavedCalibration(calibration, datetime.now(UTC))
            text = calibration_to_yaml(vehicle, saved)
            self._screen.say(f"\nSo that it is not lost, this is what belongs there:\n{text}")
        raise QuitError

    def _agrees(self, question: str) -> bool:
        self._screen.status(f"{question} [y/n] ")
        while True:
            for key in self._screen.keys(REPEAT_S):
                if key.lower() in ("y", "n", _QUIT):
                    self._screen.say(key)
                    return key.lower() == "y"


def _with_neutral(axis: AxisCalibration, neutral_ns: int) -> AxisCalibration:
    """Return an axis whose ends are still on either side of another neutral."""
    low, high = axis.limits_ns
    shift = neutral_ns - axis.mid_ns
    return dataclasses.replace(
        axis,
        min_ns=max(axis.min_ns + shift, low),
        mid_ns=neutral_ns,
        max_ns=min(axis.max_ns + shift, high),
    )


def _with_pulses(
    axis: AxisCalibration, neutral_ns: int, positive_ns: int, negative_ns: int
) -> AxisCalibration:
    """Return an axis with the pulses of full left and right, or full forward and reverse."""
    return dataclasses.replace(
        axis,
        min_ns=min(positive_ns, negative_ns),
        mid_ns=neutral_ns,
        max_ns=max(positive_ns, negative_ns),
        polarity=1 if positive_ns > negative_ns else -1,
    )
