# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Export and evaluation: what leaves the trainer drives as it did inside."""

import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_run import route_file, small_run

from deepracer_core.errors import ConfigError, ModelError
from deepracer_inference.policy import load_policy
from deepracer_trainer import evaluate, export

CONTINUOUS = {
    "action_space": {
        "steering_angle": {"low": -25, "high": 30},
        "speed": {"low": 0.5, "high": 1.5},
    },
    "action_space_type": "continuous",
    "sensor": ["FRONT_FACING_CAMERA"],
    "training_algorithm": "clipped_ppo",
    "version": "5",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("discrete") / "run")


@pytest.fixture(scope="module")
def continuous_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("continuous")
    (folder / "metadata.json").write_text(json.dumps(CONTINUOUS))
    return small_run(folder / "run", metadata=str(folder / "metadata.json"))


@pytest.mark.parametrize("name", ["run", "continuous_run"])
def test_the_exported_model_acts_as_the_policy_on_a_thousand_frames(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    result = export.export(request.getfixturevalue(name), tmp_path / "model")
    assert result.frames == 1000
    assert result.differing_actions == 0
    assert result.largest_difference < 1e-4


def test_the_aws_network_survives_export(tmp_path: Path) -> None:
    run = small_run(tmp_path / "run", network="DEEP_CONVOLUTIONAL_NETWORK_SHALLOW")
    assert export.compare(run, run / "model", count=50).differing_actions == 0


def test_folder_and_archive_are_the_same_model(run: Path, tmp_path: Path) -> None:
    export.export(run, tmp_path / "model")
    export.export(run, tmp_path / "car.tar.gz")
    ids = [load_policy(tmp_path / name).id for name in ("model", "car.tar.gz")]
    assert ids[0] == ids[1]
    with tarfile.open(tmp_path / "car.tar.gz") as archive:
        assert sorted(archive.getnames()) == ["model.onnx", "model_metadata.json"]


def test_a_continuous_export_keeps_the_bounds(continuous_run: Path) -> None:
    space = load_policy(continuous_run / "model").metadata.action_space
    assert np.degrees([space.steering_low, space.steering_high]) == pytest.approx([-25.0, 30.0])
    assert (space.speed_low, space.speed_high) == (0.5, 1.5)


def test_a_model_that_acts_differently_is_not_exported(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = small_run(tmp_path / "other", seed=1)
    monkeypatch.setattr(
        export,
        "write_model",
        lambda policy, actions, text, folder, *_: (other / "model").rename(folder),
    )
    with pytest.raises(ModelError, match="nothing was written"):
        export.export(run, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_export_refuses_a_folder_without_a_run_and_an_existing_target(
    run: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="no training run"):
        export.export(tmp_path, tmp_path / "model")
    with pytest.raises(ConfigError, match="exists"):
        export.export(run, tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing"],
        ["{run}", "--track", "nowhere"],
        ["{run}", "--json", "/nowhere/at/all.json"],
        ["{run}", "--track", "{run}/settings.npy"],
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [argument.format(run=run) for argument in arguments]
    assert evaluate.main([*filled, "--trials", "1", "--direction", "ccw"]) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("./deepracer")]
    assert len(lines) == 1
    assert "Traceback" not in lines[0]


def damaged(run: Path, copy: Path) -> Path:
    shutil.copytree(run, copy)
    (copy / "policy.zip").write_bytes(b"PK\x03\x04")
    return copy


def without_model(run: Path, copy: Path) -> Path:
    shutil.copytree(run, copy)
    shutil.rmtree(copy / "model")
    return copy


@pytest.mark.parametrize("spoil", [damaged, without_model])
def test_a_spoilt_run_is_not_exported(
    spoil: Callable[[Path, Path], Path],
    run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = spoil(run, tmp_path / "copy")
    assert export.main([str(copy), "--to", str(tmp_path / "car.tar.gz")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "car.tar.gz").exists()


def test_an_export_that_cannot_be_written_leaves_nothing(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert export.main([str(run), "--to", str(tmp_path / "file" / "car.tar.gz")]) == 2
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["model.onnx", "model.xml", "car.zip", "car.tar"])
def test_a_name_that_is_that_of_no_package_is_refused(
    name: str, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export.main([str(run), "--to", str(tmp_path / name)]) == 2
    assert "packages are folders, .tar.gz or .tgz" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_run_is_exported_on_the_copies_of_its_tracks(tmp_path: Path) -> None:
    track = route_file("Oval_track", tmp_path / "elsewhere" / "mine.npy")
    run = small_run(tmp_path / "run", track=f"reinvent_base,{track}")
    track.unlink()
    assert export.export(run, tmp_path / "model").differing_actions == 0
    assert export.compare(run, tmp_path / "model", count=5).differing_actions == 0
