"""Untrusted source archives in tar: a refused archive writes nothing, neither outside nor inside its folder."""

import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.tars import GOOD, Member, Place, file, folder, hardlink, member, plain_tar, symlink

from actions.archive import pack, trees
from actions.archive.format import MAX_NAME
from actions.archive.trees import files_below
from actions.archive.unpack import unpack


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


OUTSIDE = "absolute|outside|below a symbolic link|which is not a file"


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
        pytest.param([symlink("p-1/other", "../other")], id="symlink next to the top"),
        pytest.param([symlink("p-1/back", "..\\x")], id="symlink with a backslash"),
        pytest.param([hardlink("p-1/v", "../victim"), file("p-1/v")], id="A06 hard link, then a file of the name"),
        pytest.param([hardlink("p-1/v", "/etc/passwd")], id="absolute hard link"),
        pytest.param([hardlink("p-1/v", "victim")], id="hard link next to the top"),
        pytest.param([symlink("p-1/d/s", ".."), hardlink("p-1/h", "p-1/d/s")], id="hard link to a symlink"),
        pytest.param([symlink("p-1/v", "first"), symlink("p-1/v", "..")], id="the last of two links"),
        pytest.param([symlink("p-1/l", "m"), symlink("p-1/m", "d/../..")], id="out through a second link"),
        pytest.param(
            [folder("p-1/d"), symlink("p-1/l", "d"), symlink("p-1/m", "l/../../secret")], id="A10 dots after a link"
        ),
        pytest.param(
            [folder("p-1/d"), symlink("p-1/m", "l/../../x"), symlink("p-1/l", "d")], id="dots after a later link"
        ),
        pytest.param([symlink("p-1", "."), file("p-1/a")], id="the top is a link"),
        pytest.param([symlink("p-1/a", "")], id="empty target"),
    ],
)
def test_a_path_outside_the_archives_folder_is_refused(place: Place, members: list[Member]) -> None:
    place.refuses(plain_tar(folder("p-1"), file("p-1/first"), *members), f"{OUTSIDE}|appears twice|not a folder")


def test_a_chain_of_links_past_the_longest_path_is_refused(place: Place) -> None:
    """A09: a resolver that gives up on long paths would follow the next link to the outside."""
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
def test_a_device_or_pipe_is_refused(place: Place, kind: bytes) -> None:
    """A08."""
    place.refuses(plain_tar(folder("p-1"), member("p-1/dev", kind=kind)), "is not a file, folder or link")


def test_a_sparse_file_is_refused(place: Place) -> None:
    info, _ = file("p-1/s", b"")
    info.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,0",
        "GNU.sparse.size": "1000000",
    }

    place.refuses(plain_tar(folder("p-1"), (info, b"")), "is not a file|damaged")


def test_of_several_members_with_one_name_the_last_is_used(place: Place) -> None:
    """A13: as in tar, pip and uv; llama-cpp-python 0.2.87 has 1,184 such members."""
    members = [
        file("p-1/a", b"one"),
        member("p-1/./a", b"two", mode=0o755),
        file("p-1//b", b"x"),
        symlink("p-1/b", "a"),
    ]
    top = place.unpack(plain_tar(folder("p-1"), *members, folder("p-1")))

    assert (top / "a").read_bytes() == b"two" and os.access(top / "a", os.X_OK)
    assert os.readlink(top / "b") == "a"


def test_a_hard_link_keeps_the_bytes_of_the_file_before_it(place: Place) -> None:
    members = [hardlink("p-1/early", "p-1/a"), file("p-1/a", b"one"), hardlink("p-1/h", "p-1/a"), file("p-1/a", b"two")]
    top = place.unpack(plain_tar(folder("p-1"), *members, hardlink("p-1/a", "p-1/a")))

    assert [(top / name).read_bytes() for name in ("early", "h", "a")] == [b"two", b"one", b"two"]


@pytest.mark.parametrize("names", [("a/b", "a"), ("a", "a/b")])
def test_one_name_for_a_file_and_a_folder_is_refused(place: Place, names: tuple[str, str]) -> None:
    place.refuses(plain_tar(folder("p-1"), *(file(f"p-1/{name}") for name in names)), "appears twice")


def test_a_file_with_the_name_of_a_folder_is_refused(place: Place) -> None:
    place.refuses(plain_tar(folder("p-1"), folder("p-1/a"), file("p-1/a")), "appears twice")


TWINS = [("A", "a"), ("caf\u00e9", "cafe\u0301"), ("stra\u00dfe", "STRASSE"), ("D/x", "d/x")]


@pytest.mark.parametrize("names", TWINS)
def test_names_that_differ_in_case_or_unicode_form_are_two_files(place: Place, names: tuple[str, str]) -> None:
    """A14, A15."""
    top = place.unpack(plain_tar(folder("p-1"), *(file(f"p-1/{name}", name.encode()) for name in names)))

    assert [(top / name).read_bytes() for name in names] == [name.encode() for name in names]


@pytest.mark.parametrize("names", TWINS)
def test_two_names_that_are_the_same_on_the_file_system_are_refused(
    place: Place, names: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machines of the tests have no such file system, so the test replaces the result of the probe."""
    monkeypatch.setattr("actions.archive.trees._tells_apart", lambda folder: False)

    place.refuses(
        plain_tar(folder("p-1"), *(file(f"p-1/{name}") for name in names)), "on this file system .* are the same name"
    )


def test_the_probe_of_a_file_system_leaves_nothing(tmp_path: Path) -> None:
    assert trees._tells_apart(tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_entry_of_the_packed_folder_itself_is_ignored(place: Place) -> None:
    top = place.unpack(plain_tar(folder("./"), folder("./p-1"), file("./p-1/a", b"x")))

    assert (top / "a").read_bytes() == b"x"


def test_links_through_links_inside_are_made(place: Place) -> None:
    links = [symlink("p-1/one", "d"), symlink("p-1/two", "one/../a"), symlink("p-1/d/s", "../a")]
    top = place.unpack(plain_tar(folder("p-1"), file("p-1/a", b"x"), folder("p-1/d"), *links))

    assert (top / "two").read_bytes() == (top / "one" / "s").read_bytes() == b"x"


def test_a_hard_link_to_a_symlink_is_the_same_symlink(place: Place) -> None:
    top = place.unpack(plain_tar(folder("p-1"), file("p-1/a"), symlink("p-1/s", "a"), hardlink("p-1/h", "p-1/s")))

    assert os.readlink(top / "h") == "a"


def test_broken_links_and_loops_of_links_are_made(place: Place) -> None:
    """Test data of genuine packages has them; the kernel refuses to follow them."""
    links = [symlink("p-1/one", "two"), symlink("p-1/two", "one"), symlink("p-1/none", "d/missing")]
    top = place.unpack(plain_tar(folder("p-1"), *links))

    assert sorted(path.name for path in top.iterdir()) == ["none", "one", "two"]


def test_too_many_links_through_links_are_refused(place: Place) -> None:
    """A bomb: each link doubles the length of the path that is followed."""
    step = [symlink(f"p-1/{n}", f"{n + 1}/.." + f"/{n + 1}/.." * 200) for n in range(2000)]

    place.refuses(plain_tar(folder("p-1"), *step), "too many links through other links")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([folder("p-1"), folder("q-1")], "has 2 top-level entries"),
        ([file("p-1/a"), file("b")], "has 2 top-level entries"),
        ([file("p-1")], "top-level entry 'p-1' is not a folder"),
        ([], "has 0 top-level entries"),
        ([folder("./")], "0 top-level"),
    ],
    ids=["A16 two folders", "a file next to it", "A18 only a file", "nothing", "dot"],
)
def test_a_source_has_one_top_level_folder(place: Place, members: list[Member], says: str) -> None:
    place.refuses(plain_tar(*members), says)


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x1bb", "a\\b", "a\x7fb", "a\u0085b", "C:", "a" * (MAX_NAME + 1)])
def test_names_with_control_characters_or_backslashes_are_refused(place: Place, name: str) -> None:
    """A34."""
    place.refuses(
        plain_tar(folder("p-1"), file(f"p-1/{name}") if name != "C:" else file("C:/x")),
        "control|characters|drive letter|top-level",
    )


def latin_tar() -> bytes:
    data = bytearray(plain_tar(folder("p-1"), file("p-1/aXb"), form=tarfile.USTAR_FORMAT))
    at = data.index(b"p-1/aXb")
    data[at + 5] = 0xE9
    data[at + 148 : at + 156] = b" " * 8
    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    return bytes(data)


def test_the_bytes_of_a_name_that_is_not_utf8_are_kept(place: Place) -> None:
    """A34: also after the tree is packed again, as for a patched source."""
    top = place.unpack(latin_tar())
    assert os.listdir(os.fsencode(top)) == [b"a\xe9b"]

    pack.write(top, place.base / "q-1.tar.gz", "q-1")
    again = unpack(place.base / "q-1.tar.gz", place.into)
    assert os.listdir(os.fsencode(again)) == [b"a\xe9b"]
