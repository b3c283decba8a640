"""A source tree as an archive: equal trees give equal bytes."""

import os
import shutil
import tarfile
from pathlib import Path

from support.samples import contents

from actions.archive.pack import write
from actions.archive.unpack import unpack


def make(folder: Path, reverse: bool = False) -> Path:
    names = ["b/file", "a", "run", "b/c/deep", "\u00e9", "x" * 150]
    for name in reversed(names) if reverse else names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "run").chmod(0o755)
    (folder / "empty").mkdir()
    (folder / "link").symlink_to("b/file")
    (folder / "folder-link").symlink_to("b")
    return folder


def test_equal_trees_give_equal_bytes(tmp_path: Path) -> None:
    first, second = make(tmp_path / "one"), make(tmp_path / "elsewhere" / "two", reverse=True)
    (second / "a").chmod(0o600)
    (second / "run").chmod(0o700)
    for path in [second, *second.rglob("*")]:
        os.utime(path, (1, 1), follow_symlinks=False)
    write(first, tmp_path / "1.tar.gz", "p-1")
    write(second, tmp_path / "other-name.tar.gz", "p-1")

    assert (tmp_path / "1.tar.gz").read_bytes() == (tmp_path / "other-name.tar.gz").read_bytes()


def test_a_change_of_a_byte_or_mode_changes_the_archive(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree")
    found = set()
    for number, change in enumerate(
        (lambda: None, lambda: (tree / "a").write_text("other"), lambda: (tree / "a").chmod(0o755))
    ):
        change()
        write(tree, tmp_path / f"{number}.tar.gz", "p-1")
        found.add((tmp_path / f"{number}.tar.gz").read_bytes())

    assert len(found) == 3


def test_a_packed_tree_is_unpacked_unchanged(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree")
    write(tree, tmp_path / "p-1.tar.gz", "p-1")
    (tmp_path / "out").mkdir()
    top = unpack(tmp_path / "p-1.tar.gz", tmp_path / "out")

    assert top.name == "p-1"
    assert contents(top) == contents(tree)
    assert (top / "empty").is_dir()
    assert (os.readlink(top / "link"), os.readlink(top / "folder-link")) == ("b/file", "b")
    assert os.access(top / "run", os.X_OK) and not os.access(top / "a", os.X_OK)


def test_an_archive_contains_nothing_of_the_machine(tmp_path: Path) -> None:
    write(make(tmp_path / "tree"), tmp_path / "p-1.tar.gz", "p-1")

    with tarfile.open(tmp_path / "p-1.tar.gz") as tar:
        assert {(info.uid, info.gid, info.uname, info.gname, info.mtime) for info in tar} == {(0, 0, "", "", 315532800)}
    assert (tmp_path / "p-1.tar.gz").read_bytes()[4:8] == b"\0\0\0\0"


def test_a_hard_link_is_packed_as_a_file(tmp_path: Path) -> None:
    tree = make(tmp_path / "tree")
    os.link(tree / "a", tree / "same")
    write(tree, tmp_path / "p-1.tar.gz", "p-1")
    shutil.rmtree(tree)

    with tarfile.open(tmp_path / "p-1.tar.gz") as tar:
        assert tar.extractfile("p-1/same").read() == tar.extractfile("p-1/a").read() == b"a"
