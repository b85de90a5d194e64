# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Commands start with what ./deepracer installs for them, and nothing more."""

import subprocess
import sys
from pathlib import Path

import pytest

BASE_COMMANDS = (
    "deepracer_bringup.demo",
    "deepracer_bringup.evaluate_command",
    "deepracer_bringup.evaluate_node",
    "deepracer_bringup.parity.parity_node",
    "deepracer_gazebo.world_command",
    "deepracer_inference.model_command",
    "deepracer_servo.calibration.calibrate_node",
    "deepracer_servo.calibration.calibration_command",
    "deepracer_trainer.action_space_command",
    "deepracer_trainer.evaluate",
    "deepracer_trainer.run_logs",
    "deepracer_trainer.rewards.reward_command",
)
IMPORTED_AS = {"stable-baselines3": "stable_baselines3", "ml-dtypes": "ml_dtypes"}


@pytest.mark.parametrize("module", BASE_COMMANDS)
def test_a_base_command_imports_nothing_that_only_the_trainer_has(
    module: str, repository: Path
) -> None:
    lines = (repository / "setup" / "requirements" / "trainer.txt").read_text().splitlines()
    names = [line.partition("==")[0].strip() for line in lines if line and line[0] != "#"]
    absent = [IMPORTED_AS.get(name, name) for name in names]
    assert "torch" in absent
    # A module that is None in sys.modules cannot be imported, as if it were not installed.
    program = f"import sys; sys.modules.update(dict.fromkeys({absent!r})); import {module}"
    subprocess.run([sys.executable, "-P", "-c", program], check=True)
