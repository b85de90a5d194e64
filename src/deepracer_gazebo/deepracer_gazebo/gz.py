# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Gazebo's command `gz`, asked for one thing at a time; it may be missing, fail or hang."""

from __future__ import annotations

import os
import signal
import subprocess

from deepracer_core.child_processes import dying_with_parent
from deepracer_core.errors import DeviceError


class GzMissingError(DeviceError):
    """There is no command `gz` on the path."""


def gz(*arguments: str, patience: float) -> str:
    """Run `gz` and return what it printed; it ends with the calling thread at the latest.

    Args:
        arguments: such as "topic", "-l".
        patience: how long it may take [s]; then it is killed, with all that it started.

    Raises:
        GzMissingError: there is no such command.
        DeviceError: it fails or hangs.
    """
    name = " ".join(("gz", *arguments[:2]))
    try:
        process = subprocess.Popen(
            ("gz", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=dying_with_parent(),
        )
    except OSError as error:
        raise GzMissingError(f"the command gz does not start: {error.strerror}") from None
    try:
        output, errors = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        raise DeviceError(f"{name} did not end in {patience:g} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        said = (errors.strip() or output.strip()).splitlines()
        raise DeviceError(f"{name} failed: {said[-1] if said else 'it does not say why'}")
    return output
