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
        metadata_path: the file of the metadata.
        format: how the policy file is to be read.
    """

    name: str
    id: str
    metadata: ModelMetadata
    policy_path: Path
    metadata_path: Path
    format: Format

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of the package: policy, its weights for OpenVINO IR, and metadata."""
        return *_policy_files(self.policy_path), self.metadata_path


@contextmanager
def open_model_package(path: str | os.PathLike[str]) -> Iterator[ModelPackage]:
    """Open a folder or an archive; what an archive was unpacked to is removed at the end.

    Raises:
        ModelError: the package is missing, damaged, unsafe or contradicts itself.
    """
    try:
        source = Path(os.path.expanduser(path))
        is_folder, is_file = source.is_dir(), source.is_file()
    except OSError as error:
        raise ModelError(f"{path} cannot be opened: {error.strerror}") from None
    if is_folder:
        yield _read_folder(source, source.resolve().name)
    elif is_file:
        with tempfile.TemporaryDirectory(prefix="deepracer-model-") as folder:
            extract_archive(source, Path(folder))
            yield _read_folder(Path(folder), re.sub(r"(\.tar)?\.(gz|tgz|tar)$", "", source.name))
    else:
        raise ModelError(f"no model package at {source}: give a folder or a tar.gz")


def install_model_package(
    package: ModelPackage, models_folder: Path, name: str | None = None
) -> Path:
    """Copy an open package to `models_folder/<name>`, completely or not at all.

    Args:
        package: what was checked is what is installed.
        models_folder: where models live; it is made if it does not exist.
        name: what to call it; by default as the folder or archive is called.

    Returns:
        The folder of the installed package.

    Raises:
        ModelError: one of that name is installed already, or the copy failed.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", name or package.name).strip(".") or "model"
    target = models_folder / name
    if target.exists():
        raise ModelError(f"{target} exists: remove it first, or install under another name")
    try:
        models_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".installing-", dir=models_folder) as folder:
            staging = Path(folder) / name
            staging.mkdir()
            for file in package.files:
                shutil.copyfile(file, staging / file.name)
            staging.rename(target)
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error.strerror or error}") from None
    return target


def _policy_files(policy: Path) -> tuple[Path, ...]:
    return (policy, policy.with_suffix(".bin")) if policy.suffix == ".xml" else (policy,)


def _read_folder(folder: Path, name: str) -> ModelPackage:
    try:
        return _checked(_unwrapped(folder), name)
    except OSError as error:
        raise ModelError(f"{name} cannot be read: {error.strerror or error}") from None


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
    identity = _identity(name, policy, metadata)
    return ModelPackage(name, identity, metadata, policy, metadata_path, kind)


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
            "agent/model.pb (for a training run give its folder model)"
        )
    return found[0]


def _find_metadata(folder: Path, policy: Path, name: str) -> Path:
    for place in (policy.parent, folder):
        if (place / METADATA_NAME).is_file():
            return place / METADATA_NAME
    raise ModelError(f"{name} has no {METADATA_NAME}")


def _identity(name: str, policy: Path, metadata: ModelMetadata) -> str:
    digest = hashlib.sha256()
    for file in _policy_files(policy):
        if not file.is_file():
            raise ModelError(f"{name} has {policy.name}, but no {file.name}")
        if file.stat().st_size > MAX_BYTES:
            raise ModelError(f"{file.name} of {name} is larger than {MAX_BYTES // 2**20} MiB")
        # The length goes in first, so that no two splits of the same bytes have the same id.
        digest.update(file.stat().st_size.to_bytes(8, "big"))
        digest.update(file.read_bytes())
    digest.update(metadata.text.encode())
    return digest.hexdigest()
