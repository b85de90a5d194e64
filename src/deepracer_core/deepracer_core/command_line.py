# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What all commands of `./deepracer` have in common: one line for bad input, and exit statuses."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from deepracer_core.errors import ConfigError, DeepRacerError

EXIT_OK, EXIT_MISSED, EXIT_BAD_INPUT, EXIT_INTERRUPTED = 0, 1, 2, 130
EXIT_UNREAD = 141


class CommandParser(argparse.ArgumentParser):
    """A parser that raises ConfigError for bad options, and keeps the lines of its texts."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what ArgumentParser takes."""
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(*arguments, **options)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and ending the process."""
        raise ConfigError(f"{message} (--help lists the options)")


def user_path(text: str) -> Path:
    """Return the path that a user typed, `~` expanded."""
    return Path(os.path.expanduser(text))


def name_or_path(text: str) -> str:
    """Return a name as a user typed it, or a path with `~` expanded."""
    return os.path.expanduser(text)


def run_command(name: str, command: Callable[[], int]) -> int:
    """Run a command; return its exit status: 2 after a line for each fault, 130 for Ctrl-C.

    Where nobody reads on, as behind `| head`, it ends as other programs do.
    """
    try:
        status = command()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_UNREAD
    except DeepRacerError as error:
        for fault in error.faults:
            print(f"./deepracer {name}: {' '.join(fault.split())}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        print(f"\n./deepracer {name}: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
