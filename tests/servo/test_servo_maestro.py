# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The Maestro over a pseudo-terminal: it obeys, and whatever goes wrong is noticed and neutral."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
import serial
from hypothesis import example, given, settings
from hypothesis import strategies as st
from waiting import PATIENCE_S, wait_until

from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices import maestro, maestro_port, maestro_pwm
from deepracer_servo.devices.fake_maestro import BoardSettings, FakeMaestro
from deepracer_servo.devices.maestro import Errors
from deepracer_servo.devices.maestro_port import find_command_port
from deepracer_servo.devices.maestro_pwm import MaestroPwm
from deepracer_servo.devices.pwm_device import DEVICES
from deepracer_servo.devices.settings import MaestroSettings

NEUTRAL = Pulses(1_450_000, 1_446_000)
FORWARD = Pulses(1_550_000, 1_400_000)
STEERING, THROTTLE, UNUSED = range(3)
HOMES = {THROTTLE: NEUTRAL.throttle_ns}
# A call may take 50 ms; far more is allowed here, since machines that run tests are busy.
LONG_S = 5.0
MICRO = "usb-Pololu_Corporation_Pololu_Micro_Maestro_6-Servo_Controller_00022544"
MINI = "usb-Pololu_Corporation_Pololu_Mini_Maestro_12-Channel_USB_Servo_Controller_00467345"


def fake_maestro(**board) -> FakeMaestro:
    return FakeMaestro(BoardSettings(**{"listens": True, "homes_ns": HOMES, **board}))


def open_maestro(fake: FakeMaestro, **given) -> MaestroPwm:
    options = {"maestro_device": str(fake.path), "maestro_serial_timeout": 0.0, **given}
    return MaestroPwm(MaestroSettings(**options), NEUTRAL)


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Gives the fake's thread time to get at the processor; else it passes for a broken board."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maestro_port, "ANSWER_S", 10 * maestro_port.ANSWER_S)
        patch.setattr(maestro_pwm, "SETTLE_S", 3 * maestro_pwm.SETTLE_S)
        yield


@pytest.fixture
def fake():
    with fake_maestro() as board:
        yield board


@pytest.fixture
def device(fake):
    opened = open_maestro(fake)
    yield opened
    opened.close()


def outputs(fake: FakeMaestro) -> Pulses:
    return Pulses(fake.output(STEERING), fake.output(THROTTLE))


def wait_for(fake: FakeMaestro, pulses: Pulses, meanwhile=lambda: None) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while outputs(fake) != pulses:
        assert time.monotonic() < deadline, f"{outputs(fake)} instead of {pulses}"
        meanwhile()
        time.sleep(0.005)


def wait_for_neutral(fake: FakeMaestro) -> None:
    wait_for(fake, NEUTRAL)


def drive(fake: FakeMaestro, device: MaestroPwm, pulses: Pulses = FORWARD) -> None:
    wait_for(fake, pulses, lambda: device.write(pulses))


def refusal(call, *arguments, **options) -> str:
    """What a call that fails says; it must do so soon."""
    started = time.monotonic()
    with pytest.raises(DeviceError) as caught:
        call(*arguments, **options)
    assert time.monotonic() - started < LONG_S
    assert "\n" not in str(caught.value)
    return str(caught.value)


def intrude(fake: FakeMaestro, seen: Callable[[], object], *packets: bytes) -> None:
    """Send bytes by a second program that does not care for locks, until the board got them."""
    port = os.open(fake.path, os.O_WRONLY | os.O_NOCTTY)
    os.write(port, b"".join(packets))
    os.close(port)
    wait_until(seen, "the board got it")


def catch_up(fake: FakeMaestro) -> None:
    """Return when the board has answered all that it was asked, for it takes bytes in turn.

    An answer that comes later than STALE_S would pass for that to another question.
    """
    target = 0 if fake.output(UNUSED) else 6400
    pulse = target * maestro.QUARTER_NS
    intrude(fake, lambda: fake.output(UNUSED) == pulse, maestro.set_target(UNUSED, target))


# --- a healthy board -------------------------------------------------------------------------


def test_neutral_comes_first_and_pulses_follow(fake):
    device = DEVICES["maestro"].open(MaestroSettings(maestro_device=str(fake.path)), NEUTRAL)
    drive(fake, device)
    drive(fake, device, NEUTRAL)
    device.close()
    throttle = [pulse for _, channel, pulse in fake.history() if channel == THROTTLE]
    beside = NEUTRAL.throttle_ns + maestro.QUARTER_NS
    assert throttle[0] == NEUTRAL.throttle_ns
    assert set(throttle[:-2]) <= {NEUTRAL.throttle_ns, beside}
    assert throttle[-2:] == [FORWARD.throttle_ns, NEUTRAL.throttle_ns]


@pytest.mark.parametrize("crc", [False, True])
def test_a_quarter_of_a_microsecond_is_put_out(crc):
    with fake_maestro(crc=crc, period=0.003) as fake:
        device = open_maestro(fake, maestro_crc=crc)
        for step in range(-8, 9):
            drive(fake, device, Pulses(*(pulse + 250 * step for pulse in NEUTRAL)))
        assert device.remarks() == ""
        device.close()


# As SETTLE_S: all takes three times as long here.
@pytest.mark.parametrize("period", [0.009, 0.06, 0.09])
def test_changing_pulses_are_confirmed_whenever_the_board_gets_to_them(period):
    with fake_maestro(period=period) as fake:
        device = open_maestro(fake)
        for step in range(40):
            device.write(Pulses(1_450_000, 1_400_000 + 1_000 * (step % 7)))
            time.sleep(0.015)
        drive(fake, device)
        assert device.remarks() == ""
        device.close()


def test_limits_that_others_left_behind_do_not_slow_the_car(fake):
    slow = [maestro.set_speed(c, 1) + maestro.set_acceleration(c, 1) for c in (STEERING, THROTTLE)]
    left = maestro.set_target(STEERING, 6400), maestro.set_target(THROTTLE, 5784), *slow
    intrude(fake, lambda: outputs(fake) == Pulses(1_600_000, NEUTRAL.throttle_ns), *left)
    device = open_maestro(fake)
    drive(fake, device, Pulses(1_000_000, 1_300_000))
    device.close()
    steering = [pulse for _, channel, pulse in fake.history() if channel == STEERING]
    assert steering == [1_600_000, NEUTRAL.steering_ns, 1_000_000]


def test_answers_to_somebody_else_and_old_errors_are_dropped(fake):
    asked = maestro.get_position(0) * 50
    intrude(fake, lambda: fake.errors() is Errors.PROTOCOL, b"\x05", asked)
    device = open_maestro(fake)
    drive(fake, device)
    assert device.remarks() == ""
    device.close()


def test_no_second_program_can_open_the_port(fake, device):
    assert "is in use by another program" in refusal(open_maestro, fake)
    drive(fake, device)


def test_a_closed_device_writes_nothing_and_the_port_is_free(fake, device):
    device.close()
    device.close()
    assert "is gone" in refusal(device.write, FORWARD)
    wait_for_neutral(fake)
    open_maestro(fake).close()


def test_a_pulse_that_no_board_has_is_refused_and_neutral(fake, device):
    drive(fake, device)
    assert "correct the calibration" in refusal(device.write, Pulses(1_450_000, 0))
    wait_for_neutral(fake)


# --- which port ------------------------------------------------------------------------------


def test_the_only_command_port_is_found(tmp_path):
    for name in (f"{MINI}-if00", f"{MINI}-if02", "usb-FTDI_FT232R_A1-if00-port0"):
        (tmp_path / name).touch()
    assert find_command_port(tmp_path) == str(tmp_path / f"{MINI}-if00")


def test_the_board_is_found_without_a_name(fake):
    device = MaestroPwm(MaestroSettings(maestro_serial_timeout=0.0), NEUTRAL, fake.path.parent)
    drive(fake, device)
    device.close()


def test_several_or_no_boards_are_refused_with_what_is_there(tmp_path):
    folder = tmp_path / "by-id"
    assert refusal(find_command_port, folder).startswith(
        f"no Maestro in {folder} (there: nothing)"
    )
    folder.mkdir()
    (folder / "usb-FTDI_A1-if00-port0").touch()
    assert "(there: usb-FTDI_A1-if00-port0); check the USB" in refusal(find_command_port, folder)
    for board in (MICRO, MINI):
        (folder / f"{board}-if00").touch()
    text = refusal(find_command_port, folder)
    assert text.startswith("several Maestros in ") and MICRO in text and MINI in text
    assert "maestro_device" in text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOENT, "check the USB cable"),
        (errno.EACCES, "usermod -aG dialout"),
        (errno.EBUSY, "in use by another program"),
        (errno.EIO, "cannot be opened"),
    ],
)
def test_a_port_that_does_not_open_says_what_to_do(fake, monkeypatch, number, text):
    def refuse(*_, **__):
        raise serial.SerialException(number, os.strerror(number))

    monkeypatch.setattr(serial, "Serial", refuse)
    assert text in refusal(open_maestro, fake)


def test_a_file_is_no_port(fake, tmp_path):
    (tmp_path / "port").touch()
    assert "cannot be opened" in refusal(open_maestro, fake, maestro_device=str(tmp_path / "port"))


# --- the board is set wrongly ----------------------------------------------------------------


def test_a_board_in_its_factory_serial_mode_is_told_from_its_silence():
    with fake_maestro(listens=False) as fake:
        text = refusal(open_maestro, fake)
    assert "USB Dual Port" in text and "UART, detect baud rate" in text


@pytest.mark.parametrize(("board", "ours"), [(True, False), (False, True)])
def test_crc_on_one_side_only_is_named(board, ours):
    with fake_maestro(crc=board) as fake:
        assert "maestro_crc" in refusal(open_maestro, fake, maestro_crc=ours)


def test_limits_of_the_channel_within_those_of_the_car_are_named():
    with fake_maestro(limits_ns=(1_420_000, 1_600_000)) as fake:
        device = open_maestro(fake)
        with pytest.raises(DeviceError, match=r"puts out 1420.00 µs .*Min and Max"):
            for _ in range(20):
                device.write(FORWARD)
                time.sleep(0.02)
        wait_for_neutral(fake)
        device.close()


def test_a_channel_that_the_board_lacks_is_refused(fake):
    assert refusal(open_maestro, fake, maestro_throttle_channel=7)


def test_settings_that_cannot_be_are_refused():
    for options in (
        {"maestro_steering_channel": 1},
        {"maestro_throttle_channel": 24},
        {"maestro_serial_timeout": 0.05},
        {"maestro_serial_timeout": 0.5},
    ):
        with pytest.raises(ConfigError):
            MaestroSettings(**options)


# --- the board's own stop --------------------------------------------------------------------


def remarks_of(**board) -> str:
    with fake_maestro(**board) as fake:
        device = open_maestro(fake, maestro_serial_timeout=0.3)
        drive(fake, device)
        device.close()
        # A busy machine may pause for longer than the time-out; that is told last.
        return device.remarks().partition("errors got over")[0]


@pytest.mark.parametrize("home_ns", [1_446_000, 1_444_000])
def test_a_board_that_stops_by_itself_leaves_nothing_to_say(home_ns):
    assert remarks_of(serial_timeout=0.3, homes_ns={THROTTLE: home_ns}) == ""


@pytest.mark.parametrize("timeout", [0.0, 5.0])
def test_a_missing_or_longer_time_out_is_told_with_how_to_set_it(timeout):
    text = remarks_of(serial_timeout=timeout)
    assert "does not stop by itself" in text
    assert "Serial Settings, Timeout: 0.30 s" in text and "\n" not in text


@pytest.mark.parametrize(
    ("home_ns", "text"),
    [
        (0, "ends its pulses"),
        (None, "leaves its pulses as they are"),
        (1_500_000, "goes to 1500.00 µs"),
    ],
)
def test_a_home_that_is_not_neutral_is_told_with_how_to_set_it(home_ns, text):
    told = remarks_of(serial_timeout=0.3, homes_ns={THROTTLE: home_ns})
    assert text in told and "On startup or error: Go to 1446.00" in told and "\n" not in told


def tries_of_the_time_out(fake: FakeMaestro) -> int:
    beside = NEUTRAL.throttle_ns + maestro.QUARTER_NS
    return [pulse for _, channel, pulse in fake.history() if channel == THROTTLE].count(beside)


def test_a_passed_try_is_remembered_for_a_while_and_a_failed_one_is_repeated(monkeypatch):
    options = {"maestro_serial_timeout": 0.2}
    with fake_maestro(serial_timeout=0.2) as good, fake_maestro() as bad:
        for _ in range(2):
            open_maestro(good, **options).close()
            open_maestro(bad, **options).close()
        assert (tries_of_the_time_out(good), tries_of_the_time_out(bad)) == (1, 2)
        monkeypatch.setattr(maestro_pwm, "TRIED_FOR_S", 0.0)
        open_maestro(good, **options).close()
        assert tries_of_the_time_out(good) == 2


DRIVER = """
import sys, time
from contextlib import closing, suppress
from deepracer_core.errors import DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices.maestro_pwm import MaestroPwm
from deepracer_servo.devices.settings import MaestroSettings
settings = MaestroSettings(maestro_device=sys.argv[1], maestro_serial_timeout=0.0)
neutral = Pulses(1_450_000, 1_446_000)
while True:
    with suppress(DeviceError), closing(MaestroPwm(settings, neutral)) as device:
        while True:
            device.write(Pulses(1_550_000, 1_400_000))
            time.sleep(0.02)
"""


def test_a_killed_driver_is_stopped_by_the_board_and_leaves_the_port_free():
    homes = {STEERING: None, THROTTLE: NEUTRAL.throttle_ns}
    with fake_maestro(serial_timeout=0.3, homes_ns=homes) as fake:
        with subprocess.Popen([sys.executable, "-c", DRIVER, str(fake.path)]) as driver:
            wait_for(fake, FORWARD)
            driver.kill()
        wait_for(fake, Pulses(FORWARD.steering_ns, NEUTRAL.throttle_ns))
        device = open_maestro(fake)
        drive(fake, device)
        device.close()


# --- errors of the board ---------------------------------------------------------------------


def test_a_time_out_after_a_pause_is_got_over_and_told():
    with fake_maestro(serial_timeout=0.4) as fake:
        device = open_maestro(fake)
        drive(fake, device)
        wait_for(fake, Pulses(0, NEUTRAL.throttle_ns))
        drive(fake, device)
        assert device.remarks().startswith("errors got over: serial time-out ×")
        device.close()


def test_errors_that_do_not_end_are_refused():
    with fake_maestro(serial_timeout=0.4) as fake:
        device = open_maestro(fake)
        device.write(FORWARD)
        time.sleep(0.5)
        device.write(FORWARD)
        time.sleep(0.5)
        assert "again and again: serial time-out" in refusal(device.write, FORWARD)
        wait_for_neutral(fake)
        device.close()


@pytest.mark.parametrize(
    ("packet", "seen", "text"),
    [
        (b"\x05", lambda fake: fake.errors(), "protocol error"),
        (
            maestro.set_target(THROTTLE, 6400),
            lambda fake: fake.output(THROTTLE) == 1_600_000,
            "puts out 1600.00 µs on throttle channel 1",
        ),
        (maestro.get_errors(), lambda fake: True, ""),  # The board answers in turn.
    ],
)
def test_a_second_program_on_the_port_is_noticed(fake, device, packet, seen, text):
    drive(fake, device)
    intrude(fake, lambda: seen(fake), packet)
    assert text in refusal(device.write, FORWARD)
    wait_for_neutral(fake)


# --- faults of the port ----------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["silence", "babble", "unplug", "stick"])
def test_a_fault_is_noticed_by_one_write_and_over_when_it_is_over(fake, device, fault):
    drive(fake, device)
    getattr(fake, fault)()
    refusal(device.write, FORWARD)
    device.close()
    refusal(open_maestro, fake)
    fake.restore()
    catch_up(fake)
    again = open_maestro(fake)
    wait_for_neutral(fake)
    drive(fake, again)
    again.close()


@pytest.mark.parametrize("fault", ["silence", "babble"])
def test_a_board_that_still_hears_is_set_to_neutral(fake, device, fault):
    drive(fake, device)
    getattr(fake, fault)()
    refusal(device.write, FORWARD)
    wait_for_neutral(fake)


def test_an_unplugged_board_says_so_and_stops_by_itself():
    with fake_maestro(serial_timeout=0.4) as fake:
        device = open_maestro(fake)
        drive(fake, device)
        fake.unplug()
        assert not os.path.lexists(fake.path)
        assert "is gone; check the USB cable" in refusal(device.write, FORWARD)
        wait_for(fake, Pulses(0, NEUTRAL.throttle_ns))
        device.close()
        assert "is not there" in refusal(open_maestro, fake)


def fill(fake: FakeMaestro) -> None:
    port = os.open(fake.path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(port, maestro.get_errors() * 256)
    os.close(port)


def test_a_full_port_never_blocks(fake, device):
    drive(fake, device)
    fake.stick()
    fill(fake)
    assert "is stuck" in refusal(device.write, FORWARD)
    refusal(device.write, FORWARD)
    device.close()
    refusal(open_maestro, fake)
    fake.restore()
    wait_for_neutral(fake)


def test_closing_does_not_wait_for_what_a_stuck_board_never_takes(fake, device, monkeypatch):
    dropped = []
    monkeypatch.setattr(serial.Serial, "out_waiting", 8)
    monkeypatch.setattr(serial.Serial, "reset_output_buffer", lambda _: dropped.append(True))
    device.close()
    assert dropped


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=1, max_size=12))
@example(b"\xe0\x15")  # the commanded position, but as errors it makes no sense
@example(b"\xe0\x15\x00\x00")  # the right answer, and four bytes more
@example(b"\x00\x00")
@example(b"\x20\x00")
@example(b"\x10\x00")
def test_any_answer_is_success_or_a_device_error(quick_fake, garbage):
    quick_fake.restore()
    catch_up(quick_fake)
    device = open_maestro(quick_fake)
    quick_fake.babble(garbage)
    for opening in (False, True):
        try:
            if opening:
                device = open_maestro(quick_fake, maestro_serial_timeout=0.1)
            device.write(FORWARD)
        except DeviceError as error:
            assert str(error)
        finally:
            device.close()


@pytest.fixture(scope="module")
def quick_fake():
    """A board, and a device that gives it little time, so that many can be opened."""
    with pytest.MonkeyPatch.context() as patch, fake_maestro(period=0.001) as board:
        patch.setattr(maestro_pwm, "SETTLE_S", 0.005)
        patch.setattr(maestro_port, "STALE_S", 0.005)
        yield board
