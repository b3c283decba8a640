"""Source archives that are damaged, too large, in another format than their name, or ambiguous between programs."""

import bz2
import gzip
import io
import lzma
import os
import shutil
import subprocess
import tarfile
import tracemalloc
from collections.abc import Callable

import pytest
from support.tars import GOOD, Place, file, folder, hardlink, plain_tar

from actions.archive.trees import files_below
from actions.archive.unpack import unpack
from actions.errors import ActionError


def test_a_bomb_is_refused_while_it_grows(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A19, with a smaller limit so that the test stays quick."""
    monkeypatch.setattr("actions.archive.members.RATIO_FREE_BYTES", 1 << 20)

    place.refuses(plain_tar(folder("p-1"), file("p-1/zeros", bytes(8 << 20))), "decompression bomb")


def test_hard_links_count_as_copies_of_their_file(place: Place) -> None:
    """A bomb: 21 kilobytes that would unpack to two gigabytes."""
    members = [file("p-1/a", bytes(20 << 20)), *(hardlink(f"p-1/{n}", "p-1/a") for n in range(100))]

    place.refuses(plain_tar(folder("p-1"), *members), "unpacks to 2,118,123,520 bytes")


@pytest.mark.parametrize(("name", "pack"), [("p-1.tar.bz2", bz2.compress), ("p-1.tar.xz", lzma.compress)])
def test_a_bomb_is_refused_before_it_fills_the_memory(place: Place, name: str, pack: Callable[[bytes], bytes]) -> None:
    (place.base / name).write_bytes(pack(plain_tar(folder("p-1"), file("p-1/a", bytes(100 << 20)))))
    tracemalloc.start()
    try:
        with pytest.raises(ActionError, match="may be a decompression bomb"):
            unpack(place.base / name, place.into)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    in_memory = max(64 << 20, 200 * (place.base / name).stat().st_size)

    assert peak < in_memory * 2.5


def test_too_many_members_are_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A20."""
    monkeypatch.setattr("actions.archive.tar.MAX_ARCHIVE_MEMBERS", 100)

    place.refuses(plain_tar(*(file(f"p-1/{n}") for n in range(101))), "more than 100 members")


def test_a_huge_pax_header_is_refused(place: Place) -> None:
    """A21."""
    place.refuses(plain_tar(folder("p-1"), file("p-1/" + "x" * 5_000_000)), "headers of more than 5,000,192 bytes")


@pytest.mark.parametrize("size", [-1, -5000])
def test_a_negative_size_is_refused(place: Place, size: int) -> None:
    info, _ = file("p-1/a")
    info.size = size
    data = info.tobuf(tarfile.GNU_FORMAT) + bytes(2 * tarfile.BLOCKSIZE)

    place.refuses(data, f"'p-1/a' has {size} bytes")


@pytest.mark.parametrize("cut", [1, 8, 20, 200])
def test_a_truncated_archive_is_refused(place: Place, cut: int) -> None:
    """A24."""
    packed = gzip.compress(plain_tar(folder("p-1"), file("p-1/a", os.urandom(5000))))
    (place.base / "p-1.tar.gz").write_bytes(packed[:-cut])

    with pytest.raises(ActionError, match=r"p-1\.tar\.gz is damaged"):
        unpack(place.base / "p-1.tar.gz", place.into)
    place.is_untouched()


def test_a_tar_cut_inside_a_member_is_refused(place: Place) -> None:
    data = plain_tar(folder("p-1"), file("p-1/a", bytes(5000)))

    place.refuses(data[:3000], "damaged")


@pytest.mark.parametrize(
    "tail",
    [b"garbage" * 10, gzip.compress(plain_tar(folder("q-1"), file("q-1/a"))), gzip.compress(b"") + b"\x1f"],
    ids=["garbage", "second archive", "half a stream"],
)
def test_bytes_after_the_archive_are_refused(place: Place, tail: bytes) -> None:
    """A25."""
    (place.base / "p-1.tar.gz").write_bytes(gzip.compress(plain_tar(*GOOD)) + tail)

    with pytest.raises(ActionError):
        unpack(place.base / "p-1.tar.gz", place.into)
    place.is_untouched()


@pytest.mark.parametrize(
    ("name", "pack"),
    [("p-1.tar.gz", gzip.compress), ("p-1.tar.bz2", bz2.compress), ("p-1.tar.xz", lzma.compress)],
)
def test_a_tar_of_several_compressed_streams_is_unpacked(
    place: Place, name: str, pack: Callable[[bytes], bytes]
) -> None:
    """As written by pigz, bgzip and `cat a.gz b.gz`, with zeros between the streams and after the last."""
    data = plain_tar(*GOOD)
    streams = [pack(data[:700]), pack(b""), pack(data[700:]), bytes(512), pack(b""), bytes(100_000)]
    (place.base / name).write_bytes(b"".join(streams))

    assert (unpack(place.base / name, place.into) / "a").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("name", "at", "mask"),
    [
        pytest.param("p-1.tar.gz", 10, 0x06, id="gzip block type"),
        pytest.param("p-1.tar.gz", -6, 0xFF, id="gzip checksum"),
        pytest.param("p-1.tar.bz2", 30, 0xFF, id="bzip2 data"),
        pytest.param("p-1.tar.xz", 40, 0xFF, id="xz data"),
    ],
)
def test_damaged_bytes_are_refused(place: Place, name: str, at: int, mask: int) -> None:
    pack = {"z": gzip.compress, "2": bz2.compress, "x": lzma.compress}[name[-1] if name[-2] != "x" else "x"]
    packed = bytearray(pack(plain_tar(folder("p-1"), file("p-1/a", bytes(range(256)) * 9))))
    packed[at] = packed[at] | mask if mask == 0x06 else packed[at] ^ mask
    (place.base / name).write_bytes(packed)

    with pytest.raises(ActionError, match=f"{name} is damaged"):
        unpack(place.base / name, place.into)
    place.is_untouched(name)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("p-1.tar.gz", b"PK\x03\x04", r"not a valid \.tar\.gz archive: it begins with b'PK"),
        ("p-1.tar.bz2", gzip.compress(b"x", mtime=0), r"not a valid \.tar\.bz2 archive"),
        ("p-1.zip", gzip.compress(b"x", mtime=0), r"not a valid \.zip archive"),
        ("p-1.tar.gz", b"", r"not a valid \.tar\.gz archive"),
        ("p-1.tar", b"\0" * 10, "damaged"),
        ("p-1.tar", b"", "damaged"),
        ("p-1.whl", b"PK\x03\x04", "unknown archive format"),
        ("p-1.tar.zst", b"(\xb5/\xfd", "unknown archive format"),
    ],
)
def test_a_suffix_must_match_the_first_bytes(place: Place, name: str, data: bytes, says: str) -> None:
    """A26."""
    (place.base / name).write_bytes(data)

    with pytest.raises(ActionError, match=says):
        unpack(place.base / name, place.into)
    place.is_untouched(name)


def test_bazel_files_are_unpacked_like_other_files(place: Place) -> None:
    """A35: an action unpacks them, and Bazel does not load them there."""
    top = place.unpack(
        plain_tar(*(file(f"p-1/{name}") for name in ("BUILD", "BUILD.bazel", "WORKSPACE", "MODULE.bazel")))
    )

    assert sorted(path.name for path in top.iterdir()) == ["BUILD", "BUILD.bazel", "MODULE.bazel", "WORKSPACE"]


def test_a_global_pax_header_is_not_a_member(place: Place) -> None:
    """`git archive` writes the commit into one."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "c" * 40}) as tar:
        tar.addfile(file("p-1/a")[0], io.BytesIO(b"x"))

    assert (place.unpack(buffer.getvalue()) / "a").read_bytes() == b"x"


def raw_member(name: bytes, data: bytes, kind: bytes, size: int | None = None) -> bytes:
    """Return a ustar member whose header can give another size than that of its data."""
    header = bytearray(512)
    header[: len(name)] = name
    header[100:108], header[124:136] = b"0000644\0", b"%011o\0" % (len(data) if size is None else size)
    header[156:157], header[257:265] = kind, b"ustar\x0000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data + bytes(-len(data) % 512)


def record(key: str, value: str) -> bytes:
    line = f" {key}={value}\n".encode()
    size = len(line) + 2
    return str(size if size > 9 else size - 1).encode() + line


INNER = raw_member(b"p-1/hidden", b"x", b"0")
DESYNC = {
    "A22 larger size in pax": raw_member(b"x", record("size", str(len(INNER))), b"x")
    + raw_member(b"p-1/a", b"", b"0", 0)
    + INNER,
    "A22 smaller size in pax": raw_member(b"x", record("size", "0"), b"x") + raw_member(b"p-1/a", INNER, b"0"),
    "A23 pax before a long name": raw_member(b"x", record("size", str(len(INNER))), b"x")
    + raw_member(b"././@LongLink", b"p-1/long\0", b"L")
    + raw_member(b"p-1/a", b"", b"0", 0)
    + INNER,
    "A23 pax path before a long name": raw_member(b"x", record("path", "p-1/pax"), b"x")
    + raw_member(b"././@LongLink", b"p-1/long\0", b"L")
    + raw_member(b"p-1/a", b"y", b"0"),
}


@pytest.mark.parametrize("case", DESYNC)
def test_an_archive_is_read_as_gnu_tar_reads_it_or_refused(place: Place, case: str) -> None:
    if shutil.which("tar") is None:
        pytest.skip("no tar on PATH")
    path = place.base / "p-1.tar"
    path.write_bytes(raw_member(b"p-1/", b"", b"5") + DESYNC[case] + bytes(1024))
    (place.base / "gnu").mkdir()
    subprocess.run(["tar", "-C", str(place.base / "gnu"), "-xf", str(path)], check=False, capture_output=True)
    try:
        unpack(path, place.into)
    except ActionError:
        assert not list(place.into.iterdir())
        return

    ours, theirs = (
        {str(found.relative_to(folder)): found.read_bytes() for found in files_below(folder)}
        for folder in (place.into, place.base / "gnu")
    )
    assert ours == theirs
