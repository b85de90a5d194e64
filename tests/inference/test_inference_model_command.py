# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import pytest
from onnx_models import discrete, mean_network, write_package

from deepracer_inference.model_command import main


def test_inspect_tells_what_a_discrete_package_is(tmp_path, capsys):
    package = write_package(tmp_path / "mine", mean_network([1.0] * 3), discrete(3))
    assert main(["inspect", str(package)]) == 0
    shown = capsys.readouterr().out
    for words in ("mine", "onnx (model.onnx)", "clipped_ppo", "FRONT_FACING_CAMERA"):
        assert words in shown
    assert "     1                     -5.7          1.00" in shown


def test_inspect_tells_the_bounds_of_a_continuous_package(tmp_path, capsys):
    package = write_package(tmp_path / "mine", mean_network([1.0, 1.0]))
    assert main(["inspect", str(package)]) == 0
    shown = capsys.readouterr().out
    assert "-28.6 to 28.6 deg" in shown
    assert "0.50 to 2.00 m/s" in shown


def test_inspect_reads_aws_archives(shared, capsys):
    folder = shared / "fixtures" / "aws_models" / "sac_continuous_mono"
    assert main(["inspect", str(folder / "model.tar.gz")]) == 0
    assert "squashed by tanh" in capsys.readouterr().out


def test_install_copies_a_checked_package(tmp_path, capsys):
    package = write_package(tmp_path / "mine", mean_network([1.0, 1.0]))
    models = tmp_path / "models"
    assert main(["install", str(package), "--models", str(models)]) == 0
    assert str(models / "mine") in capsys.readouterr().out
    assert {file.name for file in (models / "mine").iterdir()} == {
        "model.onnx",
        "model_metadata.json",
    }


def test_a_network_that_does_not_fit_is_not_installed(tmp_path, capsys):
    package = write_package(tmp_path / "mine", mean_network([1.0] * 5))
    models = tmp_path / "models"
    assert main(["install", str(package), "--models", str(models)]) == 2
    assert not models.exists()
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert "5 outputs" in errors[0]


@pytest.mark.parametrize("command", ["inspect", "install"])
@pytest.mark.parametrize("content", [None, b"", b"this is no archive"])
def test_bad_input_is_one_line_and_status_2(tmp_path, capsys, command, content):
    file = tmp_path / "model.tar.gz"
    if content is not None:
        file.write_bytes(content)
    assert main([command, str(file)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert "model.tar.gz" in shown.err


@pytest.mark.parametrize("arguments", [[], ["inspect"], ["drive", "x"], ["inspect", "x", "--far"]])
def test_wrong_options_are_status_2(arguments, capsys):
    assert main(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_help_shows_examples(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "./deepracer model inspect my-model.tar.gz" in capsys.readouterr().out
