# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The runner, with programs of a few lines in place of nodes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE_S, is_running, wait_until

from deepracer_bringup import runner
from deepracer_bringup.runner import DOMAINS, Ended, Runner, config_file, own_domain
from deepracer_bringup.specs import NodeSpec
from deepracer_core.errors import ConfigError

# A program that takes down its environment and signals, and ends as it is told.
PROGRAM = """
import os, signal, sys, time
print("up", os.getpid(), os.environ["ROS_DOMAIN_ID"], flush=True)
behaviour = {behaviour!r}
if behaviour == "stubborn":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if behaviour.startswith("exit"):
    sys.exit(int(behaviour.split()[1]))
if behaviour == "parent":
    if os.fork() == 0:
        print("child", os.getpid(), flush=True)
try:
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

CHILD = re.compile(r"child (\d+)\n")


class Stage:
    """A folder with programs, importable by the processes that the runner starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def node(self, name: str, behaviour: str = "", respawn: bool = True) -> NodeSpec:
        package = self.folder / "actors"
        package.mkdir(exist_ok=True)
        (package / f"{name}.py").write_text(PROGRAM.format(behaviour=behaviour))
        return NodeSpec("actors", name, respawn=respawn)

    def runner(self, *nodes: NodeSpec) -> Runner:
        config = self.folder / "config.yaml"
        return Runner(nodes, config, self.folder / "logs", 42, self.said.append)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Stage(tmp_path)


def wait_ready(runner: Runner, *names: str) -> None:
    for name in names:
        log = runner.log(name)
        wait_until(lambda log=log: log.is_file() and "ready" in log.read_text(), f"{name} ready")


def test_nodes_run_in_their_own_domain_and_stop_by_sigint(stage: Stage) -> None:
    with stage.runner(stage.node("one"), stage.node("two")) as runner:
        wait_ready(runner, "one", "two")
        pids = [runner.pid("one"), runner.pid("two")]
        assert runner.supervise() == []
    assert not any(map(is_running, pids))
    for name in ("one", "two"):
        log = (stage.folder / "logs" / f"{name}.log").read_text()
        assert " 42" in log and "interrupted" in log


def test_a_killed_node_is_started_again_and_reported(stage: Stage) -> None:
    with stage.runner(stage.node("servo_node"), stage.node("other")) as runner:
        wait_ready(runner, "servo_node", "other")
        first = runner.pid("servo_node")
        os.kill(first, signal.SIGKILL)
        ended: list[Ended] = []
        wait_until(lambda: ended.extend(runner.supervise()) or ended, "the end to be noticed")
        assert [(end.node.name, end.status, end.restarts) for end in ended] == [
            ("servo_node", -9, True)
        ]
        wait_until(
            lambda: runner.supervise() == [] and runner.pid("servo_node") != first, "a new one"
        )
    assert stage.said == [
        "servo_node ended (killed by signal 9) and is started again, DISABLED: enable a mode"
    ]


@pytest.mark.parametrize(
    ("behaviour", "respawn", "status"),
    [("exit 0", True, 0), ("exit 2", True, 2), ("exit 1", False, 1)],
)
def test_what_must_not_be_started_again_stays_down(
    stage: Stage, behaviour: str, respawn: bool, status: int
) -> None:
    with stage.runner(stage.node("brief", behaviour, respawn)) as runner:
        ended: list[Ended] = []
        wait_until(lambda: ended.extend(runner.supervise()) or ended, "the end")
        assert (ended[0].status, ended[0].restarts) == (status, False)
        assert runner.supervise() == []


def test_a_node_that_ignores_signals_is_killed(stage: Stage, monkeypatch) -> None:
    steps = tuple((number, 0.2) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
    monkeypatch.setattr("deepracer_bringup.runner.STOP_STEPS", steps)
    with stage.runner(stage.node("stubborn", "stubborn")) as runner:
        wait_ready(runner, "stubborn")
        pid = runner.pid("stubborn")
    wait_until(lambda: not is_running(pid), "the stubborn node's end")


def test_what_a_node_started_ends_with_it(stage: Stage) -> None:
    with stage.runner(stage.node("parent", "parent")) as runner:
        wait_ready(runner, "parent")
        log = runner.log("parent")
        found: list[str] = []  # Unbuffered, a line is written in parts.
        wait_until(lambda: found.extend(CHILD.findall(log.read_text())) or found, "the child")
        child = int(found[0])
    wait_until(lambda: not is_running(child), "the child's end")


def test_an_error_in_between_leaves_nothing_running(stage: Stage) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        stage.runner(stage.node("one"), stage.node("two")) as runner,
    ):
        wait_ready(runner, "one", "two")
        pids = [runner.pid("one"), runner.pid("two")]
        raise KeyboardInterrupt
    assert not any(map(is_running, pids))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_node_outlives_the_runner(stage: Stage, number: signal.Signals) -> None:
    stage.node("one")
    stage.node("two")
    script = stage.folder / "main.py"
    script.write_text(
        "import time\n"
        "from pathlib import Path\n"
        "from deepracer_bringup.specs import NodeSpec\n"
        "from deepracer_bringup.runner import Runner\n"
        "nodes = (NodeSpec('actors', 'one'), NodeSpec('actors', 'two'))\n"
        f"with Runner(nodes, Path('c'), Path({str(stage.folder / 'logs')!r}), 42, print) as r:\n"
        "    print(r.pid('one'), r.pid('two'), flush=True)\n"
        "    time.sleep(600)\n"
    )
    python_path = os.pathsep.join([str(stage.folder), *sys.path])
    main = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": python_path},
    )
    assert main.stdout is not None
    pids = [int(word) for word in main.stdout.readline().split()]
    assert len(pids) == 2
    main.send_signal(number)
    main.wait(PATIENCE_S)
    for pid in pids:
        wait_until(lambda pid=pid: not is_running(pid), "the nodes' end")


def test_the_configuration_of_an_unbuilt_workspace_is_a_clear_error(monkeypatch) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", "")
    with pytest.raises(ConfigError, match="deepracer setup"):
        config_file("sim.yaml")


def test_each_command_has_a_domain_of_its_own_that_dds_can_use(monkeypatch) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 7 * DOMAINS)  # As two have the same, modulo that.
    claim = "from deepracer_bringup.runner import own_domain; print(own_domain(), flush=True)"
    other = [sys.executable, "-c", f"import os; os.getpid = lambda: 0; {claim}; input()"]
    with subprocess.Popen(other, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        theirs = int(process.stdout.readline())
        own_domain.cache_clear()
        assert own_domain() == own_domain() != theirs
        process.communicate(b"\n")
    assert {own_domain(), theirs} <= set(range(1, DOMAINS + 1))


def test_too_many_commands_are_a_clear_error(monkeypatch) -> None:
    monkeypatch.setattr(runner, "DOMAINS", 1)
    with pytest.raises(ConfigError, match="ROS domains of this machine are in use"):
        for _ in range(2):
            own_domain.cache_clear()
            own_domain()


# In a process of its own: its hook stays for good.
INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from deepracer_bringup.specs import NodeSpec
from deepracer_bringup.runner import Runner

folder = Path(sys.argv[1])
os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGINT))
with Runner([NodeSpec("actors", "node")], folder / "config.yaml", folder / "logs", 42, print):
    print("drives on")
"""


def test_ctrl_c_at_the_moment_of_a_start_is_not_lost(stage: Stage) -> None:
    stage.node("node")
    command = [sys.executable, "-c", INTERRUPTED, str(stage.folder)]
    path = {"PYTHONPATH": os.pathsep.join((str(stage.folder), *sys.path))}
    done = subprocess.run(
        command, env=os.environ | path, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.stdout == "" and done.stderr.endswith("KeyboardInterrupt\n")
