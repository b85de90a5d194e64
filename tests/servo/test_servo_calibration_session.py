# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What is in force, what is saved, and every refusal that keeps the old state."""

import dataclasses
import errno
import math
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from deepracer_core.aws_calibration import calibration_to_aws_json
from deepracer_core.calibration import VEHICLES, Calibration
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration.calibration_file import save_calibration_file
from deepracer_servo.calibration.calibration_messages import (
    calibration_from_message,
    fill_message,
)
from deepracer_servo.calibration.calibration_session import CalibrationSession
from deepracer_servo.calibration.calibration_yaml import SavedCalibration

NOW = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
STOCK = Calibration()


def altered(**throttle: object) -> Calibration:
    return dataclasses.replace(STOCK, throttle=dataclasses.replace(STOCK.throttle, **throttle))


FASTER = altered(min_ns=1_300_000)
OTHER_NEUTRAL = altered(mid_ns=1_450_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "calibration.yaml"


@pytest.fixture
def session(path: Path) -> CalibrationSession:
    return CalibrationSession("deepracer", str(path), lambda: NOW)


def facts(session: CalibrationSession) -> tuple[object, ...]:
    return (
        session.calibration,
        session.fault,
        session.source,
        session.saved,
        session.unsaved,
    )


def refused(session: CalibrationSession, operation, message: str) -> None:
    """Checks that it is refused with the reason, and that nothing has changed."""
    before = facts(session)
    with pytest.raises(CalibrationError, match=message):
        operation()
    assert facts(session) == before


def test_without_a_file_it_is_the_profile(session, path):
    assert session.calibration == STOCK
    assert (session.fault, session.saved, session.unsaved) == ("", None, False)
    assert session.source == f"the defaults of deepracer, since there is no file {path}"
    hobby = CalibrationSession("hobby", "")
    assert hobby.calibration == VEHICLES["hobby"]
    assert "no calibration_file is set" in hobby.source


def test_set_then_save_then_read_again(session, path):
    session.set(FASTER, wheels_up=False)
    assert session.calibration == FASTER
    assert session.unsaved and not path.exists()
    session.save()
    assert (session.unsaved, session.saved, session.source) == (False, NOW, str(path))
    assert facts(CalibrationSession("deepracer", str(path))) == facts(session)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    CalibrationSession("deepracer", "~/here/calibration.yaml").save()
    assert (tmp_path / "here" / "calibration.yaml").is_file()


def test_another_neutral_needs_the_wheels_up(session):
    refused(session, lambda: session.set(OTHER_NEUTRAL, wheels_up=False), "wheels_up")
    session.set(OTHER_NEUTRAL, wheels_up=True)
    assert session.calibration == OTHER_NEUTRAL
    session.set(OTHER_NEUTRAL, wheels_up=False)


def test_the_bounds_of_another_profile_are_refused(session):
    refused(
        session,
        lambda: session.set(VEHICLES["hobby"], wheels_up=True),
        "steering|throttle: its bounds must be those of deepracer",
    )


def test_revert_goes_back_to_the_file_even_if_it_is_newer(session, path):
    session.set(FASTER, wheels_up=False)
    session.save()
    session.set(OTHER_NEUTRAL, wheels_up=True)
    session.revert()
    assert (session.calibration, session.unsaved) == (FASTER, False)
    later = SavedCalibration(OTHER_NEUTRAL, NOW + timedelta(days=1))
    save_calibration_file(path, "deepracer", later)
    session.revert()
    assert (session.calibration, session.saved) == later
    path.unlink()
    session.revert()
    assert (session.calibration, session.saved) == (STOCK, None)


def test_reset_goes_to_the_profile_and_is_not_saved(session, path):
    session.set(FASTER, wheels_up=False)
    session.save()
    session.reset(wheels_up=True)
    assert (session.calibration, session.unsaved) == (STOCK, True)
    assert session.source == "the defaults of deepracer"
    session.discard()
    assert (session.calibration, session.unsaved) == (FASTER, False)
    assert session.source == str(path)
    session.reset(wheels_up=True)
    session.save()
    assert CalibrationSession("deepracer", str(path)).calibration == STOCK


def test_a_damaged_file_is_a_fault_until_it_is_repaired(session, path):
    session.set(FASTER, wheels_up=False)
    session.save()
    good = path.read_bytes()
    path.write_bytes(good[:200])
    damaged = CalibrationSession("deepracer", str(path), lambda: NOW)
    assert damaged.fault.startswith(f"calibration file {path}: ")
    assert damaged.calibration == STOCK
    assert damaged.fault in damaged.source
    refused(damaged, damaged.revert, "calibration file")
    damaged.set(FASTER, wheels_up=False)
    assert damaged.fault
    damaged.discard()
    assert (damaged.calibration, damaged.unsaved) == (STOCK, False)
    assert damaged.fault
    path.write_bytes(good)
    damaged.revert()
    assert (damaged.fault, damaged.calibration) == ("", FASTER)


@pytest.mark.parametrize("first", ["set", "reset", None])
def test_saving_over_a_damaged_file_keeps_it_as_a_backup(path, first):
    path.parent.mkdir()
    path.write_text("precious")
    session = CalibrationSession("deepracer", str(path), lambda: NOW)
    if first == "set":
        session.set(FASTER, wheels_up=False)
    elif first == "reset":
        session.reset(wheels_up=True)
    session.save()
    assert session.fault == ""
    backup = path.with_name("calibration.2026-11-20T081500Z.yaml")
    assert backup.read_text() == "precious"
    assert CalibrationSession("deepracer", str(path)).fault == ""


def test_a_file_that_is_damaged_meanwhile_keeps_what_is_in_force(session, path):
    session.save()
    session.set(FASTER, wheels_up=False)
    path.write_text("")
    refused(session, session.revert, "calibration file .* must hold the keys")
    session.discard()
    assert (session.calibration, session.fault) == (STOCK, "")


def test_a_full_disk_keeps_file_and_state(session, path, monkeypatch):
    session.save()
    before = path.read_bytes()
    session.set(FASTER, wheels_up=False)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        refused(session, session.save, "No space left on device; what was there is as it was")
    assert path.read_bytes() == before
    assert session.unsaved
    session.save()
    assert not session.unsaved


def test_without_a_place_nothing_is_saved(tmp_path):
    session = CalibrationSession("deepracer", "")
    refused(session, session.save, "parameter calibration_file")
    file = tmp_path / "calibration.json"
    file.write_text(calibration_to_aws_json(FASTER))
    session = CalibrationSession("deepracer", str(file))
    assert session.calibration == FASTER
    refused(session, session.save, f"run ./deepracer calibration import {file}")


def test_a_file_of_another_vehicle_or_version_is_a_fault(session, path):
    session.save()
    assert "vehicle is 'deepracer'" in CalibrationSession("hobby", str(path)).fault
    path.write_text(path.read_text().replace("format: 1", "format: 9"))
    assert "newer version" in CalibrationSession("deepracer", str(path)).fault


def message(**steering: object) -> SimpleNamespace:
    """Returns a stock calibration with the fields of the ROS message."""
    empty = SimpleNamespace(vehicle="", steering=SimpleNamespace(), throttle=SimpleNamespace())
    fill_message(empty, "deepracer", STOCK)
    vars(empty.steering).update(steering)
    return empty


def test_messages_hold_all_of_a_calibration():
    for name, calibration in VEHICLES.items():
        sent = message()
        fill_message(sent, name, calibration)
        assert calibration_from_message(sent, name) == calibration
    sent = message()
    sent.vehicle = ""
    assert calibration_from_message(sent, "deepracer") == STOCK


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"values": []}, "0 values and 3 deflections"),
        ({"values": [0.0] * 100, "deflections": [0.0] * 100}, "at most 64"),
        ({"values": [-0.5, 0.0, math.nan]}, "steering: the curve must rise"),
        ({"values": [-0.5, 0.0, math.inf]}, "steering: the curve must rise"),
        ({"deflections": [-1.0, 0.0, 7.0]}, r"steering: .*-1 to 1"),
        ({"polarity": 0}, "steering: polarity is 0"),
        ({"min_ns": 0}, "steering: min_ns 0 < .* must rise and lie in 1000000 to 2000000"),
        ({"max_ns": 2**32 - 1}, "steering: .* must rise and lie in"),
        ({"values": [-30.0, 0.0, 30.0]}, "steering: the curve goes from -30 to 30 rad"),
    ],
)
def test_messages_that_could_hurt_are_refused(change, reason):
    with pytest.raises(CalibrationError, match=reason):
        calibration_from_message(message(**change), "deepracer")


def test_messages_for_another_vehicle_are_refused():
    with pytest.raises(CalibrationError, match="vehicle is 'deepracer', but this car is .*hobby"):
        calibration_from_message(message(), "hobby")


def test_a_reset_from_a_saved_neutral_to_another_needs_the_wheels_up(tmp_path):
    path = tmp_path / "calibration.yaml"
    session = CalibrationSession("deepracer", str(path))
    stock = session.calibration
    throttle = dataclasses.replace(stock.throttle, mid_ns=stock.throttle.mid_ns + 1000)
    other = dataclasses.replace(stock, throttle=throttle)
    session.set(other, wheels_up=True)
    session.reset(wheels_up=False)
    session.set(other, wheels_up=True)
    session.save()
    with pytest.raises(CalibrationError, match="CALIBRATION"):
        session.reset(wheels_up=False)
    assert session.calibration == other
    session.reset(wheels_up=True)
    assert session.calibration == stock
    session.revert()
    assert session.calibration == other
