"""Source archives that nobody vouched for, as tar: what is refused writes nothing, neither outside nor inside."""

import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tars import Member, Place, file, folder, hardlink, member, plain_tar, symlink

from archives import unpack
from members import MAX_NAME
from trees import files_below


@pytest.fixture(params=[0, 1 << 20], ids=["by file", "in memory"])
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Place]:
    monkeypatch.setattr("tar_archive._IN_MEMORY", request.param)
    old = os.umask(0o022)
    yield Place(tmp_path)
    os.umask(old)


GOOD = [folder("p-1"), file("p-1/a", b"one"), member("p-1/run", b"two", mode=0o4777), file("p-1/deep/er/b", b"three")]


@pytest.mark.parametrize(
    ("name", "pack"),
    [("p-1.tar.gz", gzip.compress), ("p-1.tgz", gzip.compress), ("p-1.crate", gzip.compress),
     ("p-1.tar.bz2", bz2.compress), ("p-1.tar.xz", lzma.compress), ("p-1.tar", bytes)],
)  # fmt: skip
def test_good_archives_are_unpacked(place: Place, name: str, pack: Callable[[bytes], bytes]) -> None:
    (place.base / name).write_bytes(pack(plain_tar(*GOOD)))

    assert unpack(place.base / name, place.into) == place.into / "p-1"
    found = {str(path.relative_to(place.into)): path.read_bytes() for path in files_below(place.into)}
    assert found == {"p-1/a": b"one", "p-1/run": b"two", "p-1/deep/er/b": b"three"}


def test_modes_are_plain(place: Place) -> None:
    top = place.unpack(
        plain_tar(
            *GOOD, member("p-1/secret", b"x", mode=0o600), member("p-1/sticky", kind=tarfile.DIRTYPE, mode=0o1777)
        )
    )

    modes = {path.name: oct(path.stat().st_mode & 0o7777) for path in top.rglob("*")}
    assert modes == {
        "a": "0o644",
        "run": "0o755",
        "secret": "0o644",
        "sticky": "0o755",
        "deep": "0o755",
        "er": "0o755",
        "b": "0o644",
    }
    assert (top / "a").stat().st_uid == os.getuid()


def test_links_inside_are_made_after_all_files(place: Place) -> None:
    links = [symlink("p-1/deep/link", "../a"), symlink("p-1/later", "deep/er/b"), hardlink("p-1/copy", "p-1/a")]
    top = place.unpack(plain_tar(*links[:2], *GOOD, links[2]))

    assert (top / "deep/link").is_symlink() and (top / "deep/link").read_bytes() == b"one"
    assert (top / "later").read_bytes() == b"three"
    assert (top / "copy").read_bytes() == b"one" and (top / "copy").stat().st_nlink == 1


OUTSIDE = "leaves|absolute|outside|below a link|through a link"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([file("p-1/../../victim")], id="A01 dots in the middle"),
        pytest.param([file("../victim")], id="dots at the start"),
        pytest.param([file("p-1/..")], id="dots at the end"),
        pytest.param([file("/etc/fromager-test")], id="A02 absolute"),
        pytest.param([file("//etc/x")], id="absolute twice"),
        pytest.param([symlink("p-1/up", ".."), file("p-1/up/victim")], id="A03 written through a link"),
        pytest.param([symlink("p-1/up", "."), file("p-1/up/a")], id="written through a harmless link"),
        pytest.param([file("p-1/up/a"), symlink("p-1/up", "..")], id="link over a folder"),
        pytest.param([symlink("p-1/etc", "/etc/passwd")], id="A04 absolute target"),
        pytest.param([symlink("p-1/up", "../..")], id="symlink outside"),
        pytest.param([symlink("p-1/other", "../other")], id="symlink beside the top"),
        pytest.param([symlink("p-1/back", "..\\x")], id="symlink with a backslash"),
        pytest.param([hardlink("p-1/v", "../victim"), file("p-1/v")], id="A06 hard link, then a file of the name"),
        pytest.param([hardlink("p-1/v", "/etc/passwd")], id="absolute hard link"),
        pytest.param([hardlink("p-1/v", "victim")], id="hard link beside the top"),
        pytest.param([symlink("p-1/s", "a"), hardlink("p-1/h", "p-1/s")], id="hard link to a symlink"),
        pytest.param(
            [folder("p-1/d"), symlink("p-1/l", "d"), symlink("p-1/m", "l/../../secret")], id="A10 dots after a link"
        ),
        pytest.param(
            [folder("p-1/d"), symlink("p-1/m", "l/../x"), symlink("p-1/l", "d")], id="dots after a later link"
        ),
        pytest.param([symlink("p-1", "."), file("p-1/a")], id="the top is a link"),
        pytest.param([symlink("p-1/a", "")], id="empty target"),
    ],
)
def test_whatever_leaves_the_archives_folder_is_refused(place: Place, members: list[Member]) -> None:
    place.refuses(plain_tar(folder("p-1"), file("p-1/first"), *members), f"{OUTSIDE}|appears twice|no folder")


def test_a_chain_of_links_past_the_longest_path_is_refused(place: Place) -> None:
    """A09: a resolver that gives up on long paths lets what follows out."""
    part, steps = "d" * 247, "abcdefghijklmnop"
    members, path = [folder("p-1")], "p-1"
    for step in steps:
        members += [folder(f"{path}/{part}"), symlink(f"{path}/{step}", part)]
        path = f"{path}/{part}"
    link = f"p-1/{'/'.join(steps)}/{'l' * 254}"
    members += [
        symlink(link, "../" * len(steps)),
        symlink("p-1/escape", f"{link.removeprefix('p-1/')}/../../.."),
        file("p-1/escape/victim"),
    ]

    place.refuses(plain_tar(*members), f"{OUTSIDE}|characters")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"s", b"Z"])
def test_what_is_no_file_is_refused(place: Place, kind: bytes) -> None:
    """A08."""
    place.refuses(plain_tar(folder("p-1"), member("p-1/dev", kind=kind)), "device, pipe or another thing")


def test_a_sparse_file_is_refused(place: Place) -> None:
    info, _ = file("p-1/s", b"")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,0",
        "GNU.sparse.size": "1000000",
    }

    place.refuses(plain_tar(folder("p-1"), (info, b"")), "no file|damaged")


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a"),
        ("A", "a"),
        ("caf\u00e9", "cafe\u0301"),
        ("./a", "a"),
        ("d//a", "d/a"),
        ("stra\u00dfe", "STRASSE"),
        ("a/b", "a"),
    ],
    ids=["A13 same", "A14 case", "A15 NFC and NFD", "dot", "two slashes", "sharp s", "folder and file"],
)
def test_two_members_of_one_name_are_refused(place: Place, names: tuple[str, str]) -> None:
    place.refuses(plain_tar(folder("p-1"), *(file(f"p-1/{name}") for name in names)), "appears twice")


def test_folders_that_differ_only_by_case_are_refused(place: Place) -> None:
    place.refuses(plain_tar(folder("p-1"), file("p-1/D/x"), file("p-1/d/x")), "appears twice")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([folder("p-1"), folder("q-1")], "has 2 top-level entries"),
        ([file("p-1/a"), file("b")], "has 2 top-level entries"),
        ([file("p-1")], "top-level entry 'p-1' is no folder"),
        ([], "has 0 top-level entries"),
        ([folder("./")], "leaves|0 top-level"),
    ],
    ids=["A16 two folders", "a file beside", "A18 only a file", "nothing", "dot"],
)
def test_a_source_has_one_top_level_folder(place: Place, members: list[Member], says: str) -> None:
    place.refuses(plain_tar(*members), says)


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x1bb", "a\\b", "a\x7fb", "a\u0085b", "C:", "a" * (MAX_NAME + 1)])
def test_names_with_control_characters_or_backslashes_are_refused(place: Place, name: str) -> None:
    """A34."""
    place.refuses(
        plain_tar(folder("p-1"), file(f"p-1/{name}") if name != "C:" else file("C:/x")),
        "control|characters|names a drive|top-level",
    )


def test_a_name_that_is_not_utf8_is_refused(place: Place) -> None:
    data = bytearray(plain_tar(folder("p-1"), file("p-1/aXb"), form=tarfile.USTAR_FORMAT))
    at = data.index(b"p-1/aXb")
    data[at + 5] = 0xFF
    start = at
    data[start + 148 : start + 156] = b" " * 8
    data[start + 148 : start + 156] = b"%06o\0 " % sum(data[start : start + 512])

    place.refuses(bytes(data), "undecodable|not UTF-8")
