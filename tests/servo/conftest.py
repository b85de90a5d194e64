# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The world around a servo node, and servo nodes in it."""

import pytest
from servo_world import ServoProcess, World
from waiting import PATIENCE_S, wait_until


@pytest.fixture(scope="module")
def world():
    world = World()
    yield world
    world.close()


@pytest.fixture
def start(world, tmp_path):
    """Starts servo nodes, and ends those that a test leaves running."""
    processes = []
    world.state = world.health = world.make_output = None
    world.publish_model()

    def start_one(**parameters) -> ServoProcess:
        world.pulses.clear()
        world.state = None
        servo = ServoProcess(tmp_path / "servo.log", **parameters)
        processes.append(servo.process)
        wait_until(lambda: world.state is not None and world.pulses, "the servo node spoke")
        return servo

    yield start_one
    world.make_output = None
    for process in processes:
        process.terminate()
        process.wait(PATIENCE_S)
    log = (tmp_path / "servo.log").read_text()
    assert "Traceback" not in log, log
