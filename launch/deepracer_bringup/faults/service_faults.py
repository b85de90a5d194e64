# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What people do to a driving car through services and files: stop it, or change what it is."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deepracer_bringup.faults.fault import Break, Rig
from deepracer_bringup.faults.process_faults import kill
from deepracer_core.errors import DeviceError
from deepracer_core.model_package import open_model_package
from deepracer_servo.drive_mode import Mode

Damage = Callable[[str], str]
"""From the text of a calibration file to what is left of it."""

HEARD_WITHIN = 1.0  # [s]
SMALL_FILE = 64  # [bytes], less than any calibration has


@contextmanager
def emergency_stop(rig: Rig) -> Iterator[float]:
    """Stop the car; afterwards a person clears the stop."""
    broken_at = time.monotonic()
    _must_succeed(rig.services.trigger("servo_node/emergency_stop"))
    try:
        yield broken_at
    finally:
        _must_succeed(rig.services.trigger("servo_node/clear_emergency_stop"))


@contextmanager
def replaced_model(rig: Rig) -> Iterator[float]:
    """Load the other model; until it is in force the car drives on by the one from before."""
    in_force = rig.watch.states[-1].model_id
    other = next(path for path in rig.files.models if _model_id(path) != in_force)
    asked_at = time.monotonic()
    _must_succeed(rig.services.load_model(other))
    if not rig.watch.wait_until(lambda: rig.topics.model_at > asked_at, HEARD_WITHIN):
        raise DeviceError("another model is in force, but the topic model does not say so")
    yield rig.topics.model_at


@contextmanager
def full_disk(rig: Rig) -> Iterator[float]:
    """Save a calibration on a full disk: it has to fail, and the old one to stay."""
    before = rig.files.calibration.read_bytes()
    broken_at = time.monotonic()
    _must_succeed(rig.services.set_mode(Mode.CALIBRATION))
    _must_succeed(rig.services.trigger("servo_node/reset_calibration"))
    with _small_files(rig.processes.pid("servo_node")):
        refusal = rig.services.trigger("servo_node/save_calibration")
    if "could not be saved" not in refusal:
        raise DeviceError(f"on a full disk, save_calibration says {refusal or 'success'!r}")
    if rig.files.calibration.read_bytes() != before or len(_beside(rig.files.calibration)) != 1:
        raise DeviceError("the calibration's folder is not as it was before the disk was full")
    yield broken_at


def restart_with(damage: Damage) -> Break:
    """Return the fault of a servo node that dies, and finds its calibration file damaged."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        file = rig.files.calibration
        right = file.read_text(encoding="utf-8")
        file.write_text(damage(right), encoding="utf-8")
        try:
            with kill("servo_node")(rig) as broken_at:
                yield broken_at
        finally:
            file.write_text(right, encoding="utf-8")
            _must_succeed(rig.services.trigger("servo_node/revert_calibration"))

    return breaks


def no_mode(rig: Rig) -> str:
    """Check that neither a policy nor a person may drive; return what is wrong."""
    allowed = [
        mode.name for mode in (Mode.MANUAL, Mode.AUTONOMOUS) if not rig.services.set_mode(mode)
    ]
    return f"{' and '.join(allowed)} can be enabled" if allowed else ""


@contextmanager
def _small_files(pid: int) -> Iterator[None]:
    """Let every write of a process fail that would make a file longer than `SMALL_FILE`."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALL_FILE, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def _beside(file: Path) -> list[Path]:
    return list(file.parent.iterdir())


def _model_id(path: Path) -> str:
    with open_model_package(path) as package:
        return package.id


def _must_succeed(refusal: str) -> None:
    if refusal:
        raise DeviceError(f"a service refuses what it should do: {refusal}")
