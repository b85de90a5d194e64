# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A run's folder holds all that the run needs, and says what of it is damaged."""

import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_run import STEPS, route_file, small_run

from deepracer_core.errors import ConfigError
from deepracer_trainer.run_folder import TrainSettings, kept_tracks, load_settings
from deepracer_trainer.train import resume
from deepracer_trainer.train_command import main


def test_a_run_goes_on_where_the_users_tracks_are_not_any_more(tmp_path: Path) -> None:
    inputs = tmp_path / "inputs"
    files = [route_file("Oval_track", inputs / name / "mine.npy") for name in ("a", "b")]
    names = f"{files[0]},reinvent_base,{files[1]}"
    run = small_run(tmp_path / "one, and two" / "run", track=names)
    shutil.rmtree(inputs)
    moved = run.rename(tmp_path / "moved, too")
    assert resume(moved, {"steps": 3 * STEPS}).steps == 3 * STEPS
    kept = kept_tracks(moved, load_settings(moved))
    assert kept == (moved / "tracks/0/mine.npy", "reinvent_base", moved / "tracks/2/mine.npy")
    assert load_settings(moved).track == names


def test_copies_that_are_missing_are_not_replaced_by_anything(tmp_path: Path) -> None:
    track = route_file("Oval_track", tmp_path / "mine.npy")
    run = small_run(tmp_path / "run", track=str(track), reward="stay_on_track")
    for name in ("tracks/0/mine.npy", "reward_function.py", "model_metadata.json"):
        (run / name).unlink()
    with pytest.raises(ConfigError) as caught:
        resume(run, {"steps": 3 * STEPS})
    assert [str(run) in fault and "cannot be read" in fault for fault in caught.value.faults] == [
        True
    ] * 3


def saved(folder: Path, text: str) -> Path:
    (folder / "settings.json").write_text(text)
    return folder


def test_settings_are_read_as_they_were_saved(tmp_path: Path) -> None:
    settings = TrainSettings(stop_at=0.5, randomize="full,latency=0", track="a b.npy,Oval_track")
    settings.save(tmp_path)
    assert load_settings(tmp_path) == settings
    saved(tmp_path, '{"stop_at": 1, "seed": 3}')  # what is absent came later than the run
    assert load_settings(tmp_path) == replace(TrainSettings(), seed=3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged: it is no JSON$"),
        ("[" * 100_000, "is damaged: it is no JSON$"),
        ("[1]", "is damaged: it is no JSON object$"),
        ('{"wings": 2}', "unknown setting 'wings': the run was made by another version$"),
        ('{"steps": "many"}', "steps is 'many', needed is a whole number$"),
        ('{"steps": 1.5}', "steps is '1.5', needed is a whole number$"),
        ('{"stop_at": true}', "stop_at is 'True', needed is a number$"),
        ('{"track": ["a"]}', r"track is \"\['a'\]\", needed is a text$"),
        ('{"randomize": null}', "randomize is 'None', needed is a text$"),
        ('{"steps": -1}', "steps is -1, allowed is 1 to 1000000000$"),
        ('{"stop_at": NaN}', "stop_at is nan, allowed is"),
    ],
)
def test_damaged_settings_are_refused_in_our_words(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_settings(saved(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path}/settings.json")


def test_all_faults_of_damaged_settings_are_told(tmp_path: Path) -> None:
    for text, count in (('{"wings": 2, "steps": []}', 2), ('{"cars": 0, "randomize": "fog"}', 2)):
        with pytest.raises(ConfigError) as caught:
            load_settings(saved(tmp_path, text))
        assert len(caught.value.faults) == count


def test_a_folder_without_settings_is_no_run(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError, match="is no training run: settings.json cannot be read"):
            load_settings(folder)


@given(
    st.dictionaries(
        st.sampled_from(list(asdict(TrainSettings()))),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    )
)
def test_any_settings_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]
) -> None:
    folder = saved(tmp_path_factory.mktemp("run"), json.dumps(values))
    try:
        read = load_settings(folder)
    except ConfigError as error:
        assert all("\n" not in fault for fault in error.faults)
    else:
        assert {name: asdict(read)[name] for name in values} == values


def test_all_that_is_wrong_with_settings_and_files_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reward.py").write_text("x = 1\n")
    options = {
        "--randomize": "fog=1",
        "--cars": "0",
        "--track": "reinvent_bas,missing.npy",
        "--reward": str(tmp_path / "reward.py"),
        "--network": "HUGE",
    }
    arguments = [part for option in options.items() for part in option]
    assert main([*arguments, "--out", str(tmp_path / "run")]) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("./deepracer train")]
    words = ("cars is 0", "'fog'", "'reinvent_bas'", "missing.npy", "has no function", "'HUGE'")
    assert [word in line for word, line in zip(words, lines, strict=True)] == [True] * 6
