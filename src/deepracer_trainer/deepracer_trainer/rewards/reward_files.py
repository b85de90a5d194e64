# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Reward functions by name, the examples of this package, or by file."""

from __future__ import annotations

import ast
import difflib
from pathlib import Path

from deepracer_core.errors import ConfigError

_EXAMPLES = Path(__file__).parent / "examples"


def example_names() -> list[str]:
    """Return the names of the examples, the simplest first."""
    return sorted((path.stem for path in _EXAMPLES.glob("*.py")), key=_length)


def example_path(name: str) -> Path:
    """Return the file of an example.

    Raises:
        ConfigError: there is no example of that name.
    """
    names = example_names()
    if name not in names:
        close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(f"unknown reward {name!r}; {hint}Use one of {', '.join(names)}")
    return _EXAMPLES / f"{name}.py"


def find_reward(name_or_path: str) -> Path:
    """Return the file of a reward function, given an example's name or a path.

    Raises:
        ConfigError: there is neither such an example nor such a file.
    """
    path = Path(name_or_path)
    if name_or_path not in example_names() and (path.suffix or path.exists()):
        return path
    try:
        return example_path(name_or_path)
    except ConfigError as error:
        raise ConfigError(f"{error}, or the path of a reward_function.py") from None


def example_summary(name: str) -> str:
    """Return the first line of an example's docstring."""
    tree = ast.parse(example_path(name).read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def _length(name: str) -> int:
    return len((_EXAMPLES / f"{name}.py").read_text(encoding="utf-8"))
