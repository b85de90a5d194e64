# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The cut-off line: high cuts the motor off, and it is low only while pulses are under control."""

from contextlib import closing

import pytest

from deepracer_core.errors import ConfigError, DeviceError
from deepracer_core.pulses import Pulses
from deepracer_servo.devices import sysfs_files
from deepracer_servo.devices.cutoff_line import CutoffLine
from deepracer_servo.devices.fake_kernel import FakeGpioChip
from deepracer_servo.devices.fake_sysfs import FakeSysfs
from deepracer_servo.devices.settings import SysfsSettings
from deepracer_servo.devices.sysfs_pwm import SysfsPwm

NEUTRAL = Pulses(1_450_000, 1_446_000)
AHEAD = Pulses(1_300_000, 1_350_000)
NAME, OFFSET = "INT3452:00:2", 2


@pytest.fixture(params=[434, 512], ids=["base 434", "base 512"])
def sysfs(request, tmp_path):
    gpio = FakeGpioChip("INT3452:00", base=request.param)
    with closing(FakeSysfs(tmp_path, gpio=gpio)) as fake:
        fake.gpio = gpio
        yield fake


def open_device(fake: FakeSysfs, store=None, name: str = NAME) -> SysfsPwm:
    settings = SysfsSettings(sysfs_root=str(fake.root), sysfs_cutoff_line=name)
    return SysfsPwm(settings, NEUTRAL, store or fake.store)


def test_the_motor_runs_only_after_neutral_was_written(sysfs):
    released = []

    def store(path, text):
        sysfs.store(path, text)
        if sysfs.line(OFFSET) is False:
            released.append((sysfs.output(1), sysfs.output(0)))

    open_device(sysfs, store)
    assert released == [NEUTRAL]


def test_the_same_line_is_found_whatever_its_number_is(sysfs):
    open_device(sysfs)
    assert list(sysfs.gpio.states) == [sysfs.gpio.base + OFFSET]


def test_closing_cuts_the_motor_off(sysfs):
    device = open_device(sysfs)
    device.close()
    assert sysfs.line(OFFSET) is True
    assert sysfs.output(0) == NEUTRAL.throttle_ns


def test_a_failure_cuts_the_motor_off_and_the_next_opening_lets_it_run(sysfs):
    device = open_device(sysfs)
    device.write(AHEAD)
    sysfs.unplug()
    with pytest.raises(DeviceError, match="out of reach, the motor is cut off"):
        device.write(AHEAD)
    assert sysfs.line(OFFSET) is True
    sysfs.replug()
    open_device(sysfs)
    assert sysfs.line(OFFSET) is False


def test_without_a_chip_the_motor_is_cut_off(sysfs):
    sysfs.unplug()
    with pytest.raises(DeviceError, match="no PWM chip"):
        open_device(sysfs)
    assert sysfs.line(OFFSET) is True


def test_a_line_left_active_low_is_put_right(sysfs):
    number = sysfs.gpio.base + OFFSET
    sysfs.store(sysfs.root / "gpio" / "export", str(number))
    sysfs.store(sysfs.root / "gpio" / f"gpio{number}" / "active_low", "1")
    device = open_device(sysfs)
    assert sysfs.line(OFFSET) is False
    device.close()
    assert sysfs.line(OFFSET) is True


def test_a_line_engaged_by_somebody_else_is_remarked(sysfs):
    device = open_device(sysfs)
    value = sysfs.root / "gpio" / f"gpio{sysfs.gpio.base + OFFSET}" / "value"
    sysfs.store(value, "1")
    assert "cut off by somebody else" in device.remarks()


def test_an_unknown_label_lists_those_there_are_but_neutral_is_written_first(sysfs):
    with pytest.raises(DeviceError, match="no GPIO chip is called other.*one of INT3452:00"):
        open_device(sysfs, name="other:2")
    assert sysfs.output(0) == NEUTRAL.throttle_ns


def test_an_offset_beyond_the_chip_is_refused(sysfs):
    with pytest.raises(DeviceError, match="INT3452:00 has lines 0 to 77"):
        open_device(sysfs, name="INT3452:00:78")


def test_a_line_that_the_kernel_uses_is_named(sysfs, monkeypatch):
    monkeypatch.setattr(sysfs_files, "PATIENCE_S", 0.02)
    sysfs.gpio.export(sysfs.gpio.base + OFFSET)
    with pytest.raises(DeviceError, match="used by the kernel itself"):
        CutoffLine(sysfs.root, NAME, sysfs.store).engage()


def test_a_kernel_without_the_gpio_class_says_so(tmp_path):
    with pytest.raises(DeviceError, match="none in .*gpio"):
        CutoffLine(tmp_path, NAME).engage()


@pytest.mark.parametrize("name", ["514", "INT3452:00:", ":2", "INT3452:00:-2", "a:b"])
def test_settings_refuse_what_is_no_line(name):
    with pytest.raises(ConfigError, match="sysfs_cutoff_line"):
        SysfsSettings(sysfs_cutoff_line=name)
