"""The crates of a source, as its SBOMs list them."""

from pathlib import Path

import pytest

from actions.crates.licenses import EXCEPTIONS, LICENSES, expression
from actions.crates.listed import crates
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
        ("mit OR apache-2.0 WITH llvm-EXCEPTION", "MIT OR Apache-2.0 WITH LLVM-exception"),
        ("non-standard", ""),
        ("MIT OR non-standard", ""),
        ("LicenseRef-own", ""),
        ("Apache-2.0+", ""),
        ("MIT WITH MIT", ""),
        ("LLVM-exception", ""),
        ("Apache-2.0 WITH LLVM-exception WITH LLVM-exception", ""),
        ("(Apache-2.0 OR MIT) WITH LLVM-exception", ""),
        ("Apache-2.0 WITH (LLVM-exception)", ""),
    ],
)
def test_only_a_valid_expression_is_a_license(stated: str, found: str) -> None:
    assert expression(stated) == found


def test_spdx_knows_the_identifiers() -> None:
    from packaging.licenses import canonicalize_license_expression
    from spdx_tools.common.spdx_licensing import spdx_licensing

    expressions = [*LICENSES.values(), *(f"MIT WITH {name}" for name in EXCEPTIONS.values())]
    assert [text for text in expressions if spdx_licensing.validate(text).errors] == []
    assert [text for text in expressions if canonicalize_license_expression(text) != text] == []
