# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import ast
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
REQUIREMENTS = REPOSITORY / "setup" / "requirements"
PACKAGES = sorted(
    file.parent for file in (*REPOSITORY.glob("src/*/setup.py"), *REPOSITORY.glob("*/setup.py"))
)
NUMPY_FILES = ("numpy.txt", "numpy-jazzy.txt")


def setup_arguments(package: Path) -> dict[str, object]:
    call = next(
        node
        for node in ast.walk(ast.parse((package / "setup.py").read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"
    )
    literals = {}
    for keyword in call.keywords:
        try:
            literals[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except ValueError:  # a call such as find_packages()
            continue
    return literals


def pins(numpy_file: str) -> dict[str, str]:
    files = [REQUIREMENTS / name for name in ("base.txt", "test.txt", "trainer.txt", numpy_file)]
    text = "\n".join(file.read_text() for file in files)
    found = re.findall(r"^([\w.-]+)==(\S+)$", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.fixture(params=PACKAGES, ids=lambda package: package.name)
def package(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.mark.parametrize("numpy_file", NUMPY_FILES)
def test_the_pins_are_versions_that_the_packages_accept(package: Path, numpy_file: str) -> None:
    pinned = pins(numpy_file)
    for text in setup_arguments(package).get("install_requires", []):
        requirement = Requirement(text)
        if requirement.name.startswith("deepracer_"):
            continue
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), text


def test_setup_and_manifest_say_the_same(package: Path) -> None:
    arguments = setup_arguments(package)
    manifest = ElementTree.parse(package / "package.xml").getroot()
    for tag, key in (("name", "name"), ("version", "version"), ("description", "description")):
        assert manifest.findtext(tag) == arguments[key]
    assert manifest.find("maintainer").get("email") == arguments["maintainer_email"]


def test_every_requirement_but_numpys_is_pinned() -> None:
    flexible = {"numpy", "opencv-python-headless", "ml-dtypes"}
    for file in REQUIREMENTS.glob("*.txt"):
        for line in file.read_text().splitlines():
            if line and not line.startswith(("#", " ")):
                assert "==" in line or line in flexible, f"{file.name}: {line}"


def test_every_ros_wheel_has_a_hash() -> None:
    blocks = re.split(r"\n(?=ros-)", (REQUIREMENTS / "ros-wheels.txt").read_text())[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)
