# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""From measured drives to a speed curve: the maths, the refusals, and what a person sees."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepracer_core.calibration import VEHICLES, Calibration
from deepracer_core.errors import CalibrationError
from deepracer_servo.calibration import calibrate_node
from deepracer_servo.calibration.calibration_session import CalibrationSession
from deepracer_servo.calibration.fit_command import describe_fit, fit_calibration
from deepracer_servo.calibration.speed_fit import CREEP, fit_speed
from deepracer_servo.calibration.speed_rows import SpeedRow, parse_speed_rows

HEADER = "throttle,distance_m,time_s,battery_v"
STOCK = Calibration()


def drives(*rows: tuple[float, ...]) -> list[SpeedRow]:
    """Makes rows of (throttle, speed) or (throttle, speed, battery)."""
    return [
        SpeedRow(line, throttle, speed, *(battery or [None]))
        for line, (throttle, speed, *battery) in enumerate(rows, start=2)
    ]


def test_rows_are_read():
    rows = parse_speed_rows([HEADER, "0.5, 3.0, 2.0, 7.4", "", " -0.25,1,4,"])
    assert rows == [SpeedRow(2, 0.5, 1.5, 7.4), SpeedRow(4, -0.25, -0.25, None)]
    assert parse_speed_rows(["time_s,throttle,distance_m", "2,0.5,3"]) == drives((0.5, 1.5))


def test_a_spreadsheet_with_decimal_commas_is_read():
    rows = parse_speed_rows(["throttle;distance_m;time_s", "0,5;3,0;2"])
    assert rows == drives((0.5, 1.5))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,3,2,7", "throttle is 'x', a number is needed"),
        (",3,2,7", "throttle is '', a number is needed"),
        ("50,3,2,7", "throttle is 50, allowed is -1 to 1"),
        ("0,3,2,7", "throttle is 0"),
        ("nan,3,2,7", "throttle is nan, allowed"),
        ("0.5,-3,2,7", "distance_m is -3, allowed is 0 to 1000"),
        ("0.5,3,0,7", "time_s is 0, allowed"),
        ("0.5,3,inf,7", "time_s is inf, allowed"),
        ("0.5,300,2,7", "150 m/s is no speed"),
        ("0.5,3,2,7400", "battery_v is 7400, allowed is 1 to 60"),
        ("0.5,3,2", "3 values for 4 columns"),
        ("0.5,3,2,7,1", "5 values for 4 columns"),
    ],
)
def test_a_bad_row_is_named(line, reason):
    with pytest.raises(CalibrationError, match=f"^line 3: {reason}"):
        parse_speed_rows([HEADER, "0.5,3,2,7", line])


def test_all_bad_rows_are_named_at_once():
    with pytest.raises(CalibrationError, match="line 2: .*; line 4: "):
        parse_speed_rows([HEADER, "x,1,1,", "0.5,3,2,7", "y,1,1,"])
    with pytest.raises(CalibrationError, match="; and 20 more$"):
        parse_speed_rows([HEADER, *["x,1,1,"] * 30])


@pytest.mark.parametrize(
    "header", ["", "throttle,distance_m", "throttle,distance_m,time_s,x", HEADER + ",time_s"]
)
def test_columns_are_checked(header):
    with pytest.raises(CalibrationError, match="line 1 must name the columns throttle"):
        parse_speed_rows([header, "0.5,3,2,7"])


@given(st.text())
def test_no_text_gives_anything_but_rows_or_a_refusal(text):
    try:
        rows = parse_speed_rows([HEADER, *text.splitlines()])
    except CalibrationError:
        return
    assert all(isinstance(row, SpeedRow) for row in rows)


def test_each_throttle_is_a_point_at_its_median():
    fit = fit_speed(drives((0.5, 1.4), (0.25, 0.6), (0.5, 1.6), (0.5, 1.5), (-0.25, -0.4)))
    assert fit.curve == ((-0.4, -0.25), (0.0, 0.0), (0.6, 0.25), (1.5, 0.5))
    assert fit.reference is None and not fit.mirrored
    assert [round(row.residual, 6) for row in fit.rows] == [-0.1, 0.0, 0.1, 0.0, 0.0]


def test_speeds_are_converted_to_one_voltage():
    rows = drives((0.5, 1.6, 8.0), (0.5, 1.4, 7.0), (0.25, 0.75, 7.5), (1.0, 3.0))
    fit = fit_speed(rows)
    assert fit.reference == 7.5
    assert fit.curve[-3:] == ((0.75, 0.25), (pytest.approx(1.5), 0.5), (3.0, 1.0))
    doubled = fit_speed(rows[:3], reference=15.0)
    assert doubled.curve[-1] == (pytest.approx(3.0), 0.5)


def test_reverse_is_mirrored_where_it_was_not_driven():
    rows = drives((0.25, 0.6), (0.5, 1.5))
    fit = fit_speed(rows)
    assert fit.mirrored
    assert fit.curve == ((-1.5, -0.5), (-0.6, -0.25), (0.0, 0.0), (0.6, 0.25), (1.5, 0.5))
    assert fit_speed(rows, reverses=False).curve[0] == (0.0, 0.0)


def test_the_dead_band_is_crossed_at_once():
    fit = fit_speed(drives((0.05, 0.0), (0.1, 0.005), (0.3, 0.9), (-0.2, 0.0), (-0.4, -1.0)))
    assert fit.curve == (
        (-1.0, -0.4),
        (-CREEP, -0.2),
        (0.0, 0.0),
        (CREEP, 0.1),
        (0.9, 0.3),
    )
    calibration, _ = fit_calibration(STOCK, [row.row for row in fit.rows])
    assert calibration.throttle.pulse_ns(CREEP) == STOCK.throttle.deflection_pulse_ns(0.1)
    assert calibration.throttle.pulse_ns(0.0) == STOCK.throttle.mid_ns


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "0 throttle levels were driven forward"),
        ([(0.5, 1.0), (0.5, 1.1)], "1 throttle levels"),
        ([(-0.5, -1.0), (-0.6, -1.1), (0.2, 1.0)], "1 throttle levels"),
        ([(0.1, 0.0), (0.2, 0.0)], "the car never moved forward"),
        ([(0.1, 0.3), (0.2, 0.6), (-0.1, 0.0)], "the car never moved in reverse"),
        (
            [(0.25, 0.6), (0.5, 0.5), (0.5, 0.4)],
            r"throttle 0.5 \(line 3, 4: 0.45 m/s\) is not faster than "
            r"throttle 0.25 \(line 2: 0.60 m/s\): measure again",
        ),
        ([(0.25, 0.6), (0.5, 0.0)], r"throttle 0.5 \(line 3: 0.00 m/s\) is not faster"),
        (
            [(0.2, 0.6), (0.3, 0.6), (-0.2, -0.9), (-0.3, -0.8)],
            "line 3.* is not faster than .*line 2.*; .*line 5.* is not faster than .*line 4",
        ),
    ],
)
def test_rows_that_make_no_curve_are_refused(rows, message):
    with pytest.raises(CalibrationError, match=message):
        fit_speed(drives(*rows))


@given(
    st.lists(
        st.tuples(st.floats(0.01, 1.0), st.floats(0.0, 19.0), st.floats(6.0, 9.0)), max_size=20
    )
)
def test_whatever_was_measured_gives_a_calibration_or_a_refusal(rows):
    try:
        calibration, fit = fit_calibration(STOCK, drives(*rows))
    except CalibrationError:
        return
    assert calibration.steering == STOCK.steering
    assert "residual" in describe_fit(fit, calibration.throttle)


@given(st.floats(0.5, 3.0), st.floats(0.0, 0.2), st.integers(2, 12))
def test_a_car_with_a_dead_band_is_found_again(gain, dead_band, levels):
    throttles = np.linspace(0.25, 1.0, levels)
    rows = [(dead_band, 0.0)] if dead_band > 0.01 else []
    rows += [(float(t), float(gain * (t - dead_band))) for t in throttles]
    calibration, _ = fit_calibration(STOCK, drives(*rows))
    speed = 0.9 * gain * (1.0 - dead_band)
    wanted = STOCK.throttle.deflection_pulse_ns(speed / gain + dead_band)
    assert calibration.throttle.pulse_ns(speed) == pytest.approx(wanted, abs=20)  # [ns]


ROWS = f"{HEADER}\n0.15,0,5,7.9\n0.3,3,4.2,7.9\n0.5,5,3,7.8\n0.5,5,2.2,7.8\n-0.3,3,5,7.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text(ROWS)
    return tmp_path


def run(folder: Path, *options: str) -> int:
    file = folder / "calibration.yaml"
    rows = folder / "rows.csv"
    return calibrate_node.main(["--fit-speed", str(rows), "--calibration", str(file), *options])


def test_the_command_shows_draws_and_saves(folder, capsys):
    assert run(folder) == 0
    out = capsys.readouterr().out
    assert "at 7.80 V" in out and "far off: measure again?" in out
    assert "Commands above 1.97 m/s get throttle 0.5" in out
    assert "revert_calibration" in out
    picture = cv2.imread(str(folder / "rows.png"))
    assert picture is not None and picture.shape[0] > 100
    session = CalibrationSession("deepracer", str(folder / "calibration.yaml"))
    assert session.calibration.throttle.curve[-1] == (pytest.approx(1.9697, abs=1e-4), 0.5)
    assert session.calibration.throttle.min_ns == STOCK.throttle.min_ns
    assert session.calibration.steering == STOCK.steering


def test_a_dry_run_saves_nothing(folder, capsys):
    picture = folder / "fit.png"
    assert run(folder, "--dry-run", "--picture", str(picture)) == 0
    assert "dry run" in capsys.readouterr().out
    assert picture.exists()
    assert not (folder / "calibration.yaml").exists()


def test_the_other_profile_is_fitted_as_well(folder):
    assert run(folder, "--vehicle", "hobby", "--reference-battery", "8") == 0
    session = CalibrationSession("hobby", str(folder / "calibration.yaml"))
    assert session.calibration.throttle.min_ns == VEHICLES["hobby"].throttle.min_ns


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("", (), "line 1 must name the columns"),
        (f"{HEADER}\nx,1,1,1\n", (), "line 2: throttle is 'x'"),
        (ROWS, ("--reference-battery", "0"), "battery_v is 0, allowed is 1 to 60"),
        (ROWS, ("--reference-battery", "x"), "battery_v is 'x', a number is needed"),
        (ROWS, ("--picture", "/nowhere/at/all.png"), "cannot be written"),
        (ROWS, ("--vehicle", "tank"), "tank"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_saved(folder, capsys, rows, options, message):
    (folder / "rows.csv").write_text(rows)
    assert run(folder, *options) == 2
    errors = capsys.readouterr().err
    assert message in errors and errors.count("\n") == 1
    assert not (folder / "calibration.yaml").exists()


def test_missing_and_wild_files_are_refused(folder, capsys):
    (folder / "rows.csv").unlink()
    assert run(folder) == 2
    assert "No such file" in capsys.readouterr().err
    (folder / "rows.csv").write_bytes(b"\xff\x00" * 100)
    assert run(folder) == 2
    (folder / "rows.csv").write_bytes(b"x" * 2_000_000)
    assert run(folder) == 2
    assert "larger than" in capsys.readouterr().err


def test_a_damaged_calibration_is_not_overwritten(folder, capsys):
    (folder / "calibration.yaml").write_text("damaged")
    assert run(folder) == 2
    assert "calibration file" in capsys.readouterr().err
    assert (folder / "calibration.yaml").read_text() == "damaged"
