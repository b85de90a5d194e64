# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that are wrong, come too late, too often or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deepracer_bringup.faults.fault import Break, Rig
from deepracer_bringup.faults.process_faults import kill
from deepracer_bringup.faults.sources import Change
from deepracer_core.errors import DeviceError

SOON = 1.0  # [s], in which the next message is due
FLOODED = 0.3  # [s], before something else happens
OTHER_MODEL_ID = "b" * 64
GARBAGE = bytes(range(256))
SHORTER_THAN_A_HEADER = b"\x00\x01\x00\x00\x07"


def corrupted(change: Change) -> Break:
    """Return the fault of a source that says something else than it should."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        rig.sources.corrupt(change)
        try:
            rig.watch.wait_until(lambda: rig.sources.broken_at, SOON)
            if rig.sources.broken_at is None:
                raise DeviceError("the suite's own source of commands fell silent")
            yield rig.sources.broken_at
        finally:
            rig.sources.mend()

    return breaks


def fields(**values: Any) -> Change:
    """Return the change that puts these values in place of the right ones."""
    return lambda right, _: right._replace(**values)


def silence(right: object, last: object) -> None:
    """Say nothing."""


def garbage(right: object, last: object) -> bytes:
    """Say bytes that are no message."""
    return GARBAGE


def fragment(right: object, last: object) -> bytes:
    """Say a message that ends in its first field."""
    return SHORTER_THAN_A_HEADER


def repeat_stamp(right: Any, last: Any) -> Any:
    """Bear the stamp of the last right message, again and again."""
    return right._replace(stamp_ns=last.stamp_ns)


def shift_stamp(seconds: float) -> Change:
    """Return the change that dates a message ahead by so many [s]."""
    return lambda right, _: right._replace(stamp_ns=right.stamp_ns + round(seconds * 1e9))


@contextmanager
def _flood(rig: Rig, topic: str) -> Iterator[None]:
    rig.set_up("flood_node", "flooded", topic)
    try:
        yield
    finally:
        rig.set_up("flood_node", "flooded", "")


def flooded(topic: str) -> Break:
    """Return the fault of a topic on which something says a thousand messages a second."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        broken_at = time.monotonic()
        with _flood(rig, topic):
            yield broken_at

    return breaks


def killed_in_flood(name: str, topic: str) -> Break:
    """Return the fault of a process that dies while such a flood holds the others up."""

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        with _flood(rig, topic):
            rig.watch.spin(FLOODED)
            with kill(name)(rig) as broken_at:
                yield broken_at

    return breaks
