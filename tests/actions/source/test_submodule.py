"""Submodules in a source."""

from pathlib import Path

import pytest
from support.samples import contents, tar_gz
from support.tars import file, plain_tar, symlink

from actions.archive.unpack import unpack
from actions.errors import ActionError
from actions.patch_sdist import main


def run(folder: Path, source: Path, *submodules: str) -> dict[str, bytes]:
    out, into = folder / "out.tar.gz", folder / "tree"
    arguments = ["--package", "p", "--version", "1", "--source", str(source), "--out", str(out)]
    main([*arguments, *(f"--submodule={one}" for one in submodules)])
    into.mkdir()
    unpack(out, into)
    return contents(into / "p-1")


def test_submodules_are_unpacked_outer_ones_first(tmp_path: Path) -> None:
    source = tar_gz(tmp_path / "p-1.tar.gz", {"p-1/setup.py": ""})
    inner = tar_gz(tmp_path / "inner.tar.gz", {"inner/in": "inner"})
    outer = tar_gz(tmp_path / "outer.tar.gz", {"outer/out": "outer"})
    found = run(tmp_path, source, f"libs/outer/deep/x:other={inner}", f"libs/outer={outer}")

    assert found["libs/outer/out"] == b"outer"
    assert found["libs/outer/deep/x/in"] == found["other/in"] == b"inner"


def test_a_folder_with_files_is_an_error(tmp_path: Path) -> None:
    source = tar_gz(tmp_path / "p-1.tar.gz", {"p-1/setup.py": "", "p-1/sub/file": ""})
    more = tar_gz(tmp_path / "sub.tar.gz", {"sub/file": ""})

    with pytest.raises(ActionError, match="p 1: the folder of the submodule sub is not empty"):
        run(tmp_path, source, f"sub={more}")


@pytest.mark.parametrize("place", ["link", "link/x", "../x"])
def test_a_folder_outside_of_the_source_is_an_error(tmp_path: Path, place: str) -> None:
    source = tmp_path / "p-1.tar"
    source.write_bytes(plain_tar(file("p-1/setup.py"), symlink("p-1/link", ".")))
    more = tar_gz(tmp_path / "sub.tar.gz", {"sub/file": ""})
    if place == "link/x":
        assert run(tmp_path, source, f"{place}={more}")["x/file"] == b""
    else:
        with pytest.raises(ActionError, match="is outside of the source"):
            run(tmp_path, source, f"{place}={more}")
