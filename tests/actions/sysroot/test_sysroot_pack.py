"""The tar of a sysroot: equal trees give equal bytes, in the format that the driver reads."""

import os
import tarfile
from pathlib import Path

import pytest

from actions.errors import ActionError
from actions.sysroot.pack import write


def make(folder: Path, reverse: bool = False) -> Path:
    names = ["b/file", "a", "run", "b/c/deep", "d/" * 40 + "x" * 60]
    for name in reversed(names) if reverse else names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "run").chmod(0o700)
    (folder / "link").symlink_to("b/file")
    return folder


def test_equal_trees_give_equal_bytes(tmp_path: Path) -> None:
    first, second = make(tmp_path / "one"), make(tmp_path / "elsewhere" / "two", reverse=True)
    (second / "a").chmod(0o600)
    for path in [second, *second.rglob("*")]:
        os.utime(path, (1, 1), follow_symlinks=False)

    assert write(first, tmp_path / "1.tar") == write(second, tmp_path / "2.tar") == 6
    assert (tmp_path / "1.tar").read_bytes() == (tmp_path / "2.tar").read_bytes()


def test_members_have_constant_attributes_and_plain_names(tmp_path: Path) -> None:
    write(make(tmp_path / "tree"), tmp_path / "out.tar")

    with tarfile.open(tmp_path / "out.tar") as tar:
        assert {(info.uid, info.gid, info.uname, info.mtime) for info in tar} == {(0, 0, "", 0)}
        assert {info.name: oct(info.mode) for info in tar if info.name in ("a", "b", "run")} == {
            "a": "0o644",
            "b": "0o755",
            "run": "0o755",
        }
    data = (tmp_path / "out.tar").read_bytes()
    assert data[257:263] == b"ustar\0"
    assert {data[at + 156] for at in range(0, len(data), 512) if data[at + 257 : at + 262] == b"ustar"} == set(b"025")


def test_a_name_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ("x" * 120)).touch()

    with pytest.raises(ActionError, match="does not fit into a tar"):
        write(tmp_path / "tree", tmp_path / "out.tar")
