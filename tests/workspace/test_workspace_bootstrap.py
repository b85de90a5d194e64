# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[2] / "setup" / "bootstrap.py"
STEPS = ("environment", "base", "trainer", "workspace")


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", BOOTSTRAP)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "bootstrap", module)
    spec.loader.exec_module(module)
    for name, place in (("ROOT", "."), ("VENV", "."), ("STATE_FILE", "setup-state.json")):
        monkeypatch.setattr(module, name, tmp_path / place)
    monkeypatch.setattr(module, "VENV_PYTHON", Path(sys.executable))
    return module


def make_steps(bootstrap: ModuleType, run=lambda: None) -> list:
    return [bootstrap.Step(name, name, f"{name} 1", run) for name in STEPS]


def due(bootstrap: ModuleType, **state: str) -> list[str]:
    noted = {name: f"{name} 1" for name in STEPS} | state
    bootstrap.STATE_FILE.write_text(json.dumps(noted))
    return [step.name for step in bootstrap.due_steps(make_steps(bootstrap))]


def test_all_is_due_at_first_and_nothing_once_it_ran(bootstrap: ModuleType) -> None:
    steps = make_steps(bootstrap)
    assert bootstrap.due_steps(steps) == steps
    for step in steps:
        bootstrap.run_step(step)
    assert bootstrap.due_steps(steps) == []


def test_only_what_changed_is_due(bootstrap: ModuleType) -> None:
    assert due(bootstrap, trainer="trainer 0") == ["trainer"]


def test_another_interpreter_or_folder_starts_afresh(bootstrap: ModuleType) -> None:
    assert due(bootstrap, environment="environment 0") == list(STEPS)


def test_an_installation_cut_short_starts_afresh(bootstrap: ModuleType) -> None:
    assert due(bootstrap, running="trainer") == list(STEPS)


def test_a_build_cut_short_is_only_built_again(bootstrap: ModuleType) -> None:
    assert due(bootstrap, running="workspace", workspace="") == ["workspace"]


def test_what_was_removed_is_made_again(bootstrap: ModuleType, tmp_path: Path) -> None:
    made = tmp_path / "install"
    step = bootstrap.Step("workspace", "workspace", "workspace 1", made.mkdir, [made])
    bootstrap.run_step(step)
    assert not step.is_due(bootstrap.read_state())
    made.rmdir()
    assert step.is_due(bootstrap.read_state())


def test_a_damaged_note_starts_afresh(bootstrap: ModuleType) -> None:
    bootstrap.STATE_FILE.write_text("{")
    assert len(bootstrap.due_steps(make_steps(bootstrap))) == len(STEPS)


def test_a_step_that_fails_in_good_order_is_the_only_one_due(bootstrap: ModuleType) -> None:
    def fail() -> None:
        raise bootstrap.SetupError("no network")

    due(bootstrap, trainer="trainer 0")
    with pytest.raises(bootstrap.SetupError, match="no network"):
        bootstrap.run_step(make_steps(bootstrap, fail)[2])
    assert [step.name for step in bootstrap.due_steps(make_steps(bootstrap))] == ["trainer"]


def test_paths_of_the_build_machine_are_replaced(bootstrap: ModuleType) -> None:
    file = bootstrap.VENV / "share" / "some_msgs" / "cmake" / "export.cmake"
    file.parent.mkdir(parents=True)
    python = "/opt/python/cp312-cp312"
    file.write_text(
        f'DIRECTORIES "{python}/include/python3.12;'
        f'{python}/lib/python3.12/site-packages/numpy/_core/include"'
    )
    bootstrap.correct_paths()
    folders = file.read_text().split('"')[1].split(";")
    assert [(Path(folders[0]) / "Python.h").is_file(), Path(folders[1]).is_dir()] == [True, True]


def test_a_missing_tool_is_named_with_what_to_do(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "cmake" else which(tool))
    with pytest.raises(bootstrap.SetupError, match="no CMake found; sudo apt install cmake"):
        bootstrap.check_machine()
