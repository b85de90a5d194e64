# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A camera that is gone, shows an old picture or does not know what time it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from deepracer_bringup.faults.fault import Break, Rig


def camera(parameter: str, broken: bool | float) -> Break:
    """Return the fault of a fake camera of which a parameter says that it is broken."""
    right = type(broken)()

    @contextmanager
    def breaks(rig: Rig) -> Iterator[float]:
        rig.set_up("camera_node", parameter, right)  # Whoever answers once does so at once.
        broken_at = time.monotonic()
        rig.set_up("camera_node", parameter, broken)
        try:
            yield broken_at
        finally:
            rig.set_up("camera_node", parameter, right)

    return breaks
