# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The names that `neural_network` may have in model_metadata.json, known without torch."""

from __future__ import annotations

import difflib

from deepracer_core.errors import ConfigError

NETWORK_NAMES = (
    "COMPACT",
    "ATTENTION",
    "DEEP_CONVOLUTIONAL_NETWORK_SHALLOW",
    "DEEP_CONVOLUTIONAL_NETWORK",
    "DEEP_CONVOLUTIONAL_NETWORK_DEEP",
)


def check_network(name: str) -> None:
    """Raise ConfigError where there is no such network."""
    if name not in NETWORK_NAMES:
        close = difflib.get_close_matches(name, NETWORK_NAMES, n=1, cutoff=0.4)
        nearest = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"unknown network {name!r}: {nearest}available are {', '.join(NETWORK_NAMES)}"
        )
