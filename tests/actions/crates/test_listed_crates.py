"""The crates of a source, as its SBOMs list them."""

from pathlib import Path

import pytest

from actions.crates.listed import crates, expression
from actions.errors import ActionError
from actions.wheel.planned import Crate

REGISTRY = "registry+http://crates.test/index"
GIT = "git+http://forge.test/ws?branch=main#" + "c" * 40
LOCK = f"""
[[package]]
name = "own"
version = "0.1.0"
[[package]]
name = "dep"
version = "1.0.0"
source = "{REGISTRY}"
checksum = "{"ab" * 32}"
[[package]]
name = "of-git"
version = "2.0.0"
source = "{GIT}"
"""


def write(folder: Path, lock: str, **manifests: str) -> None:
    (folder / "rust").mkdir()
    (folder / "rust/Cargo.lock").write_text(lock)
    for name, text in manifests.items():
        crate = folder / "rust/vendor" / name.replace("__", "-")
        crate.mkdir(parents=True)
        (crate / "Cargo.toml").write_text(f"[package]\n{text}")


def test_they_are_those_of_cargo_lock_without_the_sources_own(tmp_path: Path) -> None:
    write(tmp_path, LOCK, **{"dep-1.0.0": 'license = "MIT/Apache-2.0"\n', "of-git-2.0.0": 'license-file = "TERMS"\n'})
    dep, of_git = tmp_path / "rust/vendor/dep-1.0.0", tmp_path / "rust/vendor/of-git-2.0.0"
    for name in ("LICENSE-MIT", "Copying", "NOTICE.txt", "lib.rs", "LICENSE\n"):
        (dep / name).write_text(name)
    (dep / "licenses").mkdir()
    (of_git / "TERMS").write_text("terms")
    (of_git / "LICENSE").symlink_to("/etc/passwd")
    texts = tuple((name, name.encode()) for name in ("Copying", "LICENSE-MIT", "NOTICE.txt"))

    assert crates(tmp_path, "rust") == (
        Crate("dep", "1.0.0", REGISTRY, "ab" * 32, "MIT OR Apache-2.0", texts),
        Crate("of-git", "2.0.0", GIT, "", "", (("TERMS", b"terms"),)),
    )


def test_checksums_of_an_old_cargo_lock_are_found(tmp_path: Path) -> None:
    lock = f'[[package]]\nname = "dep"\nversion = "1.0.0"\nsource = "{REGISTRY}"\n'
    write(tmp_path, f'{lock}[metadata]\n"checksum dep 1.0.0 ({REGISTRY})" = "{"cd" * 32}"\n', **{"dep-1.0.0": ""})

    assert [crate.sha256 for crate in crates(tmp_path, "rust")] == ["cd" * 32]


def test_a_damaged_manifest_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, LOCK, **{"dep-1.0.0": "license = \n", "of-git-2.0.0": ""})

    with pytest.raises(ActionError, match="its crates can't be listed for the SBOM"):
        crates(tmp_path, "rust")


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("MIT", "MIT"),
        ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
        ("MIT / Apache-2.0", "MIT OR Apache-2.0"),
        ("(MIT OR Apache-2.0) AND Unicode-DFS-2016", "(MIT OR Apache-2.0) AND Unicode-DFS-2016"),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0+", "Apache-2.0 WITH LLVM-exception OR GPL-2.0+"),
        ("( MIT )", "(MIT)"),
        ("", ""),
        ("MIT OR", ""),
        ("MIT Apache-2.0", ""),
        ("(MIT", ""),
        ("MIT)", ""),
        (")MIT(", ""),
        ("MIT or Apache-2.0", ""),
        ("see LICENSE", ""),
        ("AND", ""),
        ("MIT, BSD", ""),
        ("()", ""),
    ],
)
def test_only_a_valid_expression_is_a_license(stated: str, found: str) -> None:
    assert expression(stated) == found
