"""The Rust project in a source: its manifest and Cargo.lock, and the crates that they name."""

from pathlib import Path

import pytest
from support.samples import tar_gz, zip_file

from fromager_gen.errors import LockError
from fromager_gen.source.archive import SourceArchive
from fromager_gen.source.rust import RustProject, crates_of, needs_crates, rust_project

MATURIN = '[build-system]\nrequires = ["maturin>=1"]\nbuild-backend = "maturin"\n'
SETUPTOOLS = '[build-system]\nrequires = ["setuptools", "Setuptools_Rust>=1"]\n'
REGISTRY = "registry+http://crates.test/index"


def tree(**files: str) -> SourceArchive:
    return SourceArchive({name: text.encode() for name, text in files.items()}, "a-1.0.tar.gz")


def root(pyproject: str, *paths: str, build_dir: str = ".") -> str | None:
    prefix = "" if build_dir == "." else f"{build_dir}/"
    found = rust_project(tree(**{f"{prefix}pyproject.toml": pyproject}, **dict.fromkeys(paths, "")), build_dir)
    return found.root if found else None


@pytest.mark.parametrize(
    ("pyproject", "paths", "wanted"),
    [
        (MATURIN, ["Cargo.toml", "Cargo.lock"], "."),
        (MATURIN + "[tool.maturin]\n", ["Cargo.toml", "Cargo.lock"], "."),
        (MATURIN + "[tool.maturin]\n", ["rust/Cargo.toml", "rust/Cargo.lock"], "rust"),
        (
            MATURIN + "[tool.maturin]\nmanifest-path = 'a/b/Cargo.toml'\n",
            ["a/b/Cargo.toml", "a/Cargo.lock", "Cargo.lock"],
            "a",
        ),
        (SETUPTOOLS, ["Cargo.toml", "Cargo.lock"], "."),
        (
            SETUPTOOLS + "[[tool.setuptools-rust.ext-modules]]\npath = 'x/Cargo.toml'\n",
            ["x/Cargo.toml", "x/Cargo.lock"],
            "x",
        ),
        (
            '[build-system]\nrequires = ["maturin"]\nbuild-backend = "own"\nbackend-path = ["."]\n',
            ["Cargo.toml", "Cargo.lock"],
            ".",
        ),
        (SETUPTOOLS, ["Cargo.lock"], None),
        ('[build-system]\nrequires = ["setuptools"]\n', ["Cargo.toml", "Cargo.lock"], None),
        ("", ["Cargo.toml", "Cargo.lock"], None),
        ('[build-system]\nrequires = ["???"]\n', ["Cargo.toml"], None),
    ],
)
def test_the_folder_of_the_cargo_lock_is_found(pyproject: str, paths: list[str], wanted: str | None) -> None:
    assert root(pyproject, *paths) == wanted


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"Cargo.toml": ""}, RustProject("Cargo.toml", ".", False)),
        ({"Cargo.toml": "", "Cargo.lock": ""}, RustProject("Cargo.toml", ".", True)),
        ({"rust/Cargo.toml": "", "Cargo.toml": "[workspace]"}, RustProject("rust/Cargo.toml", ".", False)),
        ({"rust/Cargo.toml": "[workspace]", "Cargo.toml": ""}, RustProject("rust/Cargo.toml", "rust", False)),
        ({"rust/Cargo.toml": "", "Cargo.toml": ""}, RustProject("rust/Cargo.toml", "rust", False)),
    ],
)
def test_the_folder_of_a_missing_cargo_lock_is_that_of_the_workspace(
    files: dict[str, str], wanted: RustProject
) -> None:
    """Cargo writes the lock there: https://doc.rust-lang.org/cargo/reference/workspaces.html."""
    path = wanted.manifest
    pyproject = f"{MATURIN}[tool.maturin]\nmanifest-path = '{path}'\n"

    assert rust_project(tree(**{"pyproject.toml": pyproject}, **files), ".") == wanted


def test_several_projects_without_crates_need_no_lock() -> None:
    files = {"pyproject.toml": TWO, "x/Cargo.toml": "", "y/Cargo.toml": ""}
    assert rust_project(tree(**files), ".") == RustProject("x/Cargo.toml", "x", False)

    with pytest.raises(LockError, match="needs several: x, y"):
        rust_project(tree(**files | {"x/Cargo.toml": "[dependencies]\nitoa = '1'\n"}), ".")


@pytest.mark.parametrize(
    ("manifests", "needs"),
    [
        ([""], False),
        (["[dependencies]\nown = { path = 'own' }\n", "[package]\nname = 'own'\n"], False),
        (["[dependencies]\nown.workspace = true\n[workspace.dependencies]\nown.path = 'own'\n"], False),
        (["[dependencies]\nitoa = '1'\n"], True),
        (["[dependencies]\nitoa = { version = '1' }\n"], True),
        (["[dependencies]\nx = { git = 'https://forge.test/x' }\n"], True),
        (["", "[dev-dependencies]\nitoa = '1'\n"], True),
        (["[target.'cfg(unix)'.build-dependencies]\nitoa = '1'\n"], True),
        (["[dependencies]\nx.workspace = true\n[workspace.dependencies]\nx = '1'\n"], True),
        (["[dependencies"], True),
        (["dependencies = 3\n"], True),
        (["[build_dependencies]\nitoa = '1'\n"], True),
        (["target = 3\n"], True),
    ],
)
def test_crates_outside_the_source_are_needed(manifests: list[str], needs: bool) -> None:
    """A manifest that can't be read counts, so that cargo reports the error."""
    files = {f"{'own/' * number}Cargo.toml": text for number, text in enumerate(manifests)}

    assert needs_crates(tree(**files)) is needs


def test_paths_are_relative_to_the_build_dir() -> None:
    assert root(MATURIN, "python/Cargo.toml", "python/Cargo.lock", build_dir="python") == "."
    assert root(MATURIN, "Cargo.toml", "Cargo.lock", build_dir="python") is None


def test_a_source_without_pyproject_has_no_rust() -> None:
    assert rust_project(tree(**{"Cargo.toml": "", "Cargo.lock": ""}), ".") is None


TWO = (
    SETUPTOOLS
    + "[[tool.setuptools-rust.ext-modules]]\npath = 'x/Cargo.toml'\n"
    + "[[tool.setuptools-rust.ext-modules]]\npath = 'y/Cargo.toml'\n"
)


def test_two_manifests_may_share_a_cargo_lock() -> None:
    assert root(TWO, "x/Cargo.toml", "y/Cargo.toml", "Cargo.lock") == "."


@pytest.mark.parametrize(
    ("pyproject", "paths", "says"),
    [
        (TWO, ["x/Cargo.toml", "y/Cargo.toml", "x/Cargo.lock", "y/Cargo.lock"], "several Cargo.lock.*: x, y"),
        (TWO, ["x/Cargo.toml", "y/Cargo.toml", "x/Cargo.lock"], "needs several: x, y"),
        (
            MATURIN + "[tool.maturin]\nmanifest-path = '../Cargo.toml'\n",
            ["../Cargo.toml"],
            "'../Cargo.toml' is outside the source",
        ),
        ("[build-system\n", [], r"a-1\.0\.tar\.gz: .*pyproject\.toml can't be read"),
    ],
)
def test_a_manifest_or_cargo_lock_that_can_not_be_used_is_an_error(pyproject: str, paths: list[str], says: str) -> None:
    with pytest.raises(LockError, match=says):
        root(pyproject, *paths)


@pytest.mark.parametrize(
    "pyproject",
    [
        "build-system = 3\n",
        "[build-system]\nrequires = 3\n",
        "[build-system]\nrequires = [3]\n",
        MATURIN + "tool = 3\n".replace("tool", "tool.maturin"),
        MATURIN + "[tool]\nmaturin = []\n",
        SETUPTOOLS + "[tool]\nsetuptools-rust = 3\n",
        SETUPTOOLS + "[tool.setuptools-rust]\next-modules = [3]\n",
    ],
)
def test_values_of_the_wrong_type_are_an_error_with_the_archives_name(pyproject: str) -> None:
    try:
        assert root(pyproject, "Cargo.toml", "Cargo.lock") in (None, ".")
    except LockError as err:
        assert "a-1.0.tar.gz" in str(err)


def lock_text(*packages: str, version: int = 4) -> str:
    return f"version = {version}\n" + "".join(f"[[package]]\n{package}\n" for package in packages)


def crate(name: str, source: str = REGISTRY, checksum: str = "a" * 64) -> str:
    more = f'checksum = "{checksum}"\n' if checksum else ""
    return f'name = "{name}"\nversion = "1.0.0"\nsource = "{source}"\n{more}'


@pytest.mark.parametrize("version", [2, 3, 4])
def test_crates_outside_the_source_are_listed(version: int) -> None:
    git = "git+http://forge.test/x?branch=main#" + "c" * 40
    text = lock_text('name = "own"\nversion = "0.1.0"\n', crate("a"), crate("b", git, ""), version=version)

    assert crates_of(text.encode(), "r/Cargo.lock") == [
        {"name": "a", "version": "1.0.0", "source": REGISTRY, "checksum": "a" * 64},
        {"name": "b", "version": "1.0.0", "source": git, "checksum": ""},
    ]


def test_checksums_of_version_1_are_in_a_table_of_their_own() -> None:
    text = "".join(f"[[package]]\n{crate(name, checksum='')}\n" for name in "ab")
    text += "[metadata]\n" + "".join(f'"checksum {name} 1.0.0 ({REGISTRY})" = "{name * 64}"\n' for name in "ab")

    assert [found["checksum"] for found in crates_of(text.encode(), "Cargo.lock")] == [
        "a" * 64,
        "b" * 64,
    ]


def test_a_registry_crate_without_a_checksum_is_an_error() -> None:
    with pytest.raises(LockError, match=r"a-1\.0\.tar\.gz: Cargo\.lock has no checksum for b 1\.0\.0"):
        crates_of(lock_text(crate("a"), crate("b", checksum="")).encode(), "a-1.0.tar.gz: Cargo.lock")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = 9\n", "has version 9, which fromager-gen does not support"),
        ("[[package]", "Cargo.lock can't be read"),
    ],
)
def test_a_cargo_lock_that_can_not_be_read_is_an_error(text: str, says: str) -> None:
    with pytest.raises(LockError, match=rf"a-1\.0\.tar\.gz: .*{says}"):
        crates_of(text.encode(), "a-1.0.tar.gz: Cargo.lock")


@pytest.mark.parametrize("name", ["a-1.0.tar.gz", "a-1.0.zip"])
def test_an_archive_is_read_in_memory(tmp_path: Path, name: str) -> None:
    files = {
        "a-1.0/pyproject.toml": MATURIN,
        "a-1.0/Cargo.toml": "",
        "a-1.0/r/Cargo.lock": lock_text(),
        "a-1.0/../../x/Cargo.toml": "",
    }
    archive = (zip_file if name.endswith("zip") else tar_gz)(tmp_path / name, files)
    found = SourceArchive.of_archive(archive)

    assert found.has("Cargo.toml") and found.has("./r/Cargo.lock") and not found.has("other")
    assert found.toml("pyproject.toml")["build-system"]["build-backend"] == "maturin"
    assert found.toml("none.toml") == {}
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.parametrize("name", ["a-1.0.tar.gz", "a-1.0.zip"])
@pytest.mark.parametrize("data", [b"", b"<html>", b"\x1f\x8b\x08\0\0"])
def test_a_damaged_archive_is_an_error(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(LockError, match=f"{name} is damaged or not an archive"):
        SourceArchive.of_archive(tmp_path / name)
