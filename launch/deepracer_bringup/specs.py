# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What is run as a process of its own, and how it is started and ended; free of ROS.

The launch files turn it into `ros2 launch` actions, and `deepracer_bringup.runner` into processes
where that is not installed. `ros2 launch` stops them at SIGINT alone: what ends it otherwise, as
SIGTERM does, would leave a car that drives, so the kernel ends them with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deepracer_core.child_processes import prefix_dying_with_us
from deepracer_core.errors import DeviceError

RESPAWN_DELAY = 1.0  # [s]
# A node that does not end by SIGINT gets SIGTERM, then SIGKILL, so that all are down in 2 s.
SIGTERM_AFTER, SIGKILL_AFTER = 1.5, 0.4  # [s]
BAD_INPUT = 2  # The exit status of a node that cannot work with its parameters.


@dataclass(frozen=True)
class NodeSpec:
    """One node and how it is run.

    Attributes:
        package: ROS package, and the Python package of the same name.
        name: the node's name; its executable and its Python module are called the same.
        parameters: values by name, on top of those of the configuration file.
        remappings: pairs of names, from and to.
        respawn: whether it is started again after it died. That is safe for nodes that cannot
            move the car, and for the servo node because it always starts in DISABLED. What a
            wrong parameter ended (exit status 2) stays down.
        program: the executable file of a node that is no Python module.
    """

    package: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    remappings: tuple[tuple[str, str], ...] = ()
    respawn: bool = True
    program: str = ""

    @property
    def module(self) -> str:
        """The Python module that `python -m` runs."""
        return f"{self.package}.{self.name}"

    def launch_arguments(
        self, files: Sequence[object], shutdown: Callable[..., Any]
    ) -> dict[str, Any]:
        """Return the keyword arguments of `launch_ros.actions.Node`.

        Args:
            files: YAML files with parameters, the strongest one last; `parameters` are stronger.
            shutdown: makes the action that ends the launch; a node that refuses its parameters
                does not get better by being started again.
        """

        def refused(event: Any, _: object) -> Any:
            reason = f"{self.name} refuses its parameters"
            return shutdown(reason=reason) if event.returncode == BAD_INPUT else None

        return {
            "package": self.package,
            "executable": self.name,
            "name": self.name,
            "exec_name": self.name,  # in the log; else it would be that of the prefix
            "parameters": [*files, dict(self.parameters)],
            "remappings": list(self.remappings),
            "respawn": self.respawn,
            "respawn_delay": RESPAWN_DELAY,
            "prefix": prefix_dying_with_us(),
            "sigterm_timeout": str(SIGTERM_AFTER),
            "sigkill_timeout": str(SIGKILL_AFTER),
            "on_exit": refused,
            "output": "screen",
        }


@dataclass(frozen=True)
class ProgramSpec:
    """A program that is no node; without it the others are of no use.

    Attributes:
        name: for logs and messages.
        line: its command line.
        respawn: whether it is started again after it died.
        is_window: whether its end in good order is somebody's wish. A simulator's is none: Gazebo
            says that all is well when it cannot load its world.
        error_mark: how a line of its log begins that says what went wrong; empty: its last does.
    """

    name: str
    line: tuple[str, ...]
    respawn: bool = False
    is_window: bool = False
    error_mark: str = ""

    def launch_arguments(self, shutdown: Callable[..., Any]) -> dict[str, Any]:
        """Return the keyword arguments of `launch.actions.ExecuteProcess`.

        Args:
            shutdown: makes the action that ends the launch, which this program's end does.
        """

        def ended(event: Any, context: Any) -> Any:
            if context.is_shutdown:
                return None
            reason = f"{self.name} has ended (exit status {event.returncode})"
            if self.is_window and event.returncode == 0:
                return shutdown(reason=reason)
            # What is raised here is told as the reason, and is launch's own exit status 1.
            raise DeviceError(f"{reason}: what it said is above")

        return {
            "cmd": list(self.line),
            "name": self.name,
            "prefix": prefix_dying_with_us(),
            "sigterm_timeout": str(SIGTERM_AFTER),
            "sigkill_timeout": str(SIGKILL_AFTER),
            "on_exit": ended,
            "output": "screen",
        }


Spec = NodeSpec | ProgramSpec
Graph = tuple[Spec, ...]
