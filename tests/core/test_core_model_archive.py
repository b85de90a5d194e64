# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0

import gzip
import io
import tarfile
import tracemalloc
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepracer_core import model_archive
from deepracer_core.errors import ModelError
from deepracer_core.model_archive import MAX_MEMBERS, extract_archive


def member(name, content=b"x", kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.size = len(content) if kind == tarfile.REGTYPE else 0
    info.type = kind
    info.linkname = link
    return info, content


def write_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return path


@pytest.fixture
def place(tmp_path):
    """An archive's path and the folder to unpack to, alone in their parents."""
    (tmp_path / "outer" / "target").mkdir(parents=True)
    return tmp_path / "model.tar.gz", tmp_path / "outer" / "target"


def refused(archive, folder, words):
    with pytest.raises(ModelError, match=words) as error:
        extract_archive(archive, folder)
    assert "\n" not in str(error.value)
    assert [path.name for path in folder.parent.iterdir()] == ["target"]


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_files_and_folders_come_out_as_they_went_in(place, mode):
    archive, folder = place
    write_tar(
        archive,
        [
            member("agent", kind=tarfile.DIRTYPE),
            member("agent/model.pb", b"graph" * 10_000),
            member("./model_metadata.json", b"{}"),
            member("deep/er/log.csv", b""),
        ],
        mode,
    )
    extract_archive(archive, folder)
    assert (folder / "agent" / "model.pb").read_bytes() == b"graph" * 10_000
    assert (folder / "model_metadata.json").read_bytes() == b"{}"
    assert (folder / "deep" / "er" / "log.csv").read_bytes() == b""


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "a/b/../../../evil", "..", "..\\evil", "a\\..\\b"],
)
def test_a_member_outside_the_target_is_refused(place, name):
    archive, folder = place
    refused(write_tar(archive, [member(name)]), folder, "unsafe: member .* outside the archive")


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        (tarfile.SYMTYPE, "/etc"),
        (tarfile.SYMTYPE, "model.pb"),
        (tarfile.LNKTYPE, "model.pb"),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""),
    ],
)
def test_links_and_devices_are_refused(place, kind, link):
    archive, folder = place
    members = [member("model.pb"), member("agent", kind=kind, link=link)]
    refused(write_tar(archive, members), folder, "link or a device")
    assert not (folder / "agent").exists()


def test_a_file_is_not_written_twice(place):
    archive, folder = place
    refused(write_tar(archive, [member("a", b"1"), member("a", b"2")]), folder, "archive")
    assert (folder / "a").read_bytes() == b"1"


def test_a_file_that_is_a_folder_as_well_is_refused(place):
    archive, folder = place
    refused(write_tar(archive, [member("a"), member("a/b")]), folder, "archive")


def test_too_many_members_are_refused(place):
    archive, folder = place
    members = [member(f"file_{number}") for number in range(MAX_MEMBERS + 1)]
    refused(write_tar(archive, members), folder, f"more than {MAX_MEMBERS} members")


def test_what_unpacks_to_too_much_is_refused_before_it_is_written(place, monkeypatch):
    archive, folder = place
    monkeypatch.setattr(model_archive, "MAX_BYTES", 2 * 2**20)
    members = [member("a", b"\0" * 2**20), member("b", b"\0" * 2**20), member("c", b"\0")]
    refused(write_tar(archive, members), folder, "unpacks to more than 2 MiB")
    assert not (folder / "c").exists()


def test_a_size_that_is_only_claimed_is_refused(place):
    archive, folder = place
    info = tarfile.TarInfo("model.pb")
    info.size = 200 * 2**20
    archive.write_bytes(info.tobuf() + b"short")
    refused(archive, folder, "truncated|damaged")


@pytest.mark.parametrize("size", [2**40, 8**11 - 1])
def test_a_huge_claimed_size_is_refused(place, size):
    archive, folder = place
    info = tarfile.TarInfo("model.pb")
    info.size = size
    archive.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"\0" * 1024)
    refused(archive, folder, "unpacks to more than|damaged")


def test_a_header_without_end_is_not_read_into_memory(place, monkeypatch):
    """A few kilobytes of gzip can hold a name of gigabytes."""
    archive, folder = place
    monkeypatch.setattr(model_archive, "MAX_BYTES", 2**20)
    header = tarfile.TarInfo("name")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 64 * 2**20
    with gzip.open(archive, "wb") as stream:
        stream.write(header.tobuf() + b"x" * 64 * 2**20)
    tracemalloc.start()
    refused(archive, folder, "unpacks to more than 1 MiB")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_sparse_file_is_refused(place):
    archive, folder = place
    info, content = member("model.pb", b"1\n0\n1\n")
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "model.pb",
        "GNU.sparse.realsize": "1",
    }
    refused(write_tar(archive, [(info, content)]), folder, "unsafe|damaged")
    info.pax_headers["GNU.sparse.realsize"] = "many"
    refused(write_tar(archive, [(info, content)]), folder, "damaged")


@pytest.mark.parametrize("mode", ["w:bz2", "w:xz"])
def test_only_gzip_is_unpacked(place, mode):
    archive, folder = place
    refused(write_tar(archive, [member("model.pb")], mode), folder, r"no tar\.gz archive")


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b" + b"\0" * 30])
def test_what_is_no_archive_is_refused_in_one_line(place, content):
    archive, folder = place
    archive.write_bytes(content)
    refused(archive, folder, r"model\.tar\.gz")


def test_a_truncated_archive_is_refused_wherever_it_was_cut(place):
    archive, folder = place
    # Bytes that do not compress: every cut up to the last hundred bytes goes through them.
    noise = Random(1).randbytes(3000)
    content = write_tar(archive, [member("model.pb", noise)]).read_bytes()
    for length in range(0, len(content) - 100, 7):
        archive.write_bytes(content[:length])
        with pytest.raises(ModelError) as error:
            extract_archive(archive, folder)
        assert "\n" not in str(error.value)
        for path in folder.iterdir():
            path.unlink()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_refused_or_empty(place, content):
    archive, folder = place
    archive.write_bytes(content)
    try:
        extract_archive(archive, folder)
    except ModelError as error:
        assert "\n" not in str(error)
    assert list(folder.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 255)), max_size=20))
def test_damaged_bytes_never_reach_outside(place, damage):
    archive, folder = place
    content = bytearray(write_tar(archive, [member("a/model.pb", b"x" * 600)], "w").read_bytes())
    for position, value in damage:
        content[position] = value
    archive.write_bytes(content)
    target = folder / str(len(list(folder.iterdir())))
    target.mkdir()
    try:
        extract_archive(archive, target)
    except ModelError as error:
        assert "\n" not in str(error)
    assert {path.name for path in folder.parent.iterdir()} == {"target"}
    assert not any(path.is_symlink() for path in folder.rglob("*"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_any_member_name_stays_inside_or_is_refused(place, name):
    archive, folder = place
    try:
        write_tar(archive, [member(name)])
    except UnicodeEncodeError:
        return
    target = folder / str(len(list(folder.iterdir())))
    target.mkdir()
    before = {path for path in folder.parent.rglob("*") if target not in path.parents}
    try:
        extract_archive(archive, target)
    except ModelError as error:
        assert "\n" not in str(error)
    assert {path for path in folder.parent.rglob("*") if target not in path.parents} == before


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-8] + bytes(8), lambda raw: raw[:-8]])
def test_a_wrong_or_missing_checksum_is_refused(place, spoil):
    archive, folder = place
    write_tar(archive, [member("model.onnx", b"weights" * 1000)])
    archive.write_bytes(spoil(archive.read_bytes()))
    with pytest.raises(ModelError, match="damaged"):
        extract_archive(archive, folder)
