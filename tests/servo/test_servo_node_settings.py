# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The servo node's parameters, calibration and diagnostics over DDS."""

import json

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from servo_world import (
    CALIBRATION,
    MODEL,
    NEUTRAL,
    ServoProcess,
    altered,
    good_output,
)
from waiting import PATIENCE_S, wait_until

from deepracer_core.aws_calibration import calibration_to_aws_json
from deepracer_interfaces.msg import DriveState
from deepracer_servo.calibration.calibration_file import LARGEST_FILE_BYTES


@pytest.mark.parametrize(
    "content",
    ["", "{", '{"Calibration": {}}', "[" * 5000, " " * (LARGEST_FILE_BYTES + 1)],
    ids=["empty", "cut", "no axes", "nested", "huge"],
)
def test_a_damaged_calibration_keeps_the_car_neutral(world, start, tmp_path, content):
    file = tmp_path / "calibration.json"
    file.write_text(content)
    servo = start(calibration_file=file)
    world.wait_for_reason(f"calibration file {file}")
    refusal = world.set_mode(DriveState.MANUAL)
    assert not refusal.success and str(file) in refusal.message
    wait_until(
        lambda: world.health is not None and world.health.level == DiagnosticStatus.ERROR,
        "an error on /diagnostics",
    )
    assert str(file) in world.health.message
    assert {(p.steering_ns, p.throttle_ns) for p in world.pulses} == {NEUTRAL}
    assert servo.process.poll() is None


def test_the_calibration_file_of_the_car_is_used(world, start, tmp_path):
    axes = json.loads(calibration_to_aws_json(CALIBRATION))
    axes["Calibration"]["Motor"]["min"] = 1_350_000
    file = tmp_path / "calibration.json"
    file.write_text(json.dumps(axes))
    start(calibration_file=file)
    wait_until(lambda: world.state.model_id == MODEL, "the model arrived")
    world.make_output = good_output
    assert world.set_mode(DriveState.AUTONOMOUS).success
    world.wait_for_pulses((NEUTRAL.steering_ns, 1_350_000))


def test_diagnostics_count_refusals_and_measure_latency(world, start):
    start(pwm_output="fake")
    world.start_driving()
    world.make_output = altered(action=7)
    world.wait_for_pulses(NEUTRAL)

    def values() -> dict[str, str]:
        return {entry.key: entry.value for entry in world.health.values} if world.health else {}

    def told() -> bool:
        # While no command comes through in time, it says that instead.
        counted = int(values().get("commands refused: bad index", 0)) > 0
        return counted and "action index 7" in world.health.message

    wait_until(told, "the count and the reason")
    assert world.health.level == DiagnosticStatus.WARN
    assert world.health.name == "servo_node: drive"
    assert {f"stamp to pulse {name} [ms]" for name in ("p50", "p95", "p99", "max")} <= set(
        values()
    )
    assert values()["pwm_output"] == "fake: ready"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"pwm_output": "magic"}, "pwm_output is 'magic', allowed are topic, fake"),
        ({"command_ttl": 5.0}, "command_ttl"),
        ({"command_ttl": 1}, "must be a float"),
        ({"max_speed_scale": -0.1}, "max_speed_scale"),
    ],
)
def test_bad_parameters_end_it_with_one_line_and_status_2(tmp_path, parameters, message):
    servo = ServoProcess(tmp_path / "log", **parameters)
    assert servo.process.wait(PATIENCE_S) == 2
    lines = [line for line in servo.log.read_text().splitlines() if "servo_node" in line]
    assert len(lines) == 1 and message in lines[0], servo.log.read_text()
    assert "Traceback" not in servo.log.read_text()
