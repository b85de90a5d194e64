# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""`./deepracer calibration`: show, import and export."""

import json
from pathlib import Path

import cv2
import pytest

from deepracer_core.aws_calibration import calibration_from_aws_json, calibration_to_aws_json
from deepracer_core.calibration import VEHICLES, Calibration
from deepracer_servo.calibration.calibration_command import main
from deepracer_servo.calibration.calibration_session import CalibrationSession

AWS = json.loads(calibration_to_aws_json(Calibration()))
AWS["Calibration"]["Motor"]["min"] = 1_320_000


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the tests from the calibration of whoever runs them."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "calibration.yaml"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(AWS))
    return file


def run(ours: Path, *arguments: object) -> int:
    return main([*map(str, arguments), "--calibration", str(ours)])


def test_import_then_export(ours, theirs, capsys):
    assert run(ours, "import", theirs) == 0
    assert f"saved as {ours}" in capsys.readouterr().out
    calibration = CalibrationSession("deepracer", str(ours)).calibration
    assert calibration == calibration_from_aws_json(json.dumps(AWS))
    copy = theirs.with_name("copy.json")
    assert run(ours, "export", copy) == 0
    assert "curves" in capsys.readouterr().out
    assert json.loads(copy.read_text()) == AWS


def test_what_was_there_before_becomes_a_backup(ours, theirs):
    ours.parent.mkdir()
    ours.write_text("damaged")
    assert run(ours, "import", theirs) == 0
    (backup,) = ours.parent.glob("calibration.2*.yaml")
    assert backup.read_text() == "damaged"
    before = theirs.read_text()
    assert run(ours, "export", theirs) == 0
    (backup,) = theirs.parent.glob("calibration.2*.json")
    assert backup.read_text() == before


def test_show(ours, theirs, capsys):
    assert run(ours, "import", theirs) == 0
    capsys.readouterr()
    picture = theirs.with_name("curves.png")
    assert run(ours, "show", "--picture", picture) == 0
    out = capsys.readouterr().out
    assert f"deepracer: {ours}, saved 2" in out
    assert "1320.0 / 1446.0 / 1603.5 us, longer is reverse" in out
    assert "30.00       1.0000       1700.0" in out
    assert cv2.imread(str(picture)) is not None


def test_show_without_a_file_is_the_profile(ours, capsys):
    assert run(ours, "show", "--vehicle", "hobby") == 0
    out = capsys.readouterr().out
    assert f"hobby: the defaults of hobby, since there is no file {ours}" in out
    low, high = VEHICLES["hobby"].throttle.min_ns / 1e3, VEHICLES["hobby"].throttle.max_ns / 1e3
    assert f"{low:.1f} / 1500.0 / {high:.1f} us, longer is forward" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "{folder}/absent.json"], "there is no file"),
        (["import", "{folder}"], "Is a directory"),
        (["import", "{theirs}", "--vehicle", "tank"], "invalid choice: 'tank'"),
        (["import", "/dev/zero"], "it is no plain file"),
        (["export", "{folder}"], "could not be saved"),
        (["export", "{theirs}/x.json"], "could not be saved"),
        (["show", "--picture", "{folder}/absent/x.png"], "cannot be written"),
        (["explode"], "invalid choice"),
        ([], "command"),
    ],
)
def test_bad_input_is_one_line(ours, theirs, capsys, arguments, message):
    places = {"folder": theirs.parent, "theirs": theirs}
    assert main([argument.format(**places) for argument in arguments]) == 2
    errors = capsys.readouterr().err
    assert message in errors and errors.count("\n") == 1


def test_a_damaged_file_is_shown_and_exported_as_such(ours, theirs, capsys):
    ours.parent.mkdir()
    ours.write_text("damaged")
    before = theirs.read_text()
    for arguments in (("show",), ("export", theirs)):
        assert run(ours, *arguments) == 2
        assert f"calibration file {ours}" in capsys.readouterr().err
    assert theirs.read_text() == before
    theirs.write_text("{}")
    assert run(ours, "import", theirs) == 2
    assert ours.read_text() == "damaged"


def test_nothing_is_imported_into_the_other_format(theirs, capsys):
    assert run(theirs, "import", theirs) == 2
    assert "no place for curves" in capsys.readouterr().err
