# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""A terminal that gives single keys, and says when it is gone."""

from __future__ import annotations

import contextlib
import os
import re
import select
import termios
import tty
from typing import Any, Protocol

from deepracer_core.errors import ConfigError, DeepRacerError

LEFT, RIGHT, UP, DOWN, ENTER, SPACE = "left", "right", "up", "down", "enter", "space"
_NAMES = {
    "\x1b[A": UP,
    "\x1b[B": DOWN,
    "\x1b[C": RIGHT,
    "\x1b[D": LEFT,
    "\r": ENTER,
    "\n": ENTER,
    " ": SPACE,
    "\x04": "q",  # Ctrl-D
}
# An escape sequence or a single character; arrows are ESC O A in application mode.
_KEY = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]|\x1b|.", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b([\[O][0-9;]*)?\Z")
_REST_S = 0.05  # After which a sequence that began is not continued.


class TerminalLostError(DeepRacerError):
    """The terminal was closed; whoever sat there cannot see the car any more."""


class Screen(Protocol):
    """What a person sees and presses; see `Terminal`."""

    def keys(self, patience: float) -> list[str]:
        """Return the keys pressed since the last call; waits up to `patience` [s]."""
        ...

    def line(self, prompt: str) -> str:
        """Ask for a line."""
        ...

    def say(self, text: str) -> None:
        """Write lines."""
        ...

    def status(self, text: str) -> None:
        """Write a line in place of the last such line."""
        ...


class Terminal:
    """Keys in, text out; enter it to get keys without Enter, leave it to have it as before.

    Args:
        keyboard: file descriptor.
        screen: file descriptor.
    """

    def __init__(self, keyboard: int = 0, screen: int = 1) -> None:
        """ConfigError where it is no terminal."""
        if not (os.isatty(keyboard) and os.isatty(screen)):
            raise ConfigError(
                "this needs a terminal for its keys, not a pipe or a file: run it in one, "
                "over the network with ssh -t"
            )
        self._keyboard = keyboard
        self._screen = screen
        self._before: list[Any] = termios.tcgetattr(keyboard)

    def __enter__(self) -> Terminal:
        """Read single keys from now on."""
        tty.setcbreak(self._keyboard)
        return self

    def __exit__(self, *_: object) -> None:
        """Restore what was before."""
        self._restore()

    def keys(self, patience: float) -> list[str]:
        """Wait for keys up to `patience` [s]; return all that were pressed since the last call."""
        text = self._read(patience)
        while _UNFINISHED.search(text) and (more := self._read(_REST_S)):
            text += more
        keys = (match.replace("\x1bO", "\x1b[") for match in _KEY.findall(text))
        return [_NAMES.get(key, key) for key in keys]

    def line(self, prompt: str) -> str:
        """Ask for a line of text; Enter alone gives an empty one."""
        self._restore()
        self._write(prompt)
        text = ""
        while not text.endswith("\n"):
            text += self._read(None)
        tty.setcbreak(self._keyboard)
        return text.strip()

    def say(self, text: str) -> None:
        """Write lines."""
        self._write(f"{text}\n")

    def status(self, text: str) -> None:
        """Write a line in place of the last such line."""
        self._write(f"\r\x1b[K{text}")

    def _restore(self) -> None:
        with contextlib.suppress(termios.error):  # It is gone.
            termios.tcsetattr(self._keyboard, termios.TCSANOW, self._before)

    def _read(self, patience: float | None) -> str:
        if not select.select([self._keyboard], [], [], patience)[0]:
            return ""
        try:
            data = os.read(self._keyboard, 4096)
        except OSError:
            data = b""
        if not data:
            raise TerminalLostError("the terminal was closed")
        return data.decode("utf-8", "replace")

    def _write(self, text: str) -> None:
        data = text.encode()
        try:
            while data:
                data = data[os.write(self._screen, data) :]
        except OSError:
            raise TerminalLostError("the terminal was closed") from None
