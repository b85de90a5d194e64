# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The Linux PWM back end against a tree that refuses what the kernel refuses."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting import wait_until

from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices import sysfs_files
from deepracer_servo.devices.fake_kernel import FakeGpioChip, PwmState
from deepracer_servo.devices.fake_sysfs import FakeSysfs
from deepracer_servo.devices.pwm_device import DEVICES
from deepracer_servo.devices.settings import SysfsSettings
from deepracer_servo.devices.sysfs_pwm import SysfsPwm

NEUTRAL = Pulses(1_450_000, 1_446_000)
AHEAD = Pulses(1_300_000, 1_350_000)
THROTTLE, STEERING, LAMP = 0, 1, 2
PERIOD_NS = 20_000_000
RUNNING = PwmState(PERIOD_NS, 1_330_000, "normal", 1)


@pytest.fixture
def sysfs(tmp_path):
    with closing(FakeSysfs(tmp_path)) as fake:
        yield fake


@contextmanager
def temporary_sysfs(one_period: bool) -> Iterator[FakeSysfs]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield stack.enter_context(closing(FakeSysfs(folder, one_period=one_period)))


def open_device(fake: FakeSysfs, **changes) -> SysfsPwm:
    return SysfsPwm(SysfsSettings(sysfs_root=str(fake.root), **changes), NEUTRAL, fake.store)


def outputs(fake: FakeSysfs) -> Pulses:
    return Pulses(fake.output(STEERING), fake.output(THROTTLE))


def throttle_history(fake: FakeSysfs) -> list[int]:
    return [output.pulse_ns for output in fake.history if output.channel == THROTTLE]


@pytest.mark.parametrize("one_period", [True, False])
def test_a_fresh_chip_puts_out_neutral_and_then_what_is_written(tmp_path, one_period):
    with closing(FakeSysfs(tmp_path, one_period=one_period)) as fake:
        device = open_device(fake)
        assert outputs(fake) == NEUTRAL
        assert {state.period for state in fake.chip.states.values()} == {PERIOD_NS}
        device.write(AHEAD)
        assert outputs(fake) == AHEAD
        assert device.remarks() == ""
        assert fake.violations == []


def test_neutral_is_on_the_throttle_before_anything_is_on_the_steering(sysfs):
    open_device(sysfs)
    pulses = [output for output in sysfs.history if output.pulse_ns]
    assert (pulses[0].channel, pulses[0].pulse_ns) == (THROTTLE, NEUTRAL.throttle_ns)


def test_a_throttle_that_runs_is_made_neutral_without_an_interruption(sysfs):
    sysfs.leave(THROTTLE, RUNNING)
    sysfs.leave(STEERING, RUNNING)
    stored = []

    def store(path: Path, text: str) -> None:
        stored.append((path.parent.name, path.name))
        sysfs.store(path, text)

    SysfsPwm(SysfsSettings(sysfs_root=str(sysfs.root)), NEUTRAL, store)
    assert outputs(sysfs) == NEUTRAL
    assert set(stored) == {("pwm0", "duty_cycle"), ("pwm1", "duty_cycle")}
    assert throttle_history(sysfs) == [RUNNING.duty_cycle, NEUTRAL.throttle_ns]


def test_a_period_rounded_by_the_chip_counts_as_right(sysfs):
    rounded = PwmState(19_988_480, 1_330_000, "normal", 1)
    for channel in (THROTTLE, STEERING, LAMP):
        sysfs.leave(channel, rounded)
    open_device(sysfs)
    assert outputs(sysfs) == NEUTRAL
    assert sysfs.violations == []


def test_both_channels_left_at_60_hz_change_to_50_hz_together(sysfs):
    for channel in (THROTTLE, STEERING):
        sysfs.leave(channel, PwmState(16_670_000, 1_330_000, "normal", 1))
    open_device(sysfs)
    assert outputs(sysfs) == NEUTRAL
    assert sysfs.violations == []


def test_a_lamp_with_another_period_is_named_and_the_throttle_is_neutral(sysfs):
    sysfs.leave(LAMP, PwmState(5_079_040, 1_000_000, "normal", 1))
    with pytest.raises(DeviceError, match="refuses period 20000000.*pwm2.*throttle is neutral"):
        open_device(sysfs)
    assert sysfs.output(THROTTLE) == NEUTRAL.throttle_ns


@pytest.mark.parametrize("enabled", [0, 1])
def test_the_polarity_is_changed_while_disabled(tmp_path, enabled):
    with closing(FakeSysfs(tmp_path, one_period=False)) as fake:
        fake.leave(THROTTLE, PwmState(PERIOD_NS, 1_330_000, "inversed", enabled))
        open_device(fake)
        assert {state.polarity for state in fake.chip.states.values()} == {"normal"}
        assert outputs(fake) == NEUTRAL
        assert fake.violations == []


def test_a_chip_that_cannot_invert_says_what_to_set(sysfs):
    with pytest.raises(DeviceError, match="refuses polarity inversed.*set sysfs_polarity"):
        open_device(sysfs, sysfs_polarity="inversed")


def test_a_driver_without_polarity_needs_none(sysfs):
    sysfs.leave(THROTTLE, RUNNING)
    sysfs.leave(STEERING, RUNNING)
    for attribute in sysfs.root.glob("pwm/pwmchip0/pwm*/polarity"):
        attribute.unlink()
    open_device(sysfs).write(AHEAD)
    assert outputs(sysfs) == AHEAD


@st.composite
def left_states(draw):
    period = draw(st.sampled_from([0, 1_000, 1_000_000, 5_079_040, PERIOD_NS, 40_000_000]))
    period = draw(st.one_of(st.just(period), st.integers(0, 100_000_000)))
    duty = draw(st.integers(0, period))
    enabled = draw(st.integers(0, 1)) if period else 0
    return PwmState(period, duty, draw(st.sampled_from(["normal", "inversed"])), enabled)


@settings(max_examples=150, deadline=None)
@given(left=st.lists(st.none() | left_states(), min_size=2, max_size=2))
def test_whatever_was_left_neutral_comes_first_and_the_kernel_has_nothing_to_refuse(left):
    with temporary_sysfs(one_period=False) as fake:
        for channel, state in enumerate(left):
            if state is not None:
                fake.leave(channel, state)
        before = fake.output(THROTTLE)
        open_device(fake)
        # The kernel refuses, and the fake notes, a duty longer than the period.
        assert fake.violations == []
        assert outputs(fake) == NEUTRAL
        history = throttle_history(fake)
        assert history[-1] == NEUTRAL.throttle_ns
        assert set(history) <= {before, 0, NEUTRAL.throttle_ns}
        assert before in (0, NEUTRAL.throttle_ns) or history.count(before) == 1


@settings(max_examples=60, deadline=None)
@given(
    prescale=st.integers(3, 255),
    exported=st.sets(st.sampled_from([THROTTLE, STEERING])),
    part=st.floats(0.0, 1.0),
)
def test_whatever_a_pca9685_was_used_for_it_is_taken_over(prescale, exported, part):
    period = (prescale + 1) * 163_840
    with temporary_sysfs(one_period=True) as fake:
        for channel in exported:
            fake.leave(channel, PwmState(period, int(part * period), "normal", 1))
        open_device(fake).write(AHEAD)
        assert fake.violations == []
        assert outputs(fake) == AHEAD


def test_the_chip_is_found_by_its_bus_not_by_its_number(tmp_path):
    with ExitStack() as stack:
        other = stack.enter_context(closing(FakeSysfs(tmp_path, bus="i2c-01", number=0)))
        fake = stack.enter_context(closing(FakeSysfs(tmp_path, bus="i2c-0", number=7)))
        open_device(fake)
        assert (outputs(other), outputs(fake)) == (Pulses(0, 0), NEUTRAL)


def test_a_wrong_bus_lists_the_chips_and_the_parameter(sysfs):
    with pytest.raises(DeviceError, match=r"no PWM chip is on i2c-9: set sysfs_bus .*pwmchip0 \("):
        open_device(sysfs, sysfs_bus="i2c-9")


def test_a_bus_with_two_chips_is_refused(tmp_path):
    with closing(FakeSysfs(tmp_path, bus="i2c-1", number=1)):
        words = "several PWM chips.*pwmchip0.*pwmchip1"
        with closing(FakeSysfs(tmp_path)) as fake, pytest.raises(DeviceError, match=words):
            open_device(fake, sysfs_bus="0000:00:17.0")


def test_no_chip_at_all_asks_for_wire_and_driver(tmp_path):
    with pytest.raises(DeviceError, match="no PWM chip in .*driver"):
        SysfsPwm(SysfsSettings(sysfs_root=str(tmp_path)), NEUTRAL)


def test_a_channel_that_the_chip_lacks_is_named(tmp_path, monkeypatch):
    with closing(FakeSysfs(tmp_path)) as fake:
        monkeypatch.setattr(fake.chip, "CHANNELS", 4)
        with pytest.raises(DeviceError, match="has no channel 9"):
            open_device(fake, sysfs_throttle_channel=9)


def test_a_channel_that_a_kernel_driver_has_is_not_waited_for_for_ever(sysfs, monkeypatch):
    monkeypatch.setattr(sysfs_files, "PATIENCE_S", 0.02)
    sysfs.chip.export(THROTTLE)
    with pytest.raises(DeviceError, match="pwm0 does not appear: another driver"):
        open_device(sysfs)


def test_files_are_waited_for_until_udev_gave_them_to_the_group(tmp_path):
    with closing(FakeSysfs(tmp_path, udev_delay=0.05)) as fake:
        open_device(fake)
        assert outputs(fake) == NEUTRAL


def test_without_the_udev_rule_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sysfs_files, "PATIENCE_S", 0.02)
    with closing(FakeSysfs(tmp_path, udev_delay=60.0)) as fake:
        words = "70-deepracer-drive.rules.*group gpio.*./deepracer service install"
        with pytest.raises(DeviceError, match=words):
            open_device(fake)


def test_an_unplugged_board_is_noticed_by_the_next_write(sysfs):
    device = open_device(sysfs)
    device.write(AHEAD)
    sysfs.unplug()
    with pytest.raises(DeviceError, match="the throttle is out of reach"):
        device.write(AHEAD)


def test_a_board_that_came_back_under_another_number_is_not_mistaken_for_the_old_one(sysfs):
    device = open_device(sysfs)
    sysfs.unplug()
    sysfs.replug(number=5)
    with pytest.raises(DeviceError):
        device.write(AHEAD)
    open_device(sysfs).write(AHEAD)
    assert outputs(sysfs) == AHEAD


def test_a_read_only_throttle_is_switched_off_and_comes_back(sysfs):
    device = open_device(sysfs)
    device.write(AHEAD)
    sysfs.make_read_only(THROTTLE)
    with pytest.raises(DeviceError, match="pwm0/duty_cycle.*the throttle is without pulses"):
        device.write(AHEAD)
    assert sysfs.output(THROTTLE) == 0
    device.close()
    sysfs.restore()
    open_device(sysfs).write(AHEAD)
    assert outputs(sysfs) == AHEAD


def test_a_throttle_that_cannot_even_be_switched_off_is_released(sysfs):
    device = open_device(sysfs)
    device.write(AHEAD)
    sysfs.make_read_only(THROTTLE, "duty_cycle")
    sysfs.make_read_only(THROTTLE, "enable")
    with pytest.raises(DeviceError, match="the throttle is released"):
        device.write(AHEAD)
    assert sysfs.output(THROTTLE) == 0


def test_a_read_only_steering_makes_the_throttle_neutral(sysfs):
    device = open_device(sysfs)
    device.write(AHEAD)
    sysfs.make_read_only(STEERING)
    with pytest.raises(DeviceError, match="pwm1/duty_cycle.*the throttle is neutral"):
        device.write(AHEAD)
    assert sysfs.output(THROTTLE) == NEUTRAL.throttle_ns


def test_a_channel_that_somebody_switched_off_is_a_failure(sysfs):
    device = open_device(sysfs)
    sysfs.store(sysfs.root / "pwm" / "pwmchip0" / "pwm0" / "enable", "0")
    with pytest.raises(DeviceError, match="switched off by another program"):
        device.write(AHEAD)


def test_another_program_on_the_same_channel_is_remarked(sysfs):
    device = open_device(sysfs)
    sysfs.store(sysfs.root / "pwm" / "pwmchip0" / "pwm0" / "duty_cycle", "1000000")
    device.write(AHEAD)
    assert "another program" in device.remarks()
    assert sysfs.output(THROTTLE) == AHEAD.throttle_ns


def test_closing_leaves_what_was_written_last(sysfs):
    device = open_device(sysfs)
    device.write(NEUTRAL)
    device.close()
    device.close()
    assert outputs(sysfs) == NEUTRAL


def test_a_chip_has_one_owner_at_a_time(sysfs):
    device = open_device(sysfs)
    with pytest.raises(DeviceError, match="in use by another process"):
        open_device(sysfs)
    device.close()
    open_device(sysfs).close()


def test_settings_refuse_one_channel_for_both():
    with pytest.raises(ConfigError, match="are the same"):
        SysfsSettings(sysfs_steering_channel=0)


def test_plain_files_written_by_anybody_reach_the_watching_fake(tmp_path):
    gpio = FakeGpioChip("INT3452:00", base=512)
    with FakeSysfs(tmp_path, gpio=gpio) as fake:
        chosen = SysfsSettings(sysfs_root=str(tmp_path), sysfs_cutoff_line="INT3452:00:2")
        device = DEVICES["sysfs"].open(chosen, NEUTRAL)
        wait_until(lambda: outputs(fake) == NEUTRAL and fake.line(2) is False)
        device.write(AHEAD)
        wait_until(lambda: outputs(fake) == AHEAD)
        assert fake.violations == []
        fake.make_read_only(THROTTLE)
        with pytest.raises(DeviceError):
            device.write(AHEAD)
        wait_until(lambda: fake.output(THROTTLE) == 0 and fake.line(2) is True)
        fake.unplug()
        with pytest.raises(DeviceError):
            device.write(AHEAD)
        fake.replug(number=3)
        DEVICES["sysfs"].open(chosen, NEUTRAL).write(AHEAD)
        wait_until(lambda: outputs(fake) == AHEAD)
        assert fake.violations == []


def test_the_watching_fake_puts_back_what_the_kernel_refuses(tmp_path):
    with FakeSysfs(tmp_path) as fake:
        fake.leave(THROTTLE, RUNNING)
        duty = tmp_path / "pwm" / "pwmchip0" / "pwm0" / "duty_cycle"
        sysfs_files.store_attribute(duty, str(PERIOD_NS + 1))
        wait_until(lambda: fake.violations)
        assert (fake.violations[0].text, fake.violations[0].error) == ("20000001", "EINVAL")
        wait_until(lambda: duty.read_text().strip() == str(RUNNING.duty_cycle))
        assert fake.output(THROTTLE) == RUNNING.duty_cycle


def test_an_attribute_is_never_created(tmp_path):
    with pytest.raises(FileNotFoundError):
        sysfs_files.store_attribute(tmp_path / "duty_cycle", "1")
    assert os.listdir(tmp_path) == []
