"""Untrusted source archives in zip."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from actions.archive.trees import files_below
from actions.archive.unpack import unpack
from actions.errors import ActionError

Entry = tuple[str, bytes, int]


def plain_zip(*names: str, entries: tuple[Entry, ...] = (), method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    """Return a zip of files with one byte each, and of entries with a Unix mode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as zipped:
        for name, data, mode in (*((name, b"x", 0o644) for name in names), *entries):
            info = zipfile.ZipInfo(name)
            info.filename, info.external_attr, info.compress_type = name, mode << 16, method
            zipped.writestr(info, data)
    return bytearray(buffer.getvalue())


class Place:
    def __init__(self, base: Path) -> None:
        self.base, self.archive, self.into = base, base / "p-1.zip", base / "into"
        self.into.mkdir()

    def unpack(self, data: bytes) -> Path:
        self.archive.write_bytes(data)
        return unpack(self.archive, self.into)

    def refuses(self, data: bytes, says: str) -> None:
        with pytest.raises(ActionError, match=says) as raised:
            self.unpack(data)
        assert "p-1.zip" in str(raised.value)
        assert not list(self.into.iterdir())
        assert sorted(path.name for path in self.base.iterdir()) == ["into", "p-1.zip"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_good_zip_is_unpacked(place: Place) -> None:
    executable = ("p-1/run", b"#!", stat.S_IFREG | 0o4755)
    top = place.unpack(plain_zip("p-1/", "p-1/a", "p-1/d/b", entries=(executable,)))

    assert [str(path.relative_to(top)) for path in files_below(top)] == ["a", "run", "d/b"]
    assert oct(stat.S_IMODE((top / "run").stat().st_mode)) == "0o755"
    assert oct(stat.S_IMODE((top / "a").stat().st_mode)) == "0o644"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("size", [0, 3])
def test_a_member_larger_than_its_size_in_the_directory_is_refused(place: Place, method: int, size: int) -> None:
    data = plain_zip(entries=(("p-1/a", b"hello", 0o644),), method=method)
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, size)

    place.refuses(data, "Bad CRC-32|larger than its header says")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_whose_bytes_are_damaged_is_refused(place: Place, method: int) -> None:
    data = plain_zip(entries=(("p-1/a", b"hello" * 100, 0o644),), method=method)
    start = data.index(b"p-1/a") + len("p-1/a") + 9  # after the header with LZMA's own settings
    length = data.index(b"PK\x01\x02") - start
    data[start : start + length] = b"\xff" * length

    place.refuses(data, "is damaged: ")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_methods_of_python_are_read(place: Place, method: int) -> None:
    assert (place.unpack(plain_zip("p-1/a", method=method)) / "a").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["../a"], "outside"),
        (["p-1/../../a"], "outside"),
        (["/etc/x"], "absolute"),
        (["p-1\\..\\..\\x"], "backslash"),
        (["C:/x"], "drive letter"),
        (["c:x"], "not a folder|drive letter"),
        (["p-1/a", "p-1/a/b"], "appears twice"),
        (["p-1/a", "q-1/a"], "has 2 top-level entries"),
        (["a"], "not a folder"),
        ([], "0 top-level|damaged|not a valid .zip"),
        (["p-1/a\nb"], "control"),
    ],
    ids=["A27", "A27 middle", "A28", "A29", "A30", "A30 bare", "file and folder", "A16", "A18", "empty", "A34"],
)
def test_paths_outside_the_source_are_refused(place: Place, names: list[str], says: str) -> None:
    place.refuses(plain_zip(*names), says)


def test_of_two_members_with_one_name_the_last_is_used(place: Place) -> None:
    """A13."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = plain_zip(entries=(("p-1/a", b"one", 0o644), ("p-1/A", b"case", 0o644), ("p-1/a", b"two", 0o755)))
    top = place.unpack(data)

    assert [(top / name).read_bytes() for name in "aA"] == [b"two", b"case"]


def test_a_name_with_a_nul_is_refused(place: Place) -> None:
    data = plain_zip("p-1/aXb")
    place.refuses(data.replace(b"p-1/aXb", b"p-1/a\0b"), "NUL")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_a_link_or_device_is_refused(place: Place, kind: int) -> None:
    """A31."""
    place.refuses(plain_zip("p-1/a", entries=(("p-1/l", b"/etc/passwd", kind | 0o777),)), "is a link or a device")


def central(data: bytearray) -> int:
    """Return where the last entry of the central directory begins."""
    return data.rindex(b"PK\x01\x02")


def test_a_local_name_that_differs_is_refused(place: Place) -> None:
    """A32."""
    data = plain_zip("p-1/abc")
    at = data.index(b"p-1/abc")
    data[at : at + 7] = b"p-1/xyz"

    place.refuses(data, "damaged")


def test_a_size_that_differs_is_refused(place: Place) -> None:
    data = plain_zip(entries=(("p-1/a", bytes(1000), 0o644),))
    struct.pack_into("<L", data, central(data) + 24, 10)

    place.refuses(data, "damaged")


def test_bytes_that_differ_from_their_checksum_are_refused(place: Place) -> None:
    data = plain_zip(entries=(("p-1/a", b"plain text", 0o644),), method=zipfile.ZIP_STORED)

    place.refuses(data.replace(b"plain text", b"plain lies"), "damaged")


def test_broken_compressed_bytes_are_refused(place: Place) -> None:
    data = plain_zip(entries=(("p-1/a", bytes(range(256)) * 9, 0o644),))
    data[data.index(b"p-1/a") + 5] |= 0x06

    place.refuses(data, "damaged")


@pytest.mark.parametrize(
    "change", [b"garbage" + plain_zip("p-1/a"), plain_zip("p-1/a") + b"garbage"], ids=["before", "after"]
)
def test_bytes_around_a_zip_are_refused(place: Place, change: bytes) -> None:
    place.refuses(change, "not a valid .zip archive|damaged")


def test_a_truncated_zip_is_refused(place: Place) -> None:
    data = plain_zip("p-1/a")

    place.refuses(data[:-30], "damaged")


def test_an_encrypted_member_is_refused(place: Place) -> None:
    """A33."""
    data = plain_zip("p-1/a")
    for at in (data.index(b"PK\x03\x04") + 6, central(data) + 8):
        data[at] |= 1

    place.refuses(data, "encrypted")


@pytest.mark.parametrize("method", [93, 98, 9])
def test_an_unknown_compression_method_is_refused_and_named(place: Place, method: int) -> None:
    data = plain_zip("p-1/a")
    struct.pack_into("<H", data, data.index(b"PK\x03\x04") + 8, method)
    struct.pack_into("<H", data, central(data) + 10, method)

    place.refuses(data, "can't be unpacked.*compression|zstd|deflate64")


def test_a_bomb_is_refused_by_the_size_in_its_directory(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.archive.members.RATIO_FREE_BYTES", 1 << 20)

    place.refuses(plain_zip(entries=(("p-1/zeros", bytes(8 << 20), 0o644),)), "decompression bomb")


def test_a_bomb_with_a_wrong_size_in_its_directory_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.archive.members.RATIO_FREE_BYTES", 1 << 20)
    data = plain_zip(entries=(("p-1/zeros", bytes(8 << 20), 0o644),))
    for at in (data.index(b"PK\x03\x04") + 22, central(data) + 24):
        struct.pack_into("<L", data, at, 10)

    place.refuses(data, "damaged|bomb")
