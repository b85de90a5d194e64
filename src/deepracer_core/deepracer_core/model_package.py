# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Model packages: a folder or tar.gz with one policy file and its model_metadata.json.

The one reader for every place that takes a model: the car, the simulators, `evaluate`, `demo`.
Whether the network fits the metadata is verified where networks are read, in
`deepracer_inference.policy`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deepracer_core.errors import ModelError
from deepracer_core.model_archive import MAX_BYTES, extract_archive
from deepracer_core.model_metadata import ModelMetadata

Format = Literal["onnx", "openvino", "tensorflow"]
METADATA_NAME = "model_metadata.json"
_FORMATS: dict[str, Format] = {".onnx": "onnx", ".xml": "openvino", ".pb": "tensorflow"}
_MAX_METADATA_BYTES = 1024 * 1024


@dataclass(frozen=True)
class ModelPackage:
    """A model package on disk, its metadata checked.

    Attributes:
        name: folder or archive name without its extension.
        id: SHA-256 over policy and metadata, in hex; the same bytes have the same id.
        metadata: parsed model_metadata.json.
        policy_path: the policy file; for OpenVINO IR the .xml, with the .bin beside it.
        format: how the policy file is to be read.
    """

    name: str
    id: str
    metadata: ModelMetadata
    policy_path: Path
    format: Format


@contextmanager
def open_model_package(path: str | os.PathLike[str]) -> Iterator[ModelPackage]:
    """Open a folder or an archive; what an archive was unpacked to is removed at the end.

    Raises:
        ModelError: the package is missing, damaged, unsafe or contradicts itself.
    """
    source = Path(path).expanduser()
    if source.is_dir():
        yield _read_folder(source, source.resolve().name)
    elif source.is_file():
        with tempfile.TemporaryDirectory(prefix="deepracer-model-") as folder:
            extract_archive(source, Path(folder))
            yield _read_folder(Path(folder), re.sub(r"(\.tar)?\.(gz|tgz|tar)$", "", source.name))
    else:
        raise ModelError(f"no model package at {source}: give a folder or a tar.gz")


def install_model_package(
    path: str | os.PathLike[str], models_folder: Path, name: str | None = None
) -> Path:
    """Copy a checked package to `models_folder/<name>`, completely or not at all.

    Args:
        path: folder or archive.
        models_folder: where models live; it is made if it does not exist.
        name: what to call it; by default as the folder or archive is called.

    Returns:
        The folder of the installed package.

    Raises:
        ModelError: the package does not fit, or one of that name is installed already.
    """
    with open_model_package(path) as package:
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", name or package.name).strip(".") or "model"
        target = models_folder / name
        if target.exists():
            raise ModelError(f"{target} exists: remove it first, or install under another name")
        models_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".installing-", dir=models_folder) as folder:
            staging = Path(folder) / name
            staging.mkdir()
            for file in (*policy_files(package), _metadata_path(package)):
                shutil.copyfile(file, staging / file.name)
            staging.rename(target)
    return target


def policy_files(package: ModelPackage) -> tuple[Path, ...]:
    """Return the files that make up the policy: one, or two for OpenVINO IR."""
    if package.format == "openvino":
        return package.policy_path, package.policy_path.with_suffix(".bin")
    return (package.policy_path,)


def _metadata_path(package: ModelPackage) -> Path:
    folder = package.policy_path.parent
    beside = folder / METADATA_NAME
    return beside if beside.is_file() else folder.parent / METADATA_NAME


def _read_folder(folder: Path, name: str) -> ModelPackage:
    try:
        return _checked(_unwrapped(folder), name)
    except OSError as error:
        raise ModelError(f"{name} cannot be read: {error.strerror}") from None


def _checked(folder: Path, name: str) -> ModelPackage:
    policy = _find_policy(folder, name)
    kind = _FORMATS[policy.suffix]
    metadata_path = _find_metadata(folder, policy, name)
    if metadata_path.stat().st_size > _MAX_METADATA_BYTES:
        raise ModelError(f"{METADATA_NAME} of {name} is larger than 1 MiB: this is no metadata")
    try:
        metadata = ModelMetadata.parse(metadata_path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ModelError(f"{METADATA_NAME} of {name} is not UTF-8 text") from None
    draft = ModelPackage(name, "", metadata, policy, kind)
    return ModelPackage(name, _identity(draft), metadata, policy, kind)


def _unwrapped(folder: Path) -> Path:
    """Step into the only sub-folder: people pack the folder as often as its content."""
    children = [child for child in folder.iterdir() if not child.name.startswith(".")]
    wrapped = len(children) == 1 and children[0].is_dir() and children[0].name != "agent"
    return children[0] if wrapped else folder


def _find_policy(folder: Path, name: str) -> Path:
    places = (folder, folder / "agent")  # AWS archives hold agent/model.pb.
    found = sorted(
        file
        for place in places
        if place.is_dir()
        for file in place.iterdir()
        if file.suffix in _FORMATS and file.is_file()
    )
    if len(found) != 1:
        what = "no policy file" if not found else "several policy files"
        raise ModelError(
            f"{name} has {what}: it needs one model.onnx, model.xml with model.bin, or "
            "agent/model.pb"
        )
    return found[0]


def _find_metadata(folder: Path, policy: Path, name: str) -> Path:
    for place in (policy.parent, folder):
        if (place / METADATA_NAME).is_file():
            return place / METADATA_NAME
    raise ModelError(f"{name} has no {METADATA_NAME}")


def _identity(package: ModelPackage) -> str:
    digest = hashlib.sha256()
    for file in policy_files(package):
        if not file.is_file():
            raise ModelError(f"{package.name} has {package.policy_path.name}, but no {file.name}")
        if file.stat().st_size > MAX_BYTES:
            raise ModelError(
                f"{file.name} of {package.name} is larger than {MAX_BYTES // 2**20} MiB"
            )
        # The length goes in first, so that no two splits of the same bytes have the same id.
        digest.update(file.stat().st_size.to_bytes(8, "big"))
        digest.update(file.read_bytes())
    digest.update(package.metadata.text.encode())
    return digest.hexdigest()
