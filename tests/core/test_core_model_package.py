# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import json
import shutil
import tarfile

import pytest

from deepracer_core import model_package
from deepracer_core.errors import ModelError
from deepracer_core.model_package import install_model_package, open_model_package

METADATA = json.dumps({"action_space": [{"steering_angle": 0, "speed": 1}]})
POLICY = b"not a network: only deepracer_inference looks inside"


def install(path, models_folder, name=None):
    with open_model_package(path) as package:
        return install_model_package(package, models_folder, name)


def write(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def pack(folder, archive, root="."):
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, root)
    return archive


LAYOUTS = {
    "onnx": ({"model.onnx": POLICY, "model_metadata.json": METADATA}, "onnx", "model.onnx"),
    "openvino": (
        {"model.xml": POLICY, "model.bin": b"w", "model_metadata.json": METADATA},
        "openvino",
        "model.xml",
    ),
    "aws": (
        {"agent/model.pb": POLICY, "model_metadata.json": METADATA, "ip/done": ""},
        "tensorflow",
        "model.pb",
    ),
    "aws, installed": (
        {"model.pb": POLICY, "model_metadata.json": METADATA},
        "tensorflow",
        "model.pb",
    ),
    "metadata beside": (
        {"agent/model.pb": POLICY, "agent/model_metadata.json": METADATA},
        "tensorflow",
        "model.pb",
    ),
}


@pytest.fixture(params=LAYOUTS)
def layout(request, tmp_path):
    files, kind, policy = LAYOUTS[request.param]
    return write(tmp_path / "mine", files), kind, policy


def test_folders_and_archives_of_every_layout_are_one_package(layout, tmp_path):
    folder, kind, policy = layout
    archives = (
        pack(folder, tmp_path / "mine.tar.gz"),
        pack(folder, tmp_path / "wrapped.tgz", "some-folder"),
    )
    with open_model_package(folder) as package:
        assert (package.name, package.format, package.policy_path.name) == ("mine", kind, policy)
        identity = package.id
    assert len(identity) == 64
    for archive in archives:
        with open_model_package(archive) as package:
            assert (package.id, package.format) == (identity, kind)
            assert package.name == archive.name.partition(".")[0]


def test_what_an_archive_was_unpacked_to_is_removed(tmp_path):
    folder = write(tmp_path / "mine", LAYOUTS["onnx"][0])
    with open_model_package(pack(folder, tmp_path / "mine.tar.gz")) as package:
        place = package.policy_path
        assert place.is_file()
    assert not place.exists()


@pytest.mark.parametrize("file", ["model.xml", "model.bin", "model_metadata.json"])
def test_the_id_is_that_of_every_byte(tmp_path, file):
    folder = write(tmp_path / "mine", LAYOUTS["openvino"][0])
    ids = set()
    for content in (None, b" "):
        if content:
            (folder / file).write_bytes((folder / file).read_bytes() + content)
        with open_model_package(folder) as package:
            ids.add(package.id)
    assert len(ids) == 2


def test_bytes_that_move_from_one_file_to_the_next_change_the_id(tmp_path):
    one = {"model.xml": b"ab", "model.bin": b"c", "model_metadata.json": METADATA}
    two = {"model.xml": b"a", "model.bin": b"bc", "model_metadata.json": METADATA}
    with (
        open_model_package(write(tmp_path / "one", one)) as first,
        open_model_package(write(tmp_path / "two", two)) as second,
    ):
        assert first.id != second.id


WRONG = {
    "nothing": ({"readme.txt": "hello"}, "no policy file: .*one model.onnx"),
    "no metadata": ({"model.onnx": POLICY}, "no model_metadata.json"),
    "two policies": (
        {"model.onnx": POLICY, "agent/model.pb": POLICY, "model_metadata.json": METADATA},
        "several policy files",
    ),
    "no weights": ({"model.xml": POLICY, "model_metadata.json": METADATA}, "no model.bin"),
    "metadata that is no JSON": ({"model.onnx": POLICY, "model_metadata.json": "{"}, "valid JSON"),
    "metadata that is no text": (
        {"model.onnx": POLICY, "model_metadata.json": b"\xff\xfe\x80"},
        "not UTF-8",
    ),
    "metadata without end": (
        {"model.onnx": POLICY, "model_metadata.json": b" " * (2**20 + 1)},
        "larger than 1 MiB",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_package_that_does_not_fit_is_refused_with_the_reason(tmp_path, case):
    files, words = WRONG[case]
    folder = write(tmp_path / "mine", files)
    for source in (folder, pack(folder, tmp_path / "mine.tar.gz")):
        with pytest.raises(ModelError, match=words) as error, open_model_package(source):
            pass
        assert "\n" not in str(error.value)


def test_an_empty_folder_or_none_is_refused(tmp_path):
    for path, words in ((tmp_path, "no policy file"), (tmp_path / "absent", "no model package")):
        with pytest.raises(ModelError, match=words), open_model_package(path):
            pass


def test_an_oversized_policy_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(model_package, "MAX_BYTES", len(POLICY) - 1)
    folder = write(tmp_path / "mine", LAYOUTS["onnx"][0])
    with pytest.raises(ModelError, match="larger than"), open_model_package(folder):
        pass


def test_a_byte_order_mark_before_the_metadata_is_tolerated(tmp_path):
    files = {**LAYOUTS["onnx"][0], "model_metadata.json": b"\xef\xbb\xbf" + METADATA.encode()}
    with open_model_package(write(tmp_path / "mine", files)) as package:
        assert package.metadata.action_space.output_count == 1


def test_the_fixtures_open(shared):
    archives = sorted((shared / "fixtures" / "aws_models").glob("*_mono/model.tar.gz"))
    assert archives
    for archive in archives:
        with open_model_package(archive) as package:
            assert (package.format, package.name) == ("tensorflow", "model")


def test_an_installed_package_is_the_same_package(layout, tmp_path):
    folder, kind, _ = layout
    target = install(pack(folder, tmp_path / "my car.tar.gz"), tmp_path / "models")
    assert target == tmp_path / "models" / "my_car"
    with open_model_package(folder) as original, open_model_package(target) as installed:
        assert (installed.id, installed.format) == (original.id, kind)
        names = {file.name for file in installed.files}
    assert "model_metadata.json" in names
    assert {path.name for path in target.iterdir()} == names
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["my_car"]


def test_an_installed_package_is_not_overwritten(tmp_path):
    folder = write(tmp_path / "mine", LAYOUTS["onnx"][0])
    install(folder, tmp_path / "models")
    (folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(ModelError, match="exists: remove it first"):
        install(folder, tmp_path / "models")
    assert (tmp_path / "models" / "mine" / "model.onnx").read_bytes() == POLICY


def test_another_name_may_be_given(tmp_path):
    folder = write(tmp_path / "model", LAYOUTS["onnx"][0])
    assert install(folder, tmp_path / "models", "my racer").name == "my_racer"


@pytest.mark.parametrize(
    ("path", "message"),
    [("~nobody-of-that-name/model", "no model package"), ("x" * 300, "cannot be opened")],
)
def test_a_path_that_cannot_be_opened_is_refused(path, message):
    with pytest.raises(ModelError, match=message), open_model_package(path):
        pass


def test_nothing_is_half_installed(tmp_path, monkeypatch):
    folder = write(tmp_path / "mine", LAYOUTS["openvino"][0])
    copied = []

    copy = shutil.copyfile

    def disk_full_at_the_second_file(source, target):
        copied.append(source)
        if len(copied) == 2:
            raise OSError("no space left on device")
        copy(source, target)

    monkeypatch.setattr(model_package.shutil, "copyfile", disk_full_at_the_second_file)
    with pytest.raises((ModelError, OSError), match="no space"):
        install(folder, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_not_installed(tmp_path, case):
    folder = write(tmp_path / "mine", WRONG[case][0])
    with pytest.raises(ModelError):
        install(folder, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    folder = write(tmp_path / "mine", LAYOUTS["onnx"][0])

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied", "model.onnx")

    monkeypatch.setattr(model_package.Path, "read_bytes", forbidden)
    with pytest.raises(ModelError, match="Permission denied"), open_model_package(folder):
        pass
