"""The files of a source archive that determine its build are read without unpacking it, also through links."""

import copy
import tarfile
from pathlib import Path

import pytest
from support.tars import Member, file, folder, hardlink, plain_tar, symlink

from actions.archive.unpack import unpack
from fromager_gen.errors import LockError
from fromager_gen.source.archive import SourceArchive
from fromager_gen.source.facts import facts_of_source

PYPROJECT = b'[build-system]\nrequires = ["flit_core>=3.2"]\nbuild-backend = "flit_core.buildapi"\n'


def tree(path: Path, *members: Member) -> SourceArchive:
    (path / "p-1.tar").write_bytes(plain_tar(folder("p-1"), *members))
    return SourceArchive.of_archive(path / "p-1.tar")


@pytest.mark.parametrize("name", ["pyproject.toml", "PKG-INFO", "Cargo.toml", "Cargo.lock", "hatch.toml"])
@pytest.mark.parametrize(
    "members",
    [
        pytest.param([symlink("p-1/NAME", "conf/NAME"), file("p-1/conf/NAME", b"x")], id="link before its file"),
        pytest.param([file("p-1/conf/NAME", b"x"), hardlink("p-1/NAME", "p-1/conf/NAME")], id="hard link"),
        pytest.param([file("p-1/other", b"x"), hardlink("p-1/NAME", "p-1/other")], id="hard link to another name"),
        pytest.param([symlink("p-1/NAME", "other"), file("p-1/other", b"x")], id="another name"),
        pytest.param([symlink("p-1/c", "d/e"), symlink("p-1/NAME", "c/../NAME"), file("p-1/d/NAME", b"x"),
                      folder("p-1/d/e")], id="through a linked folder"),
        pytest.param([file("p-1/NAME", b"old"), symlink("p-1/NAME", "x"), file("p-1/x", b"x")], id="the last member"),
        pytest.param([symlink("p-1/NAME", "x"), file("p-1/NAME", b"x")], id="a file in place of a link"),
        pytest.param([file("p-1/NAME", b"old"), file("p-1/./NAME", b"x")], id="the last of two files"),
        pytest.param([file("p-1/a", b"x"), hardlink("p-1/NAME", "p-1/a"), file("p-1/a", b"new")], id="before a change"),
        pytest.param([hardlink("p-1/NAME", "p-1/a"), file("p-1/a", b"x")], id="hard link before its file"),
        pytest.param([file("p-1/a", b"x"), file("p-1/d/a", b"no"), symlink("p-1/d/s", "a"),
                      hardlink("p-1/NAME", "p-1/d/s")], id="hard link to a link elsewhere"),
    ],
)  # fmt: skip
def test_links_inside_the_source_are_followed(tmp_path: Path, name: str, members: list[Member]) -> None:
    named = []
    for given, data in members:
        info = copy.copy(given)
        info.name, info.linkname = info.name.replace("NAME", name), info.linkname.replace("NAME", name)
        named.append((info, data))

    found = tree(tmp_path, *named)
    assert found.data(name) == b"x"
    assert (unpack(tmp_path / "p-1.tar", tmp_path) / name).read_bytes() == b"x"  # as the build will


def test_a_file_that_is_too_large_is_an_error(tmp_path: Path) -> None:
    found = tree(tmp_path, file("p-1/pyproject.toml", bytes(9 << 20)), file("p-1/PKG-INFO", b"x"))

    assert found.data("PKG-INFO") == b"x"
    with pytest.raises(LockError, match=r"p-1\.tar: pyproject\.toml has more than 8,388,608 bytes"):
        found.toml("pyproject.toml")


def test_files_in_a_linked_folder_are_found(tmp_path: Path) -> None:
    found = tree(tmp_path, symlink("p-1/python", "bindings/py"), file("p-1/bindings/py/pyproject.toml", b"x"))

    assert found.data("python/pyproject.toml") == b"x"


@pytest.mark.parametrize("target", ["../p-2/pyproject.toml", "/etc/passwd", "pyproject.toml", "missing"])
def test_a_link_to_a_missing_file_or_out_of_the_source_is_a_missing_file(tmp_path: Path, target: str) -> None:
    assert tree(tmp_path, symlink("p-1/pyproject.toml", target)).data("pyproject.toml") is None


def test_the_backend_is_read_from_a_linked_pyproject_toml(tmp_path: Path) -> None:
    members = [symlink("p-1/pyproject.toml", "conf/pyproject.toml"), file("p-1/conf/pyproject.toml", PYPROJECT)]
    tree(tmp_path, *members)

    assert facts_of_source(tmp_path / "p-1.tar", "p", None).build_system == ("flit_core>=3.2",)


def test_a_bomb_of_links_is_not_followed_for_ever(tmp_path: Path) -> None:
    """The build refuses it with an error; reading it must only terminate."""
    step = [symlink(f"p-1/{n}", f"{n + 1}/.." + f"/{n + 1}/.." * 200) for n in range(300)]
    found = tree(tmp_path, *step, file("p-1/pyproject.toml", b"x"))

    assert not any(found.has(f"{n % 200}/pyproject.toml") for n in range(100_000))


def test_a_member_whose_name_is_not_utf8_is_ignored(tmp_path: Path) -> None:
    data = plain_tar(folder("p-1"), file("p-1/caf\u00e9"), file("p-1/PKG-INFO", b"x"), form=tarfile.GNU_FORMAT)
    (tmp_path / "p-1.tar").write_bytes(data)

    assert SourceArchive.of_archive(tmp_path / "p-1.tar").data("PKG-INFO") == b"x"
