# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration of this car, from its file; a damaged one is refused, never half used."""

from __future__ import annotations

from pathlib import Path

from deepracer_core.calibration import Calibration, calibration_from_aws_json
from deepracer_core.errors import CalibrationError

# The real file has 300 bytes; a reader must not be fed /dev/zero.
LARGEST_FILE_BYTES = 65_536


def read_calibration(path: str) -> Calibration:
    """Read an AWS calibration.json; CalibrationError names the file and what is wrong with it."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            raise CalibrationError("it is far too large for a calibration.json")
        return calibration_from_aws_json(content.decode("utf-8"))
    except (OSError, UnicodeDecodeError, CalibrationError) as error:
        raise CalibrationError(f"calibration file {path}: {error}") from None
