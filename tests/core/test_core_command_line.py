# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What commands do with errors: a line for each fault, and the exit status."""

import subprocess
import sys

import pytest

from deepracer_core.command_line import EXIT_BAD_INPUT, EXIT_UNREAD, run_command
from deepracer_core.errors import ConfigError, DeepRacerError, DeviceError, ModelError


def failing(error: DeepRacerError) -> int:
    def command() -> int:
        raise error

    return run_command("drive", command)


def test_each_fault_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert failing(ModelError("the first\nis long", "the second")) == EXIT_BAD_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["./deepracer drive: the first is long", "./deepracer drive: the second"]


TALKATIVE = """
import sys
from deepracer_core.command_line import run_command
sys.exit(run_command("talk", lambda: [print("so much to say") for _ in range(100_000)] and 0))
"""


def test_a_reader_who_has_had_enough_is_no_error() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", TALKATIVE], stdout=pipe, stderr=pipe) as process:
        assert process.stdout.readline() == b"so much to say\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == EXIT_UNREAD


@pytest.mark.parametrize("kind", [DeepRacerError, ConfigError, ModelError, DeviceError])
def test_an_error_says_all_its_faults(kind: type[DeepRacerError]) -> None:
    error = kind("one", "two")
    assert error.faults == ("one", "two")
    assert str(error) == "one; two"
