# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a graph of nodes as processes, where `ros2 launch` is not installed.

Each node writes to a log file of its own. All of them end when the runner does: in order when it
is told to, and at once, by the kernel, when it is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deepracer_bringup.specs import (
    BAD_INPUT,
    RESPAWN_DELAY,
    SIGKILL_AFTER,
    SIGTERM_AFTER,
    Graph,
    ProgramSpec,
    Spec,
)
from deepracer_core.child_processes import dying_with_parent
from deepracer_core.errors import ConfigError
from deepracer_core.interrupts import uninterrupted

LOG_LINES = 8  # of a node that ended, for people
DOMAINS = 90  # The tests have those from 91 on; above 101, DDS meets the kernel's own ports.
STOP_STEPS = (
    (signal.SIGINT, SIGTERM_AFTER),
    (signal.SIGTERM, SIGKILL_AFTER),
    (signal.SIGKILL, 1.0),
)  # [s] each
_COLOUR = re.compile(r"\x1b\[[\d;]*m")  # for terminals, as Gazebo writes it


@dataclass(frozen=True)
class Ended:
    """A node or program that ended by itself, and whether it is started again."""

    node: Spec
    status: int
    restarts: bool

    def __str__(self) -> str:
        """Say it in one line."""
        how = f"killed by signal {-self.status}" if self.status < 0 else f"status {self.status}"
        text = f"{self.node.name} ended ({how})"
        if not self.restarts:
            return text
        drives = self.node.name == "servo_node"
        return f"{text} and is started again" + (", DISABLED: enable a mode" if drives else "")


@dataclass
class _Process:
    node: Spec
    popen: subprocess.Popen[bytes]
    restart_at: float | None = None


def config_file(name: str) -> Path:
    """Return a file of this package's configuration.

    Raises:
        ConfigError: the workspace is not built, or not on the paths.
    """
    for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep):
        path = Path(prefix, "share", "deepracer_bringup", "config", name)
        if path.is_file():
            return path
    raise ConfigError(f"config/{name} is not installed: run ./deepracer setup")


@cache
def own_domain() -> int:
    """Return a ROS domain for this process alone: its nodes must not talk to those of a real car.

    Raises:
        ConfigError: so many commands run on this machine that none is left.
    """
    for number in range(DOMAINS):
        domain = 1 + (os.getpid() + number) % DOMAINS
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0deepracer-domain-{domain}")
        except OSError:
            claim.close()
        else:
            claim.detach()  # Open, and so the name taken, until the process ends.
            return domain
    raise ConfigError(f"all {DOMAINS} ROS domains of this machine are in use: end some commands")


def node_environment(domain: int) -> Mapping[str, str]:
    """Return this process's environment, but for a ROS graph that stays on this machine."""
    return {
        **os.environ,
        "ROS_DOMAIN_ID": str(domain),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "PYTHONUNBUFFERED": "1",
    }


def command(node: Spec, config: Path) -> list[str]:
    """Return the command line that runs a node, if it is Python's under this one, or a program."""
    if isinstance(node, ProgramSpec):
        return list(node.line)
    line = [node.program] if node.program else [sys.executable, "-P", "-m", node.module]
    line += ["--ros-args", "-r", f"__node:={node.name}"]
    for old, new in node.remappings:
        line += ["-r", f"{old}:={new}"]
    line += ["--params-file", str(config)]
    for name, value in node.parameters.items():
        line += ["-p", f"{name}:={json.dumps(value)}"]  # JSON is YAML that keeps types apart.
    return [*line, "--disable-external-lib-logs"]  # What they say is in their output already.


class Runner:
    """Starts the nodes on entering, stops them on leaving; `supervise` is to be called often.

    Use it in the main thread: the kernel ends the nodes when the thread that started them ends.
    """

    def __init__(
        self,
        graph: Graph,
        config: Path,
        logs: Path,
        domain: int,
        report: Callable[[str], None],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare.

        Args:
            graph: what to run.
            config: YAML file with parameters.
            logs: folder for `<node>.log`; it is made.
            domain: ROS_DOMAIN_ID of the nodes, which talk on this machine only.
            report: is told what is started again, a line each; the caller of `supervise` tells
                what is not.
            environment: variables of the nodes beside those of this process.
        """
        self._graph = graph
        self._config = config
        self._logs = logs
        self._environment = {**node_environment(domain), **(environment or {})}
        self._report = report
        self._processes: dict[str, _Process] = {}

    def __enter__(self) -> Runner:
        """Start all nodes."""
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            for node in self._graph:
                self.log(node.name).unlink(missing_ok=True)
                self._start(node)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all nodes."""
        self.stop()

    def log(self, name: str) -> Path:
        """Return the log file of a node."""
        return self._logs / f"{name}.log"

    def pid(self, name: str) -> int:
        """Return the process id of a node."""
        return self._processes[name].popen.pid

    def start(self, name: str) -> None:
        """Start a node that has ended."""
        self._start(next(node for node in self._graph if node.name == name))

    def supervise(self) -> list[Ended]:
        """Start again what may be; return the nodes that ended since the last call."""
        ended = []
        for process in list(self._processes.values()):
            if process.restart_at is not None:
                if time.monotonic() >= process.restart_at:
                    self._start(process.node)
            elif process.popen.poll() is not None:
                ended.append(self._note_end(process))
        return ended

    def epitaph(self, ended: Ended) -> str:
        """Say that something ended, and why: a program's error, or a node's last words."""
        text = self.log(ended.node.name).read_text(encoding="utf-8", errors="replace")
        lines = _COLOUR.sub("", text).rstrip().splitlines()
        if isinstance(ended.node, ProgramSpec):
            mark = ended.node.error_mark
            errors = [line for line in lines if line.startswith(mark)] if mark else lines[-1:]
            return f"{ended}: {errors[0]}" if errors else str(ended)
        said = "\n  ".join(lines[-LOG_LINES:])
        return f"{ended}; its log ends with\n  {said}" if said else f"{ended} without a word"

    def stop(self) -> None:
        """Stop all nodes and wait for them, 3 s at most; again is harmless."""
        try:
            for number, patience in STOP_STEPS:
                self._signal(number)
                if self._wait(patience):
                    return
        finally:
            self._signal(signal.SIGKILL)  # For impatience, a second Ctrl-C, while waiting.
            self._processes.clear()

    def _start(self, node: Spec) -> None:
        # What is raised while Python forks is lost: its hooks swallow it.
        with self.log(node.name).open("ab") as log, uninterrupted():
            popen = subprocess.Popen(
                command(node, self._config),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,  # A terminal's Ctrl-C is for the runner, which stops them.
                preexec_fn=dying_with_parent(),
            )
        self._processes[node.name] = _Process(node, popen)

    def _note_end(self, process: _Process) -> Ended:
        status = process.popen.returncode
        restarts = process.node.respawn and status not in (0, BAD_INPUT)
        ended = Ended(process.node, status, restarts)
        if restarts:
            process.restart_at = time.monotonic() + RESPAWN_DELAY
            self._report(str(ended))
        else:
            del self._processes[process.node.name]
        return ended

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            if process.popen.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.popen.pid, number)

    def _wait(self, patience: float) -> bool:
        deadline = time.monotonic() + patience
        for process in self._processes.values():
            try:
                process.popen.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                return False
        return True
