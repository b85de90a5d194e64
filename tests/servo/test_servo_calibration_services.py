# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration services of a running servo node: what they do, refuse, and keep."""

import math
import os
import resource
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from node_graph import EVERYTHING, Observer, running_node
from std_srvs.srv import Trigger

from deepracer_core.calibration import Calibration
from deepracer_interfaces.msg import DriveState, PwmPulses
from deepracer_interfaces.srv import GetCalibration, Jog, SetCalibration, SetMode
from deepracer_ros.qos import LATCHED
from deepracer_servo.calibration.calibration_file import read_calibration_file
from deepracer_servo.calibration.calibration_messages import (
    calibration_from_message,
    fill_message,
)

STOCK = Calibration()
NEUTRAL = STOCK.neutral


class Client:
    """Calls the services of a servo node and watches its pulses."""

    def __init__(self, observer: Observer, file: Path) -> None:
        self.observer = observer
        self.file = file
        self.pulses = observer.listen(PwmPulses, "pwm", EVERYTHING)
        self.states = observer.listen(DriveState, "drive_state", LATCHED)

    def call(self, kind: Any, name: str, request: Any = None) -> Any:
        return self.observer.call(kind, f"servo_node/{name}", request or kind.Request())

    def get(self) -> Any:
        return self.call(GetCalibration, "get_calibration")

    def set(self, wheels_up: bool = False, **throttle: Any) -> Any:
        request = SetCalibration.Request(wheels_up=wheels_up)
        fill_message(request.calibration, "", STOCK)
        for name, value in throttle.items():
            setattr(request.calibration.throttle, name, value)
        return self.call(SetCalibration, "set_calibration", request)

    def trigger(self, name: str) -> Any:
        return self.call(Trigger, f"{name}_calibration")

    def mode(self, mode: int) -> Any:
        return self.call(SetMode, "set_mode", SetMode.Request(mode=mode))

    def jog(self, axis: int, pulse_ns: int, hold: float = 0.5, wheels_up: bool = True) -> Any:
        request = Jog.Request(axis=axis, pulse_ns=pulse_ns, hold=hold, wheels_up=wheels_up)
        return self.call(Jog, "jog", request)

    def wait_for_pulses(self, steering_ns: int, throttle_ns: int) -> None:
        """Waits for pulses later than those that were waited for before."""
        wanted = (steering_ns, throttle_ns)

        def seen() -> bool:
            while self.pulses:
                pulses = self.pulses.pop(0)
                if (pulses.steering_ns, pulses.throttle_ns) == wanted:
                    return True
            return False

        self.observer.wait_until(seen, f"pulses {wanted}")

    def check_neutral(self) -> None:
        """Checks that nothing but neutral has been written since the last wait."""
        count = len(self.pulses)
        self.observer.wait_until(lambda: len(self.pulses) > count + 3, "pulses")
        assert {(pulses.steering_ns, pulses.throttle_ns) for pulses in self.pulses} == {NEUTRAL}


@pytest.fixture
def observer():
    observer = Observer()
    yield observer
    observer.close()


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "folder" / "calibration.yaml"


@pytest.fixture
def client(observer, file):
    with running_node("deepracer_servo.servo_node", calibration_file=file):
        yield Client(observer, file)


def refused(answer: Any, reason: str) -> None:
    assert not answer.success
    assert reason in answer.message, answer.message


def test_the_calibration_is_told_in_physical_units_and_in_ns(client):
    answer = client.get()
    assert answer.success and answer.message == ""
    assert calibration_from_message(answer.calibration, "deepracer") == STOCK
    assert answer.calibration.vehicle == "deepracer"
    assert list(answer.steering_pulses_ns) == [1_200_000, 1_450_000, 1_700_000]
    assert list(answer.throttle_pulses_ns)[3:6] == [1_520_812, 1_446_000, 1_381_875]
    assert list(answer.steering_limits_ns) == [1_000_000, 2_000_000]
    assert list(answer.throttle_limits_ns) == [1_275_000, 1_725_000]
    assert "the defaults of deepracer" in answer.source
    assert (answer.saved.sec, answer.unsaved) == (0, False)


def test_set_save_revert_and_reset(client):
    assert client.set(wheels_up=True, mid_ns=1_460_000).success
    client.wait_for_pulses(NEUTRAL.steering_ns, 1_460_000)
    assert client.get().unsaved and not client.file.exists()
    answer = client.trigger("save")
    assert answer.success and answer.message == f"saved as {client.file}"
    told = client.get()
    assert (told.source, told.unsaved) == (str(client.file), False)
    saved = read_calibration_file(client.file, "deepracer")
    assert saved is not None and saved.calibration.throttle.mid_ns == 1_460_000
    assert told.saved.sec == int(saved.saved.timestamp())
    assert abs(saved.saved - datetime.now(UTC)).total_seconds() < 600.0
    assert client.set(wheels_up=True, mid_ns=1_450_000).success
    client.wait_for_pulses(NEUTRAL.steering_ns, 1_450_000)
    assert client.trigger("revert").success
    client.wait_for_pulses(NEUTRAL.steering_ns, 1_460_000)
    refused(client.trigger("reset"), "set the mode to CALIBRATION (3) first")
    assert client.mode(DriveState.CALIBRATION).success
    assert client.trigger("reset").success
    client.wait_for_pulses(*NEUTRAL)
    assert client.get().unsaved
    assert client.trigger("save").success
    assert len(os.listdir(client.file.parent)) == 2  # The file and a backup.


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mid_ns": 1_460_000}, "wheels_up"),
        ({"wheels_up": True, "mid_ns": 1_200_000}, "throttle: min_ns 1311000 < mid_ns 1200000"),
        ({"max_ns": 2**32 - 1}, "throttle: "),
        ({"polarity": 0}, "throttle: polarity is 0"),
        ({"values": [math.nan] * 9}, "throttle: the curve must rise"),
        ({"values": [0.0] * 1000}, "1000 values and 9 deflections"),
        ({"values": [], "deflections": []}, "0 points"),
    ],
)
def test_what_could_hurt_is_refused_and_the_old_stays(client, change, reason):
    refused(client.set(**change), reason)
    answer = client.get()
    assert calibration_from_message(answer.calibration, "deepracer") == STOCK
    assert not answer.unsaved
    client.check_neutral()


def test_jogs(client):
    refused(client.jog(Jog.Request.STEERING, 1_500_000), "mode CALIBRATION only")
    assert client.mode(DriveState.CALIBRATION).success
    for axis, pulse_ns, hold, wheels_up, reason in (
        (Jog.Request.THROTTLE, 1_400_000, 0.1, False, "wheels_up"),
        (Jog.Request.THROTTLE, 1_274_999, 0.1, True, "1275000 to 1725000"),
        (Jog.Request.STEERING, 2_000_001, 0.1, True, "1000000 to 2000000"),
        (Jog.Request.STEERING, 0, 0.1, True, "1000000 to 2000000"),
        (Jog.Request.STEERING, 1_500_000, 0.6, True, "hold"),
        (Jog.Request.STEERING, 1_500_000, math.nan, True, "hold"),
        (Jog.Request.STEERING, 1_500_000, math.inf, True, "hold"),
        (Jog.Request.STEERING, 1_500_000, -0.1, True, "hold"),
        (7, 1_500_000, 0.1, True, "7"),
    ):
        refused(client.jog(axis, pulse_ns, hold, wheels_up), reason)
    client.check_neutral()
    assert client.jog(Jog.Request.STEERING, 1_500_000, wheels_up=False).success
    client.wait_for_pulses(1_500_000, NEUTRAL.throttle_ns)
    client.wait_for_pulses(*NEUTRAL)
    assert client.jog(Jog.Request.THROTTLE, 1_400_000).success
    client.wait_for_pulses(NEUTRAL.steering_ns, 1_400_000)
    client.wait_for_pulses(*NEUTRAL)


@pytest.mark.parametrize("way", ["disabled", "manual", "emergency_stop"])
def test_leaving_calibration_drops_what_is_not_saved(client, way):
    assert client.mode(DriveState.CALIBRATION).success
    assert client.set(wheels_up=True, mid_ns=1_460_000).success
    client.wait_for_pulses(NEUTRAL.steering_ns, 1_460_000)
    assert client.jog(Jog.Request.THROTTLE, 1_400_000).success
    client.wait_for_pulses(NEUTRAL.steering_ns, 1_400_000)
    if way == "emergency_stop":
        assert client.call(Trigger, "emergency_stop").success
    else:
        wanted = DriveState.MANUAL if way == "manual" else DriveState.DISABLED
        assert client.mode(wanted).success
    client.wait_for_pulses(*NEUTRAL)
    answer = client.get()
    assert not answer.unsaved
    assert calibration_from_message(answer.calibration, "deepracer") == STOCK


def test_nothing_changes_while_somebody_drives(client):
    assert client.mode(DriveState.MANUAL).success
    refused(client.set(min_ns=1_320_000), "MANUAL")
    for name in ("save", "revert", "reset"):
        refused(client.trigger(name), "MANUAL")
    refused(client.jog(Jog.Request.STEERING, 1_500_000), "CALIBRATION")
    assert not client.get().unsaved and not client.file.exists()


def test_a_full_disk_keeps_the_old_file(observer, file):
    with running_node("deepracer_servo.servo_node", calibration_file=file) as process:
        client = Client(observer, file)
        assert client.trigger("save").success
        before = file.read_bytes()
        assert client.set(min_ns=1_320_000).success
        unlimited = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (100, -1))
        refused(client.trigger("save"), f"{file} could not be saved: File too large")
        assert file.read_bytes() == before
        assert os.listdir(file.parent) == [file.name]
        assert client.get().unsaved
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert client.trigger("save").success
        assert file.read_bytes() != before


def test_a_damaged_file_keeps_the_car_from_driving_until_it_is_replaced(observer, file):
    file.parent.mkdir()
    file.write_text("format: 2\n")
    with running_node("deepracer_servo.servo_node", calibration_file=file):
        client = Client(observer, file)
        refused(client.mode(DriveState.MANUAL), "newer version")
        assert "newer version" in client.get().source
        refused(client.trigger("revert"), "newer version")
        assert client.mode(DriveState.CALIBRATION).success
        assert client.jog(Jog.Request.STEERING, 1_500_000).success
        assert client.trigger("save").success
        assert client.mode(DriveState.MANUAL).success
        assert len(os.listdir(file.parent)) == 2


def test_a_repaired_file_needs_no_restart(observer, file):
    file.parent.mkdir()
    file.write_text("")
    with running_node("deepracer_servo.servo_node", calibration_file=file):
        client = Client(observer, file)
        refused(client.mode(DriveState.MANUAL), str(file))
        file.unlink()
        assert client.trigger("revert").success
        assert client.mode(DriveState.MANUAL).success


def test_without_a_file_nothing_can_be_saved(observer):
    with running_node("deepracer_servo.servo_node", vehicle="hobby"):
        client = Client(observer, Path())
        assert client.get().calibration.vehicle == "hobby"
        refused(client.trigger("save"), "parameter calibration_file")
