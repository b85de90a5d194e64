# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What a machine without the right Gazebo is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_gz import FakeGz, no_gz
from waiting import wait_until

from deepracer_core.errors import DeviceError
from deepracer_gazebo.gz import gz
from deepracer_gazebo.installation import check_gazebo, check_partition, find_bridge

INSTALL = "sudo apt install ros-jazzy-ros-gz"


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeGz:
    return FakeGz(tmp_path / "gz", monkeypatch)


def complaint(error: DeviceError) -> str:
    assert len(error.faults) == 1 and "\n" not in str(error)
    return str(error)


@pytest.mark.parametrize("versions", ["8.14.0\n", "9.1.0\n8.6.0\n"])
def test_harmonic_will_do_alone_or_beside_others(fake: FakeGz, versions: str) -> None:
    fake.answers("sim", versions)
    check_gazebo()
    assert fake.calls == ["sim --versions"]


def test_without_gazebo_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_gz(tmp_path / "empty", monkeypatch)
    with pytest.raises(DeviceError, match="Gazebo is not installed") as caught:
        check_gazebo()
    assert INSTALL in complaint(caught.value)


@pytest.mark.parametrize("versions", ["6.16.0", "9.1.0", "80.1.0"])
def test_another_release_is_refused_by_its_number(fake: FakeGz, versions: str) -> None:
    fake.answers("sim", versions)
    with pytest.raises(DeviceError, match=rf"Gazebo {versions} is installed, Harmonic") as caught:
        check_gazebo()
    assert INSTALL in complaint(caught.value)


def test_tools_without_a_simulator_are_told_from_gazebo(fake: FakeGz) -> None:
    with pytest.raises(DeviceError, match="gz knows no sim") as caught:
        check_gazebo()
    assert INSTALL in complaint(caught.value)
    fake.answers("sim", "")
    with pytest.raises(DeviceError, match="no simulator of Gazebo is installed"):
        check_gazebo()


def test_a_program_that_cannot_be_run_is_no_gazebo(fake: FakeGz) -> None:
    (fake.folder / "gz").write_text("\x7fELF no program")
    with pytest.raises(DeviceError, match="Gazebo is not installed"):
        check_gazebo()


def test_what_hangs_is_killed(fake: FakeGz) -> None:
    fake.answers("topic", "/clock\n", "hang")
    with pytest.raises(DeviceError, match="gz topic -l did not end in 5 s"):
        gz("topic", "-l", patience=5.0)
    assert fake.calls == ["topic -l"]
    wait_until(lambda: not fake.running, "the end of gz")


def test_a_failure_is_told_in_the_words_of_gz(fake: FakeGz) -> None:
    fake.answers("topic", "first\nthe reason\n", 3)
    with pytest.raises(DeviceError, match="gz topic -l failed: the reason"):
        gz("topic", "-l", patience=10.0)


def test_the_bridge_is_found_on_the_paths_of_ros(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{tmp_path / 'one'}:{tmp_path / 'two'}")
    with pytest.raises(DeviceError, match="bridge between Gazebo and ROS") as caught:
        find_bridge()
    assert INSTALL in complaint(caught.value)
    program = tmp_path / "two" / "lib" / "ros_gz_bridge" / "parameter_bridge"
    program.parent.mkdir(parents=True)
    program.write_text("")
    with pytest.raises(DeviceError):
        find_bridge()
    program.chmod(0o755)
    assert find_bridge() == program


def test_a_second_simulator_on_the_partition_is_refused(
    fake: FakeGz, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers("topic", "No topics advertised.\n")
    check_partition()
    fake.answers("topic", "/clock\n/world/other/clock\n")
    monkeypatch.delenv("GZ_PARTITION", raising=False)
    with pytest.raises(DeviceError, match="another Gazebo runs here") as caught:
        check_partition()
    assert "GZ_PARTITION" in complaint(caught.value)
    monkeypatch.setenv("GZ_PARTITION", "left")
    with pytest.raises(DeviceError, match="another Gazebo runs on partition 'left'"):
        check_partition()
