# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The guide, with a fake car: whatever happens, the car is at rest."""

import re

import pytest

from deepracer_core.calibration import VEHICLES, Calibration
from deepracer_core.errors import CalibrationError, DeviceError
from deepracer_servo.calibration.calibrated_car import CarState
from deepracer_servo.calibration.calibration_guide import CalibrationGuide
from deepracer_servo.calibration.terminal import TerminalLostError
from deepracer_servo.drive_mode import Mode

STOCK = Calibration()
UP, DOWN, RIGHT, LEFT, ENTER = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\n"
KEYS = re.compile(r"\x1b[\[O].|.", re.DOTALL)


class FakeCar:
    """A servo node that remembers what it was told."""

    def __init__(self) -> None:
        self.saved = self.calibration = STOCK
        self.mode = Mode.AUTONOMOUS
        self.jogs: list[tuple[str, int]] = []
        self.failures: list[Exception] = []
        self.full = 0

    def get(self) -> CarState:
        return CarState("deepracer", self.calibration, "a file")

    def set(self, calibration: Calibration, wheels_up: bool) -> None:
        assert wheels_up and self.mode is Mode.CALIBRATION
        self.calibration = calibration

    def save(self) -> str:
        if self.full:
            self.full -= 1
            raise CalibrationError("No space left on device")
        self.saved = self.calibration
        return "saved as a file"

    def jog(self, axis: str, pulse_ns: int, hold: float, wheels_up: bool) -> None:
        assert wheels_up and self.mode is Mode.CALIBRATION and 0.0 < hold <= 0.5
        low, high = getattr(STOCK, axis).limits_ns
        assert low <= pulse_ns <= high
        self.jogs.append((axis, pulse_ns))
        if self.failures:
            raise self.failures.pop()

    def set_mode(self, mode: Mode) -> None:
        self.mode = mode
        if mode is not Mode.CALIBRATION:
            self.calibration = self.saved


class FakeScreen:
    """Presses keys one by one, and answers questions for a line."""

    def __init__(self, keys: str, lines: list[str] | None = None) -> None:
        self._keys = KEYS.findall(keys)
        self._lines = lines or []
        self.text = ""

    def keys(self, patience: float) -> list[str]:
        if not self._keys:
            raise TerminalLostError("the terminal was closed")
        key = self._keys.pop(0)
        names = {UP: "up", DOWN: "down", RIGHT: "right", LEFT: "left", ENTER: "enter"}
        return [] if key == "." else [names.get(key, "space" if key == " " else key)]

    def line(self, prompt: str) -> str:
        self.text += prompt
        return self._lines.pop(0) if self._lines else ""

    def say(self, text: str) -> None:
        self.text += f"{text}\n"

    status = say


@pytest.fixture
def car() -> FakeCar:
    return FakeCar()


def guide(car: FakeCar, keys: str, lines: list[str] | None = None) -> tuple[bool, FakeScreen]:
    screen = FakeScreen(keys, lines)
    try:
        return CalibrationGuide(car, screen).run(), screen
    finally:
        assert car.mode is not Mode.CALIBRATION
        assert car.calibration == car.saved


def test_enter_all_the_way_changes_nothing_and_saves(car):
    saved, screen = guide(car, f"y{ENTER * 7}y")
    assert saved and car.mode is Mode.DISABLED
    assert car.saved == STOCK
    assert "saved as a file" in screen.text
    assert {axis for axis, _ in car.jogs} == set()  # Enter moves nothing.


def test_keys_move_the_pulses(car):
    steering = f"{RIGHT * 2}{ENTER}{UP}{ENTER}{DOWN}{LEFT}{ENTER}"
    throttle = f"{LEFT}{ENTER} {ENTER}+{ENTER}-{ENTER}"
    saved, _ = guide(car, f"y{steering}{throttle}y")
    assert saved
    axis = car.saved.steering
    assert (axis.min_ns, axis.mid_ns, axis.max_ns) == (1_182_000, 1_454_000, 1_724_000)
    axis = car.saved.throttle
    assert (axis.min_ns, axis.mid_ns, axis.max_ns) == (1_329_000, 1_444_000, 1_581_500)
    assert car.saved.throttle.polarity == -1
    assert car.saved.throttle.curve == STOCK.throttle.curve


def test_the_way_that_the_wheels_turn_becomes_the_polarity(car):
    saved, _ = guide(car, f"y{ENTER}r{ENTER * 3}r{ENTER * 3}y")
    assert saved
    assert (car.saved.steering.polarity, car.saved.throttle.polarity) == (-1, 1)
    pulses = [getattr(car.saved.throttle, name) for name in ("min_ns", "mid_ns", "max_ns")]
    assert pulses == [1_311_000, 1_446_000, 1_603_500]


def test_the_steering_stands_while_its_step_is_open_and_the_throttle_never_does(car):
    with pytest.raises(TerminalLostError):
        guide(car, f"y...{ENTER}.{ENTER}.{ENTER}..... ....")
    steering = [pulse for axis, pulse in car.jogs if axis == "steering"]
    assert steering == [1_450_000] * 3 + [1_700_000, 1_200_000]
    assert [pulse for axis, pulse in car.jogs if axis == "throttle"] == [1_446_000]


def test_the_first_throttle_is_gentle(car):
    guide(car, f"y{ENTER * 4} q")
    (_, pulse) = car.jogs[-1]
    assert abs(pulse - STOCK.throttle.mid_ns) < 40_000


def test_neutral_is_in_force_before_the_next_pulse(car):
    neutrals = []
    car.jog = lambda axis, *_, **__: neutrals.append(car.calibration.throttle.mid_ns)
    guide(car, f"y{ENTER * 3}{UP}{ENTER} q")
    assert neutrals == [1_446_000, 1_466_000]


@pytest.mark.parametrize(
    "keys", ["n", "q", "yq", f"y{ENTER}q", f"y{UP}{ENTER * 5}q", f"y{ENTER * 7}n"]
)
def test_leaving_early_saves_nothing(car, keys):
    saved, screen = guide(car, keys)
    assert not saved
    assert car.saved == STOCK
    assert "Nothing is saved" in screen.text


def test_what_cannot_be_is_told_and_the_step_stays_open(car):
    keys = f"y{UP * 40}{ENTER}{DOWN}{ENTER}{DOWN * 40}q"
    _, screen = guide(car, keys)
    assert "too close to an end" in screen.text
    _, screen = guide(car, f"y{ENTER * 2}{UP * 40}{ENTER}q")
    assert "too close to the |" in screen.text
    assert car.jogs[-1] == ("steering", 1_450_000)  # Right stays right of the middle.


@pytest.mark.parametrize("error", [CalibrationError("refused"), DeviceError("silent")])
def test_a_car_that_refuses_ends_it(car, error):
    car.failures.append(error)
    with pytest.raises(type(error)):
        guide(car, "y..")
    assert car.mode is Mode.DISABLED


def test_an_interrupt_ends_it_disabled(car):
    car.failures.append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        guide(car, "y..")
    assert car.mode is Mode.DISABLED


def test_measured_drives_make_the_curve(car):
    lines = ["0.3 3.0 6.0", "nonsense", "0.6 x 2", "0.6, 3.0, 2.0, 7.4", ""]
    saved, screen = guide(car, f"y{ENTER * 7}yy", lines)
    assert saved
    assert "drive 2: " in screen.text and "1 values for 3 columns: again" in screen.text
    assert "distance_m is 'x', a number is needed: again" in screen.text
    assert car.saved.throttle.curve[-2:] == ((0.5, 0.3), (1.5, 0.6))


def test_drives_that_contradict_each_other_can_be_typed_again(car):
    lines = ["0.3 3.0 1.0", "0.6 3.0 2.0", "", ""]
    saved, screen = guide(car, f"y{ENTER * 7}y", lines)
    assert saved and "is not faster than" in screen.text
    assert car.saved == STOCK
    saved, _ = guide(car, f"y{ENTER * 7}ny", ["0.3 3 6", "0.6 3 2", "", ""])
    assert saved and car.saved == STOCK


def test_a_full_disk_is_told_and_nothing_is_lost(car):
    car.full = 1
    saved, screen = guide(car, f"y{UP}{ENTER * 7}yy")
    assert saved and "No space left" in screen.text
    assert car.saved.steering.mid_ns == 1_470_000
    car.full = 2
    saved, screen = guide(car, f"y{UP}{ENTER * 7}yyn")
    assert not saved
    assert "mid_ns: 1490000" in screen.text  # What would have been saved.


def test_all_profiles_can_be_calibrated(car):
    for name, calibration in VEHICLES.items():
        car.saved = car.calibration = calibration
        car.jog = lambda *_, **__: None
        saved, _ = guide(car, f"y{ENTER * 7}y")
        assert saved, name
        assert car.saved == calibration
