# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration file: round trips, wild content, damage by name, and saves that lose nothing."""

import errno
import os
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from deepracer_core.aws_calibration import calibration_to_aws_json
from deepracer_core.calibration import (
    SMALLEST_STEP,
    SPEED_ENDS,
    STEERING_ENDS,
    VEHICLES,
    AxisCalibration,
    Calibration,
)
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration.calibration_file import (
    BACKUPS,
    LARGEST_FILE_BYTES,
    read_calibration_file,
    save_calibration_file,
)
from deepracer_servo.calibration.calibration_yaml import (
    SavedCalibration,
    calibration_from_yaml,
    calibration_to_yaml,
)

NOW = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
STOCK = SavedCalibration(Calibration(), NOW)
TEXT = calibration_to_yaml("deepracer", STOCK)


def side(most: float, least: float) -> st.SearchStrategy:
    """Returns the points of a curve on one side of 0."""
    pairs = st.tuples(st.floats(SMALLEST_STEP, most), st.floats(SMALLEST_STEP, 1.0))
    return (
        st.lists(pairs, min_size=1, max_size=30)
        .map(
            lambda points: [*zip(*(sorted(column) for column in zip(*points)))]  # noqa: B905
        )
        .filter(lambda points: points[-1][0] >= least)
    )


@st.composite
def axes(draw, vehicle: str, name: str) -> AxisCalibration:
    limits_ns = getattr(VEHICLES[vehicle], name).limits_ns
    pulses = st.integers(*limits_ns)
    low, mid, high = sorted(draw(st.tuples(pulses, pulses, pulses)))
    least, most = STEERING_ENDS if name == "steering" else SPEED_ENDS
    ahead, behind = draw(side(most, least)), draw(side(most, least))
    curve = (*((-v, -d) for v, d in reversed(behind)), (0.0, 0.0), *ahead)
    try:
        return AxisCalibration(low, mid, high, draw(st.sampled_from((-1, 1))), curve, limits_ns)
    except CalibrationError:
        assume(False)
        raise


@st.composite
def calibrations(draw, vehicle: str) -> Calibration:
    return Calibration(draw(axes(vehicle, "steering")), draw(axes(vehicle, "throttle")))


@given(
    st.sampled_from(sorted(VEHICLES)).flatmap(
        lambda vehicle: st.tuples(st.just(vehicle), calibrations(vehicle))
    ),
    st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_written_is_read(pair, saved):
    vehicle, calibration = pair
    text = calibration_to_yaml(vehicle, SavedCalibration(calibration, saved))
    found = calibration_from_yaml(text, vehicle)
    assert found == (calibration, saved.replace(microsecond=0))
    assert len(text) < LARGEST_FILE_BYTES


def test_the_units_are_in_the_keys():
    assert "mid_ns: 1450000" in TEXT
    assert "{angle_rad: -0.5235987755982988, deflection: -1.0}" in TEXT
    assert "{speed_m_s: 3.0, deflection: 0.975}" in TEXT
    assert "saved: 2026-11-20 08:15:00+00:00" in TEXT


def test_a_time_in_another_zone_is_understood():
    text = TEXT.replace("08:15:00+00:00", "10:15:00+02:00")
    assert calibration_from_yaml(text, "deepracer").saved == NOW
    text = TEXT.replace("08:15:00+00:00", "08:15:00")
    assert calibration_from_yaml(text, "deepracer").saved == NOW
    local = SavedCalibration(STOCK.calibration, NOW.astimezone(timezone(timedelta(hours=9))))
    assert calibration_to_yaml("deepracer", local) == TEXT


@pytest.fixture(scope="module")
def wild(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("wild")


@settings(deadline=None)  # Parsing a maze of brackets takes its time.
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b"a: !!timestamp x")
@example(b"a: !!int ''")
@example(b"&a {<<: *a}")
@example(b"[" * 20_000)
@example(b"a: 0x" + b"f" * 10_000)
@example(b"format: 0x" + b"f" * 10_000)
@example(b"saved: 2026-13-45")
@example(b"? [a]\n: b")
def test_no_bytes_give_anything_but_a_refusal(wild, content):
    for name in ("file.yaml", "file.json"):
        path = wild / name
        path.write_bytes(content)
        with pytest.raises(CalibrationError, match=re.escape(str(path))):
            read_calibration_file(path, "deepracer")


@given(
    st.integers(0, len(TEXT)),
    st.integers(0, len(TEXT)),
    st.text(st.sampled_from(TEXT), max_size=9),
)
def test_a_damaged_file_gives_a_calibration_or_a_refusal(start, end, middle):
    try:
        found = calibration_from_yaml(TEXT[:start] + middle + TEXT[end:], "deepracer")
    except CalibrationError:
        return
    assert isinstance(found.calibration, Calibration)


@pytest.mark.parametrize("axis", ["steering", "throttle"])
@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_a_file_that_is_cut_off_is_refused(axis, length):
    start = TEXT.index(f"{axis}:")
    with pytest.raises(CalibrationError):
        calibration_from_yaml(
            "\n".join([TEXT[:start], *TEXT[start:].splitlines()[:length]]), "deepracer"
        )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format: 1", "format: 2", "format is 2, of a newer version"),
        ("format: 1", "format: one", "format must be 1"),
        ("format: 1", "format: true", "format must be 1"),
        ("format: 1\n", "", "format must be 1"),
        (
            "vehicle: deepracer",
            "vehicle: hobby",
            "vehicle is 'hobby', but this car is .*deepracer",
        ),
        ("saved: 2026-11-20 08:15:00+00:00", "saved: yesterday", "saved must be a time"),
        ("saved: 2026-11-20 08:15:00+00:00\n", "", "the file has no saved"),
        ("mid_ns: 1450000", "mid_ns: '1450000'", "steering.mid_ns must be a whole number"),
        ("mid_ns: 1450000", "mid_ns: 1450000.5", "steering.mid_ns must be a whole number"),
        ("mid_ns: 1450000", "mid_ns: .nan", "steering.mid_ns must be a whole number"),
        ("mid_ns: 1450000", "mid_ns: 1450", "steering: min_ns 1200000 < mid_ns 1450"),
        ("  mid_ns: 1446000\n", "", "throttle has no mid_ns"),
        ("max_ns: 1603500", "max_ns: 2603500", "throttle: .* 1275000 to 1725000 ns"),
        ("polarity: -1", "polarity: 0", "throttle: polarity is 0"),
        ("polarity: -1", "polarity: yes", "throttle.polarity must be a whole number"),
        ("speed_m_s: 3.0", "speed_m_s: .inf", r"throttle.curve\[7\].speed_m_s must be a number"),
        ("speed_m_s: 3.0", "speed_m_s: fast", r"throttle.curve\[7\].speed_m_s must be a number"),
        ("speed_m_s: 3.0", "speed: 3.0", r"throttle.curve\[7\] has no speed_m_s"),
        ("speed_m_s: 3.0", "speed_m_s: 1.5", "throttle: the curve must rise"),
        ("deflection: 0.975", "deflection: 9.75", "throttle: .*must rise"),
        ("deflection: 0.975}", "deflection: 0.975, x: 1}", r"curve\[7\] has an unknown key 'x'"),
        ("polarity: -1", "polarity: -1\n  speed: 3", "throttle has an unknown key 'speed'"),
        ("vehicle:", "colour: red\nvehicle:", "the file has an unknown key 'colour'"),
        ("vehicle:", "format: 1\nvehicle:", "format is there twice"),
        ("min_ns: 1200000", "min_ns: &a 1200000", "anchors, aliases and tags"),
        ("steering:", "steering: [1, 2]\nx:", "the file has an unknown key 'x'"),
        ("steering:", "x: 1\ny:", "the file has no steering"),
    ],
)
def test_what_is_wrong_is_named(old, new, message):
    assert old in TEXT
    with pytest.raises(CalibrationError, match=message):
        calibration_from_yaml(TEXT.replace(old, new, 1), "deepracer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "calibration.yaml"


def backups(path: Path) -> list[str]:
    return sorted(name for name in os.listdir(path.parent) if name != path.name)


def test_no_file_is_no_damage(path):
    assert read_calibration_file(path, "deepracer") is None


def test_saving_makes_the_folder_and_backups(path):
    save_calibration_file(path, "deepracer", STOCK)
    assert read_calibration_file(path, "deepracer") == STOCK
    assert backups(path) == []
    path.write_text("precious damage")
    save_calibration_file(path, "deepracer", STOCK)
    assert backups(path) == ["calibration.2026-11-20T081500Z.yaml"]
    assert (path.parent / backups(path)[0]).read_text() == "precious damage"


def test_no_backup_replaces_another_and_the_last_ten_stay(path):
    other = path.with_name("calibration.mine.yaml")
    for i in range(BACKUPS + 5):
        saved = SavedCalibration(STOCK.calibration, NOW + timedelta(seconds=i // 3))
        save_calibration_file(path, "deepracer", saved)
        other.touch()
    names = backups(path)
    assert len(names) == BACKUPS + 1
    assert other.name in names
    assert "calibration.2026-11-20T081504Z-2.yaml" in names
    assert "calibration.2026-11-20T081500Z-3.yaml" not in names


def test_a_clock_that_was_set_back_does_not_cost_the_newest_backup(path):
    for i in range(BACKUPS + 1):
        save_calibration_file(path, "deepracer", STOCK._replace(saved=NOW + timedelta(days=i)))
    path.write_text("precious")
    save_calibration_file(path, "deepracer", STOCK._replace(saved=NOW - timedelta(days=20_000)))
    assert (path.parent / "calibration.1972-02-17T081500Z.yaml").read_text() == "precious"
    assert len(backups(path)) == BACKUPS


def test_a_file_system_without_links_gets_a_copy(path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    save_calibration_file(path, "deepracer", STOCK)
    monkeypatch.setattr(os, "link", refuse)
    path.write_text("precious")
    save_calibration_file(path, "deepracer", STOCK)
    assert (path.parent / backups(path)[0]).read_text() == "precious"


def test_a_link_to_the_file_stays_one(path, tmp_path):
    save_calibration_file(path, "deepracer", STOCK)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    save_calibration_file(link, "deepracer", STOCK)
    assert link.is_symlink()
    assert backups(path) == ["calibration.2026-11-20T081500Z.yaml"]


def test_a_full_disk_is_told_and_leaves_no_trace(path, monkeypatch):
    save_calibration_file(path, "deepracer", STOCK)
    before = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CalibrationError, match=f"{path} could not be saved: No space left"):
        save_calibration_file(path, "deepracer", STOCK)
    assert path.read_bytes() == before
    assert backups(path) == []


def test_places_that_cannot_be_written_are_told(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "calibration.yaml"):
        with pytest.raises(CalibrationError, match="could not be saved"):
            save_calibration_file(place, "deepracer", STOCK)


def test_the_file_of_the_original_software_is_read(path):
    path.parent.mkdir()
    text = calibration_to_aws_json(Calibration())
    for name in ("calibration.json", "calibration.yaml"):
        file = path.with_name(name)
        file.write_text(text)
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
        assert read_calibration_file(file, "deepracer") == STOCK


def test_what_is_no_file_is_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(CalibrationError, match=f"calibration file {place}: .*; restore"):
            read_calibration_file(place, "deepracer")


def test_a_huge_file_is_refused(tmp_path):
    file = tmp_path / "calibration.yaml"
    file.write_bytes(b"#" * (LARGEST_FILE_BYTES + 1))
    with pytest.raises(CalibrationError, match="larger than 65536 bytes"):
        read_calibration_file(file, "deepracer")
