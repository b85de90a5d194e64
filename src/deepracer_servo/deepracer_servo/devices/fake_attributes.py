# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Files that behave like attributes of sysfs: a state behind each may refuse what is written."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from deepracer_servo.devices.fake_kernel import refusal

WATCH_PERIOD_S = 0.001


class Violation(NamedTuple):
    """A write that the kernel refuses, and when [s, time.monotonic]."""

    time: float
    path: str
    text: str
    error: str


Behaviour = tuple[Callable[[], str], Callable[[str], None]]
"""What an attribute says, and what a write to it does; OSError where that is refused."""


class _Version(NamedTuple):
    """What a file says, and since when: a text that is written again is news, too."""

    text: str
    modified_ns: int


class _Attribute:
    """An attribute: its file, what the kernel lets it say, and what a write does."""

    def __init__(self, path: Path, says: Callable[[], str], take: Callable[[str], None]) -> None:
        self.path = path
        self.says = says
        self.take = take
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC)
        self._known = self.seen = self._version()
        self.refresh()

    def written(self) -> bool:
        """Look at the file; return whether somebody wrote something new, and all of it."""
        self.seen = self._version()
        return self.seen != self._known and self.seen.text != ""

    def settle(self) -> None:
        """Count what was written as seen to, and let the file say what came of it."""
        self._known = self.seen
        self.refresh()

    def refresh(self) -> None:
        """Let the file say what it should, unless somebody is just writing it."""
        text = self.says()
        if self._version() == self._known and self._known.text != text:
            content = f"{text}\n".encode() if text else b""
            os.pwrite(self._descriptor, content, 0)
            os.ftruncate(self._descriptor, len(content))
            self._known = self.seen = self._version()

    def close(self) -> None:
        """Let go of the file, which may be gone."""
        os.close(self._descriptor)

    def _version(self) -> _Version:
        text = os.pread(self._descriptor, 64, 0).decode("ascii", "replace").strip()
        return _Version(text, os.fstat(self._descriptor).st_mtime_ns)


class AttributeTree:
    """Attributes in their folders; `lock` guards them and the states behind them.

    They are written through `store`, or as files by another process while they are watched.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        """Have no attribute; `changed` is called after each write that was accepted."""
        self.lock = threading.RLock()
        self.violations: list[Violation] = []
        self.read_only: set[Path] = set()
        self.writable_at = 0.0
        self._tell_change = changed
        self._attributes: dict[Path, _Attribute] = {}
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._ending = threading.Event()
        self._watcher: threading.Thread | None = None

    def watch(self) -> None:
        """Begin to watch the files; what would have been refused is put back, and noted."""
        self._watcher = threading.Thread(target=self._watch, name="fake sysfs", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Stop watching and let go of the files, which stay; more than once is harmless."""
        self._ending.set()
        if self._watcher is not None:
            self._watcher.join()
        for path in list(self._attributes):
            self.forget(path)

    def add(self, path: Path, says: Callable[[], str], take: Callable[[str], None]) -> None:
        """Make an attribute.

        Args:
            path: of its file, in a folder that is there.
            says: returns what it says.
            take: does what a write does; OSError where that is refused.
        """
        self._attributes[path] = _Attribute(path, says, take)

    def add_folder(self, folder: Path, behaviour: Mapping[str, Behaviour]) -> None:
        """Make a folder of attributes; as with the kernel, nobody sees a part of them.

        Args:
            folder: to make.
            behaviour: for each attribute, what `add` takes beside its path.
        """
        making = folder.with_name(f".{folder.name}")
        making.mkdir()
        for name, (says, take) in behaviour.items():
            self.add(making / name, says, take)
        making.rename(folder)
        for name in behaviour:
            attribute = self._attributes.pop(making / name)
            attribute.path = folder / name
            self._attributes[attribute.path] = attribute

    def forget(self, place: Path) -> None:
        """Let go of an attribute, or of all in a folder; the files stay."""
        for path in [path for path in self._attributes if path.is_relative_to(place)]:
            self._attributes.pop(path).close()

    def later(self, delay: float, action: Callable[[], None]) -> None:
        """Do something after a while [s] if the files are watched, else at once."""
        if self._watcher is None:
            action()
        else:
            self._later.append((time.monotonic() + delay, action))

    def forget_later(self) -> None:
        """Do none of what was to be done later."""
        self._later.clear()

    def store(self, path: Path, text: str) -> None:
        """Store a text in an attribute as the kernel does it; OSError where that refuses."""
        with self.lock:
            place = path.parent.resolve() / path.name
            try:
                if place in self.read_only or time.monotonic() < self.writable_at:
                    raise refusal(errno.EACCES)
                if place not in self._attributes:
                    raise refusal(errno.ENOENT if path.parent.exists() else errno.ENODEV)
                self._take(self._attributes[place], text)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from None

    def _watch(self) -> None:
        while not self._ending.wait(WATCH_PERIOD_S):
            with self.lock:
                self._look()

    def _look(self) -> None:
        due = [entry for entry in self._later if entry[0] <= time.monotonic()]
        for entry in due:
            self._later.remove(entry)
            entry[1]()
        # Several writes between two looks came in some order: any that is accepted will do.
        while any(self._accepts(attribute) for attribute in self._written()):
            pass
        for attribute in self._written():
            with contextlib.suppress(OSError):
                self._take(attribute, attribute.seen.text)
            attribute.settle()

    def _written(self) -> list[_Attribute]:
        written = [attribute for attribute in self._attributes.values() if attribute.written()]
        # Who exports a channel waits for its files: whatever else he wrote, he wrote before.
        return sorted(written, key=lambda attribute: attribute.path.name == "export")

    def _accepts(self, attribute: _Attribute) -> bool:
        known = len(self.violations)
        try:
            self._take(attribute, attribute.seen.text)
        except OSError:
            del self.violations[known:]
            return False
        return True

    def _take(self, attribute: _Attribute, text: str) -> None:
        try:
            attribute.take(text)
        except OSError as error:
            name = errno.errorcode[error.errno or 0]
            self.violations.append(Violation(time.monotonic(), str(attribute.path), text, name))
            raise
        attribute.settle()
        for other in self._attributes.values():
            other.refresh()
        self._tell_change()
