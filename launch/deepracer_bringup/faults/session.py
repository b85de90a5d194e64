# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The command: which faults, how often, what is shown meanwhile and what comes out."""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from deepracer_bringup.faults.chip import CHIPS
from deepracer_bringup.faults.clock_shim import ClockShim
from deepracer_bringup.faults.fault import Fault, Rig
from deepracer_bringup.faults.processes import Processes
from deepracer_bringup.faults.report import Row, table, to_json
from deepracer_bringup.faults.stage import STAGES, Files
from deepracer_bringup.faults.suite import inject
from deepracer_bringup.runner import Runner, config_file, own_domain
from deepracer_core.command_line import EXIT_MISSED, EXIT_OK, CommandParser, user_path
from deepracer_core.errors import ConfigError
from deepracer_core.results import check_writable, make_folder, write_json

EXAMPLES = """examples:
  ./deepracer faults --json faults.json
  ./deepracer faults --only kill-servo,hang-guard --count 100 --keep-logs out/faults
"""
Observe = Callable[[int, Runner], AbstractContextManager[Any]]


def run_faults(arguments: list[str] | None, catalogue: Sequence[Fault], observe: Observe) -> int:
    """Inject the faults that the arguments name; return the exit status.

    Args:
        arguments: of the command line; None: those of this process.
        catalogue: all faults.
        observe: makes watch, services and topics of a graph, given its domain and its runner.

    Raises:
        ConfigError: the arguments cannot be followed.
    """
    options = _parse(arguments, catalogue)
    if options.list:
        for fault in options.only:
            print(f"{fault.name:34s} {fault.what}")
        return EXIT_OK
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="deepracer-faults-") as folder:
        # Now: a missing compiler must not end the suite halfway.
        own_clock = any(STAGES[fault.stage].own_clock for fault in options.only)
        clock = ClockShim(Path(folder)) if own_clock else None
        logs = options.keep_logs or Path(folder, "logs")
        session = Session(options.count, logs, clock, observe)
        try:
            for name in STAGES:
                faults = [fault for fault in options.only if fault.stage == name]
                for row in session.run(name, faults, Path(folder)):
                    rows.append(row)
        finally:  # Whoever interrupts it wants to see what there is.
            if rows:
                print("\n" + "\n".join(table(rows)), flush=True)
    if options.json:
        write_json(options.json, to_json(rows))
    return EXIT_MISSED if any(row.missed for row in rows) else EXIT_OK


def _parse(arguments: list[str] | None, catalogue: Sequence[Fault]) -> argparse.Namespace:
    parser = CommandParser("./deepracer faults", description=__doc__, epilog=EXAMPLES)
    parser.add_argument(
        "--count", type=int, default=20, metavar="N", help="times to inject each fault (20)"
    )
    parser.add_argument(
        "--only", default="", metavar="NAME[,NAME…]", help="inject these faults only"
    )
    parser.add_argument("--list", action="store_true", help="only list the faults")
    parser.add_argument("--json", type=user_path, metavar="FILE", help="write the results there")
    parser.add_argument(
        "--keep-logs", type=user_path, metavar="DIR", help="keep the logs of the nodes there"
    )
    options = parser.parse_args(arguments)
    if options.count < 1:
        raise ConfigError(f"--count is {options.count}, at least 1 is needed")
    options.only = _choose(options.only, catalogue)
    check_writable(options.json)
    if options.keep_logs:
        make_folder(options.keep_logs, "--keep-logs")
    return options


def _choose(names: str, catalogue: Sequence[Fault]) -> list[Fault]:
    known = {fault.name: fault for fault in catalogue}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known)
            hint = f"did you mean {' or '.join(near)}" if near else "--list tells them"
            raise ConfigError(f"there is no fault {name!r}: {hint}")
    return [fault for fault in catalogue if not wanted or fault.name in wanted]


class Session:
    """Runs one stage after the other, and says how far it is.

    Args:
        count: how often to inject each fault.
        logs: folder for the logs of the nodes.
        clock: for the nodes of stages that have one of their own.
        observe: as for `run_faults`.
    """

    def __init__(self, count: int, logs: Path, clock: ClockShim | None, observe: Observe) -> None:
        """Run nothing yet."""
        self._count = count
        self._logs = logs
        self._clock = clock
        self._observe = observe
        self._graphs = 0
        self._live = sys.stdout.isatty()

    def run(self, stage: str, faults: Sequence[Fault], folder: Path) -> Iterator[Row]:
        """Inject faults into a stage; a graph that was lost is replaced for the next one."""
        pending = list(faults)
        while pending:
            self._graphs += 1
            place = folder / f"{self._graphs}-{stage}"
            place.mkdir()
            with self._running(stage, place) as rig:
                while pending:
                    row = self._inject(rig, pending.pop(0))
                    yield row
                    if row.lost:
                        break

    @contextmanager
    def _running(self, name: str, place: Path) -> Iterator[Rig]:
        stage, files, domain = STAGES[name], Files(place), own_domain()
        files.write()
        clock = self._clock if stage.own_clock else None
        print(f"starting {stage.what}", flush=True)
        with CHIPS[stage.chip](place) as chip:
            graph = stage.graph(files, chip.parameters)
            simulated = any(node.name == "sim_node" for node in graph)
            runner = Runner(
                graph,
                config_file(stage.config),
                self._logs / place.name,
                domain,
                lambda _: None,
                clock.environment if clock else {},
            )
            with runner, self._observe(domain, runner) as node:
                processes = Processes(runner.pid)
                yield Rig(node, node, node, node.sources, processes, chip, clock, files, simulated)

    def _inject(self, rig: Rig, fault: Fault) -> Row:
        row = Row(fault.name, [])
        self._show(row, end="\r")
        for verdict in inject(rig, fault, self._count):
            row.verdicts.append(verdict)
            self._show(row, end="\r")
        self._show(row, end="\n")
        return row

    def _show(self, row: Row, end: str) -> None:
        """Overwrite the line on a terminal; elsewhere only its last state is of use."""
        if self._live or end == "\n":
            progress = f"  {row.name:34s} {len(row.verdicts)}/{self._count}"
            missed = f", {len(row.verdicts) - row.caught} not caught" if row.missed else ""
            print(progress + missed, end=end, flush=True)
