"""Texts that Python itself can't parse are an error that names the package or file, whatever their origin."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import InvalidRequirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import InvalidVersion
from support.command import error
from support.indexes import VARIABLES
from support.samples import document, tar_gz

from fromager_gen import standards
from fromager_gen.bootstrap.inputs import read_constraints, read_requirements
from fromager_gen.errors import GenError, GraphError, InputError, LockError, ResolutionError
from fromager_gen.net.git import resolve_commit
from fromager_gen.net.http import session
from fromager_gen.resolve.pythons import is_for
from fromager_gen.source import archive
from fromager_gen.source.archive import SourceArchive
from fromager_gen.source.facts import facts_of_source, install_of_metadata

DIGITS = "9" * 5_000
DEEP = f"a; {'(' * 1_500}python_version > '3'{')' * 1_500}"
LONG = "a; " + " and ".join(["python_version > '3'"] * 1_000)


@pytest.mark.parametrize(
    ("read", "text", "raised"),
    [
        (standards.version, DIGITS, InvalidVersion),
        (standards.version, "x", InvalidVersion),
        (standards.requirement, DEEP, InvalidRequirement),
        (standards.requirement, LONG, InvalidRequirement),
        (standards.requirement, f"a>{DIGITS}", InvalidRequirement),
        (standards.requirement, "a b", InvalidRequirement),
        (standards.sdist_filename, f"a-{DIGITS}.tar.gz", InvalidSdistFilename),
        (standards.wheel_filename, f"a-{DIGITS}-py3-none-any.whl", InvalidWheelFilename),
    ],
)
def test_every_failure_is_an_error_of_packaging(
    read: Callable[[str], object], text: str, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        read(text)


@pytest.mark.parametrize("text", [DEEP, LONG, f"a>{DIGITS}"])
def test_an_invalid_requirement_or_constraint_is_an_error_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.txt").write_text(f"{text}\n")
    with session() as client:
        with pytest.raises(InputError, match=r"r\.txt:1"):
            read_requirements((), [str(tmp_path / "r.txt")], VARIABLES, client)
        with pytest.raises(InputError, match=r"r\.txt:1"):
            read_constraints([str(tmp_path / "r.txt")], VARIABLES, client)
        with pytest.raises(InputError, match="command line"):
            read_requirements([text], (), VARIABLES, client)


def test_a_path_with_a_nul_is_an_error() -> None:
    with session() as client, pytest.raises(InputError, match="can't be read: embedded null"):
        read_constraints(["a\0b"], VARIABLES, client)


def info(**fields: str) -> str:
    fields = {"Metadata-Version": "2.2", "Name": "a", "Version": "1", **fields}
    return "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())


@pytest.mark.parametrize(
    "files",
    [
        {"PKG-INFO": info(Version=DIGITS)},
        {"PKG-INFO": info(Requires_Dist=DEEP)},
        {"PKG-INFO": info(Requires_Dist=f"b>{DIGITS}")},
        {"pyproject.toml": f'[project]\nname = "a"\nversion = "{DIGITS}"\n'},
        {"pyproject.toml": f'[build-system]\nrequires = ["{DEEP}"]\n'},
        {"pyproject.toml": f'[project]\nname = "a"\nversion = "1"\ndependencies = ["{DEEP}"]\n'},
        {"pyproject.toml": f"x = {'[' * 20_000}"},
    ],
)
def test_an_invalid_text_in_a_source_is_an_error_with_its_name(tmp_path: Path, files: dict[str, str]) -> None:
    archive = tar_gz(tmp_path / "a-1.tar.gz", {f"a-1/{name}": text for name, text in files.items()})
    with pytest.raises(GenError, match=r"^a(-| )1"):
        facts_of_source(archive, "a", "1")


def test_metadata_of_an_invalid_metadata_version_is_not_used(tmp_path: Path) -> None:
    text = info(Metadata_Version=f"2.{DIGITS}", Requires_Dist="b")
    archive = tar_gz(tmp_path / "a-1.tar.gz", {"a-1/PKG-INFO": text, "a-1/setup.py": ""})

    assert facts_of_source(archive, "a", "1").install is None


def test_an_invalid_text_in_the_metadata_of_a_wheel_is_an_error_with_its_name() -> None:
    for text in (info(Version=DIGITS), info(Requires_Dist=DEEP)):
        with pytest.raises(ResolutionError, match=r"^a 1: its metadata"):
            install_of_metadata(text.encode(), "a", "1")


def test_an_invalid_requires_python_does_not_match() -> None:
    assert not is_for(f">{DIGITS}", "3.12")
    assert not is_for("x", "3.12")


def test_an_invalid_version_in_a_graph_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "long.json").write_text(
        json.dumps(document({"": [f"toplevel a=={DIGITS}"], f"a=={DIGITS}": []}, a={"download_url": "http://h/a"}))
    )
    with pytest.raises(GraphError):
        raise error("generate", tmp_path / "long.json", "--output", tmp_path / "ws")


def test_a_git_ref_that_is_not_utf8_does_not_hide_others(tmp_path: Path) -> None:
    """The refs of a repository on disk are files, which can have any name; the other refs are still found."""
    from support.repositories import git

    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "x")
    commit = git(tmp_path, "rev-parse", "HEAD")
    Path(f"{tmp_path}/.git/refs/tags/v\udcff").write_text(f"{commit}\n")

    assert resolve_commit(f"file://{tmp_path}", "main") == commit


def many_files(path: Path) -> None:
    text = bytes(4 << 20)
    tar_gz(path, {f"a-1/{number}/PKG-INFO": text for number in range(40)})


def many_members(path: Path) -> None:
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for _ in range(2_001):
            tar.addfile(tarfile.TarInfo("a-1/x"))


def a_large_header(path: Path) -> None:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo("a-1/" + "x" * (9 << 20)))


def an_invalid_size(path: Path) -> None:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT, pax_headers={"size": "1" + "0" * 30}) as tar:
        tar.addfile(tarfile.TarInfo("a-1/PKG-INFO"))


def long_names_in_each_other(path: Path) -> None:
    with gzip.open(path, "wb") as file:
        for _ in range(40):
            info = tarfile.TarInfo("././@LongLink")
            info.type, info.size = tarfile.GNUTYPE_LONGNAME, 7 << 20
            file.write(info.tobuf(tarfile.GNU_FORMAT))
            file.write(bytes(7 << 20))


@pytest.mark.parametrize("make", [many_files, many_members, a_large_header, an_invalid_size, long_names_in_each_other])
def test_an_archive_that_needs_too_much_memory_is_an_error(
    tmp_path: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_ARCHIVE_MEMBERS", 2_000)
    make(tmp_path / "a-1.tar.gz")
    with pytest.raises(LockError, match=r"^a-1\.tar\.gz "):
        SourceArchive.of_archive(tmp_path / "a-1.tar.gz")


def test_more_bytes_than_are_kept_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tar_gz(tmp_path / "a-1.tar.gz", {"a-1/PKG-INFO": "x" * 60, "a-1/pyproject.toml": "x" * 60})
    assert SourceArchive.of_archive(made).has("PKG-INFO")

    monkeypatch.setattr(archive, "_MOST_KEPT", 100)
    with pytest.raises(LockError, match=r"a-1\.tar\.gz has more than 100 bytes of pyproject\.toml, PKG-INFO"):
        SourceArchive.of_archive(made)


def test_a_zip_with_a_damaged_member_is_an_error(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_LZMA) as zipped:
        zipped.writestr("a-1/PKG-INFO", "x" * 1000)
    data = bytearray(made.getvalue())
    start = data.index(b"PKG-INFO") + len("PKG-INFO")
    data[start + 9 : start + 30] = b"\xff" * 21
    (tmp_path / "a-1.zip").write_bytes(data)

    with pytest.raises(LockError, match=r"^a-1\.zip is damaged"):
        SourceArchive.of_archive(tmp_path / "a-1.zip")
