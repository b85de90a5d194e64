# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Reward files that tests write."""

import textwrap
from pathlib import Path

from deepracer_trainer.rewards.reward_function import RewardFile


def write_reward(folder: Path, text: str | bytes) -> RewardFile:
    """Write a reward file, whatever its indentation, and read it."""
    path = folder / "reward_function.py"
    path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
    return RewardFile(path)
