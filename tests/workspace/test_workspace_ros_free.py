# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    file
    for folder in ("src", "launch", "bench")
    for file in (REPOSITORY / folder).rglob("*.py")
    if "build" not in file.relative_to(REPOSITORY).parts
)
NODES = {file.stem for file in SOURCES if file.stem.endswith("_node")}
ROS_FILES = ("_node.py", "_services.py", ".launch.py")
ROS_MODULES = {
    "ament_index_python",
    "builtin_interfaces",
    "cv_bridge",
    "deepracer_interfaces",
    "deepracer_ros",
    "launch",
    "launch_ros",
    "rcl_interfaces",
    "rclpy",
    "rosidl_runtime_py",
    "std_srvs",
}


def may_import_ros(file: Path) -> bool:
    return file.name.endswith(ROS_FILES) or "deepracer_ros" in file.parts


def imported_modules(source: str) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules.add(str(node.module).split(".")[0])
    return modules


def is_ros(module: str) -> bool:
    return module in ROS_MODULES or module.endswith("_msgs")


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_only_nodes_and_launch_files_import_ros(file: Path) -> None:
    ros = {module for module in imported_modules(file.read_text()) if is_ros(module)}
    assert may_import_ros(file) or not ros


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_nothing_imports_a_node(file: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for path in (getattr(node, "module", None) or "", *(a.name for a in node.names))
        for name in path.split(".")
    }
    assert not imported & NODES


def test_the_guard_sees_every_form_of_import() -> None:
    source = "import rclpy.node\ndef f():\n    from sensor_msgs.msg import Image\n"
    assert {module for module in imported_modules(source) if is_ros(module)} == {
        "rclpy",
        "sensor_msgs",
    }
