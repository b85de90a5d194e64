# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Gazebo on this machine, ready to be run: checked, and with its world written.

Server and window are two programs here. `gz sim` without -s or -g would start both by itself, in
process groups of their own, which nobody could end with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deepracer_bringup.graph import GazeboParts
from deepracer_bringup.specs import ProgramSpec
from deepracer_core.errors import ConfigError
from deepracer_core.settings import check_settings, setting
from deepracer_gazebo.cache import cached_world
from deepracer_gazebo.installation import MAJOR, check_gazebo, find_bridge
from deepracer_gazebo.world import WorldSettings

BRIDGE_CONFIG = "gazebo_bridge.yaml"
_SIMULATOR = ("gz", "sim", "--force-version", MAJOR)
_ERROR = "[Err]"  # So it marks what went wrong, among much else.


@dataclass(frozen=True)
class GazeboSettings:
    """How Gazebo is run, beside its world."""

    headless: bool = setting(True, "whether the camera renders without a screen, by EGL")
    gui: bool = setting(False, "whether Gazebo's window is opened")
    seed: int = setting(
        0, "of Gazebo's random numbers; 0 leaves it to Gazebo", range=(0, 2**31 - 1)
    )

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        check_settings(self)


def prepare_gazebo(settings: GazeboSettings, world: WorldSettings, topics: Path) -> GazeboParts:
    """Check that Gazebo is there, write the world and say what is to be run.

    Args:
        settings: how it is run.
        world: what is in it.
        topics: configuration of the bridge.

    Raises:
        DeviceError: Gazebo or its bridge is missing or too old; it says what to install.
        DeepRacerError: the world cannot be made.
    """
    check_gazebo()
    bridge = find_bridge()
    if not topics.is_file():
        raise ConfigError(f"{topics} is missing: run ./deepracer setup")
    file = str(cached_world(world))
    options = ["-s", "-r"]
    options += ["--headless-rendering"] if settings.headless else []
    options += ["--seed", str(settings.seed)] if settings.seed else []
    programs = [ProgramSpec("gazebo", (*_SIMULATOR, *options, file), error_mark=_ERROR)]
    if settings.gui:
        window = (*_SIMULATOR, "-g")
        programs.append(ProgramSpec("gazebo_window", window, is_window=True, error_mark=_ERROR))
    return GazeboParts(tuple(programs), str(bridge), str(topics))
