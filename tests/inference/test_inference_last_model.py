# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""What inference remembers across a crash, by value and over DDS."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from node_graph import Observer
from onnx_models import mean_network, write_package

from deepracer_bringup.runner import Runner
from deepracer_bringup.specs import NodeSpec
from deepracer_core.errors import DeviceError
from deepracer_core.model_package import open_model_package
from deepracer_inference.last_model import LastModel, process_token
from deepracer_interfaces.msg import Model
from deepracer_interfaces.srv import LoadModel
from deepracer_ros.qos import LATCHED

LAUNCHER = process_token(os.getpid())


def last_model(
    folder: Path, node: str = "/n 0", start: str = "", launcher: str = LAUNCHER
) -> LastModel:
    return LastModel(node, start, folder / "private", launcher)


def test_the_next_process_of_the_same_launcher_recalls_it(tmp_path: Path) -> None:
    assert last_model(tmp_path).recall() == ""
    last_model(tmp_path).remember("/models/a")
    last_model(tmp_path).remember("/models/b")
    assert last_model(tmp_path).recall() == "/models/b"
    assert last_model(tmp_path).recall() == "/models/b", "a second crash"
    last_model(tmp_path).forget()
    assert last_model(tmp_path).recall() == ""
    last_model(tmp_path).forget()


@pytest.mark.parametrize(
    "other", [{"node": "/n 1"}, {"start": "/models/c"}, {"launcher": process_token(1)}]
)
def test_nobody_else_recalls_it(tmp_path: Path, other: dict[str, str]) -> None:
    last_model(tmp_path).remember("/models/a")
    assert last_model(tmp_path, **other).recall() == ""


def test_the_path_does_not_depend_on_where_the_process_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/racer")
    for given, kept in (("a b/ü", tmp_path / "a b/ü"), ("~/m.tar.gz", "/home/racer/m.tar.gz")):
        last_model(tmp_path).remember(given)
        assert last_model(tmp_path).recall() == str(kept)


def test_what_launchers_left_behind_is_removed_when_they_are_gone(tmp_path: Path) -> None:
    ended = subprocess.Popen(["sleep", "60"])
    gone = process_token(ended.pid)
    ended.kill()
    ended.wait()
    pid, _, started = LAUNCHER.partition("-")
    for launcher in (gone, f"{pid}-{int(started) + 1}", LAUNCHER):
        last_model(tmp_path, launcher=launcher).remember("/models/a")
    last_model(tmp_path, node="/other 0").remember("/models/b")
    left = sorted(file.name for file in (tmp_path / "private").iterdir())
    assert len(left) == 2 and all(LAUNCHER in name for name in left)


def test_a_process_has_a_token_while_it_lives() -> None:
    assert LAUNCHER.startswith(f"{os.getpid()}-")
    assert process_token(2**22 + 1) == ""


def test_the_folder_is_for_this_user_only(tmp_path: Path) -> None:
    last_model(tmp_path).remember("/models/a")
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700


def open_to_others(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def link_elsewhere(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


@pytest.mark.parametrize("plant", [open_to_others, link_elsewhere, Path.touch])
def test_a_folder_that_others_could_write_to_is_not_used(
    tmp_path: Path, plant: Callable[[Path], None]
) -> None:
    plant(tmp_path / "private")
    with pytest.raises(OSError):
        last_model(tmp_path).remember("/models/a")
    with pytest.raises(DeviceError, match="only this user"):
        last_model(tmp_path).recall()


class Inference:
    """The inference node under the runner, and what it says."""

    def __init__(self, observer: Observer, folder: Path, model: Path) -> None:
        spec = NodeSpec("deepracer_inference", "inference_node", parameters={"model": str(model)})
        config = folder / "empty.yaml"
        config.write_text("")
        domain = int(os.environ["ROS_DOMAIN_ID"])
        self.runner = Runner((spec,), config, folder / "logs", domain, lambda _: None)
        self.observer = observer
        self.models = observer.listen(Model, "model", LATCHED)

    def wait_for_model(self, package: Path) -> None:
        with open_model_package(package) as opened:
            wanted = opened.id
        self.observer.wait_until(
            lambda: self.models and self.models[-1].id == wanted, f"model {package.name}"
        )

    def load(self, package: Path) -> None:
        request = LoadModel.Request(path=str(package))
        answer = self.observer.call(LoadModel, "inference_node/load_model", request)
        assert answer.success, answer.message

    def crash(self) -> None:
        """Kill the node, and wait until the runner has started another one."""
        first = self.runner.pid("inference_node")
        self.models.clear()
        os.kill(first, signal.SIGKILL)
        self.observer.wait_until(
            lambda: not self.runner.supervise() and self.runner.pid("inference_node") != first,
            "another process",
        )

    def log(self) -> str:
        return self.runner.log("inference_node").read_text()


@pytest.fixture
def observer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Observer]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    observer = Observer()
    yield observer
    observer.close()


@pytest.fixture
def packages(tmp_path: Path) -> tuple[Path, Path]:
    """Returns two packages that differ: one to begin with, one to load."""
    means = {"first": [1.0, 0.5], "second": [0.5, 1.0]}
    first, second = (write_package(tmp_path / n, mean_network(m)) for n, m in means.items())
    return first, second


def test_a_model_that_was_loaded_by_service_survives_a_crash_but_no_fresh_launch(
    observer: Observer, tmp_path: Path, packages: tuple[Path, Path]
) -> None:
    first, second = packages
    inference = Inference(observer, tmp_path, first)
    with inference.runner:
        inference.wait_for_model(first)
        inference.load(second)
        inference.crash()
        inference.wait_for_model(second)
        assert f"with the last model {second}" in inference.log()
    inference.models.clear()
    with inference.runner:
        inference.wait_for_model(first)


def test_a_last_model_that_is_gone_gives_way_to_the_parameters(
    observer: Observer, tmp_path: Path, packages: tuple[Path, Path]
) -> None:
    first, second = packages
    inference = Inference(observer, tmp_path, first)
    with inference.runner:
        inference.wait_for_model(first)
        inference.load(second)
        shutil.rmtree(second)
        inference.crash()
        inference.wait_for_model(first)
        assert f"no model package at {second}" in inference.log()
