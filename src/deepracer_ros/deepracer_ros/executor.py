# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The executor of this project's nodes: rclpy's single-threaded one, at a lower price."""

from __future__ import annotations

from typing import Any

from rclpy.executors import SingleThreadedExecutor
from rclpy.task import Task


class _Silent:
    """Stands in for a guard condition that nobody waits for."""

    def trigger(self) -> None:
        """Wake nobody."""


class LeanExecutor(SingleThreadedExecutor):
    """A single-threaded executor that does not wake itself.

    After each callback rclpy triggers a guard condition, for other threads to look again for work.
    With a single thread, which builds its next wait set afterwards in any case, all that does is
    end the next wait at once: every message costs two wait sets, the dearest thing an executor
    does. Everything else that wakes an executor, tasks and futures included, goes on doing so.
    """

    _silent: Any = _Silent()

    def _make_handler(self, *arguments: Any) -> Task:
        guard, self._guard = self._guard, self._silent
        try:
            return super()._make_handler(*arguments)
        finally:
            self._guard = guard
