"""The action that patches a source: patches, project overrides and PKG-INFO."""

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.samples import contents, tar_gz
from support.tars import file, plain_tar, symlink

from actions.archive.unpack import unpack
from actions.errors import ActionError
from actions.patch_sdist import main

PATCH = "--- a/setup.py\n+++ b/setup.py\n@@ -1 +1 @@\n-{}\n+{}\n"
PYPROJECT = '[build-system]\nrequires = ["cmake", "wheel"]\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {
        "p-1/setup.py": "one\n",
        "p-1/PKG-INFO": "Name: p\n",
        "p-1/sub/pyproject.toml": PYPROJECT,
        "p-1/sub/PKG-INFO": "Name: p\n",
    }
    return tar_gz(tmp_path / "p-1.tar.gz", files)


def run(source: Path, *options: str, out: str = "out.tar.gz") -> dict[str, bytes]:
    target = source.parent / out
    main(["--package", "p", "--version", "1", "--source", str(source), "--out", str(target), *options])
    into = source.parent / f"{out}-tree"
    into.mkdir()
    assert unpack(target, into).name == "p-1"
    return contents(into / "p-1")


def patch(source: Path, name: str, old: str, new: str) -> str:
    (source.parent / name).write_text(PATCH.format(old, new))
    return f"--patch={source.parent / name}"


def test_patches_are_applied_in_the_given_order(source: Path) -> None:
    found = run(source, patch(source, "z.patch", "one", "two"), patch(source, "a.patch", "two", "three"))

    assert found["setup.py"] == b"three\n"
    assert found["PKG-INFO"] == b"Name: p\n"


def test_a_patch_that_fails_names_the_package_and_writes_nothing(source: Path) -> None:
    """The error has the author's name of the patch, without the number that the workspace added."""
    with pytest.raises(ActionError, match=r"p 1: 0001-a\.patch: hunk 1 of 1 .* does not apply to setup\.py"):
        run(source, patch(source, "0007-0001-a.patch", "other", "two"))
    assert not (source.parent / "out.tar.gz").exists()


def test_requirements_are_overridden_in_the_build_dir(source: Path) -> None:
    found = run(source, "--build-dir=sub", "--update-build-requires=cython<4", "--remove-build-requires=cmake")

    assert found["sub/pyproject.toml"] == b'[build-system]\nrequires = ["cython<4", "setuptools", "wheel"]\n'


def test_pkg_info_is_added_if_it_is_missing(tmp_path: Path) -> None:
    source = tar_gz(tmp_path / "g.tar.gz", {"p-1/setup.py": "", "p-1/sub/setup.py": ""})
    found = run(source, "--build-dir=sub")

    wanted = b"Metadata-Version: 1.0\nName: p\nVersion: 1\nSummary: stub PKG-INFO\n"
    assert (found["PKG-INFO"], found["sub/PKG-INFO"]) == (wanted, wanted)


def test_an_error_names_a_missing_build_dir(source: Path) -> None:
    with pytest.raises(ActionError, match="p 1: the source has no folder 'none', which the setting build_dir names"):
        run(source, "--build-dir=none")


def test_a_build_dir_outside_the_source_is_refused(tmp_path: Path) -> None:
    source = tar_gz(tmp_path / "g.tar.gz", {"p-1/setup.py": ""})

    with pytest.raises(ActionError, match=r"build_dir|build-dir|outside"):
        run(source, "--build-dir=..")


def test_the_same_source_gives_the_same_bytes(source: Path) -> None:
    run(source)
    run(source, out="again.tar.gz")

    assert (source.parent / "out.tar.gz").read_bytes() == (source.parent / "again.tar.gz").read_bytes()


def test_a_damaged_source_names_the_package(tmp_path: Path) -> None:
    (tmp_path / "g.tar.gz").write_bytes(b"<html>")

    with pytest.raises(ActionError, match=r"p 1: g\.tar\.gz is not a valid \.tar\.gz archive"):
        run(tmp_path / "g.tar.gz")


BACKEND = """
import pathlib, zipfile

def build_wheel(folder, settings=None, metadata=None):
    text = pathlib.Path("../../DESC").read_text()
    with zipfile.ZipFile(pathlib.Path(folder, "p-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("p.txt", text)
        wheel.writestr("p-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("p-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: p\\nVersion: 1\\n")
        wheel.writestr("p-1.dist-info/RECORD", "")
    return "p-1-py3-none-any.whl"

class legacy:
    build_wheel = staticmethod(build_wheel)
"""


@pytest.mark.parametrize("backend", ["own", "own:legacy"])
def test_pip_builds_a_project_in_a_folder_from_the_rebuilt_sdist(tmp_path: Path, backend: str) -> None:
    """The project reads a file above its folder, and the top-level folder has another project."""
    pyproject = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\nbackend-path = ["tools/é"]\n'
    files = {
        "p-1/DESC": "of above",
        "p-1/pyproject.toml": '[build-system]\nrequires = ["not-here"]\n',
        "p-1/a/b/pyproject.toml": pyproject,
        "p-1/a/b/tools/é/own.py": BACKEND,
    }
    source = tar_gz(tmp_path / "p-1.tar.gz", files)
    found = run(source, "--build-dir=a/b", "--project-at-top")

    assert found["a/b/pyproject.toml"] == pyproject.encode()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--wheel-dir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "out.tar.gz")], check=True)
    with zipfile.ZipFile(tmp_path / "p-1-py3-none-any.whl") as wheel:
        assert wheel.read("p.txt") == b"of above"


def test_a_pyproject_that_links_to_the_top_level_one_keeps_its_content(tmp_path: Path) -> None:
    link = symlink("p-1/sub/pyproject.toml", "../pyproject.toml")
    packed = gzip.compress(plain_tar(file("p-1/pyproject.toml", PYPROJECT.encode()), link))
    (tmp_path / "p-1.tar.gz").write_bytes(packed)
    found = run(tmp_path / "p-1.tar.gz", "--build-dir=sub", "--project-at-top")

    assert found["sub/pyproject.toml"] == PYPROJECT.encode()
    assert b"_fromager_top_project" in found["pyproject.toml"]


def test_a_project_in_the_top_level_folder_is_unchanged(source: Path) -> None:
    assert run(source, "--project-at-top", out="one.tar.gz") == run(source, out="two.tar.gz")
