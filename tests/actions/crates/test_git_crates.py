"""Crates from a commit of a git repository: each is self-contained, without its workspace and paths of other crates."""

import json
import tomllib
from pathlib import Path

import pytest
from support.samples import tar_gz
from support.tars import file, plain_tar, symlink

from actions.crates.git import lay_out, source_keys
from actions.errors import ActionError

SOURCE = "git+http://forge.test/ws?branch=main#" + "c" * 40
WORKSPACE = """
[workspace]
members = ["a", "b"]
[workspace.package]
version = "2.0.0"
edition = "2021"
license = "MIT"
[workspace.dependencies]
serde = { version = "1", features = ["derive"] }
log = "0.4"
b = { path = "b", version = "2" }
[workspace.lints.rust]
unsafe_code = "forbid"
"""
MEMBER = """
[package]
name = "a"
version.workspace = true
edition = { workspace = true }
license.workspace = true
readme.workspace = true
workspace = ".."
[dependencies]
serde = { workspace = true, features = ["rc"], optional = true }
log.workspace = true
b = { workspace = true }
plain = "3"
near = { path = "../near" }
[dev-dependencies]
b = { path = "../b", version = "2.0.0" }
[target.'cfg(unix)'.dependencies]
log = { workspace = true }
[lints]
workspace = true
[profile.release]
lto = true
[patch.crates-io]
x = { path = "x" }
"""


def repository(folder: Path, **files: str) -> Path:
    given = {
        "Cargo.toml": WORKSPACE, "a/Cargo.toml": MEMBER, "a/src/lib.rs": "", "b/src/lib.rs": "//b",
        "b/Cargo.toml": '[package]\nname = "b"\nversion = "2.0.0"\n', **files,
    }  # fmt: skip
    return tar_gz(folder / "cccc.tar.gz", {f"cccc/{name}": text for name, text in given.items()})


def run(folder: Path, archive: Path) -> set[tuple[str, str, str]]:
    for name in ("vendor", "scratch"):
        (folder / name).mkdir()
    return lay_out(SOURCE, archive, folder / "vendor", folder / "scratch")


def test_every_crate_of_the_commit_is_found(tmp_path: Path) -> None:
    assert run(tmp_path, repository(tmp_path)) == {("a", "2.0.0", ""), ("b", "2.0.0", "")}
    assert sorted(path.name for path in (tmp_path / "vendor").iterdir()) == ["a-2.0.0", "b-2.0.0"]
    assert (tmp_path / "vendor/b-2.0.0/src/lib.rs").read_text() == "//b"


def test_a_manifest_is_written_in_full(tmp_path: Path) -> None:
    run(tmp_path, repository(tmp_path))

    assert tomllib.loads((tmp_path / "vendor/a-2.0.0/Cargo.toml").read_text()) == {
        "package": {"name": "a", "version": "2.0.0", "edition": "2021", "license": "MIT"},
        "dependencies": {
            "serde": {"version": "1", "features": ["derive", "rc"], "optional": True},
            "log": {"version": "0.4"},
            "b": {"version": "2"},
            "plain": "3",
            "near": {"version": "*"},
        },
        "dev-dependencies": {"b": {"version": "2.0.0"}},
        "target": {"cfg(unix)": {"dependencies": {"log": {"version": "0.4"}}}},
    }


def test_files_are_listed_without_an_archives_checksum(tmp_path: Path) -> None:
    run(tmp_path, repository(tmp_path))
    listed = json.loads((tmp_path / "vendor/a-2.0.0/.cargo-checksum.json").read_text())

    assert listed["package"] is None
    assert set(listed["files"]) == {"Cargo.toml", "src/lib.rs"}


def test_a_workspace_can_also_be_a_crate(tmp_path: Path) -> None:
    top = '[package]\nname = "top"\nversion = "1.0.0"\n' + WORKSPACE
    found = run(tmp_path, repository(tmp_path, **{"Cargo.toml": top, "src/lib.rs": ""}))

    assert ("top", "1.0.0", "") in found
    assert "workspace" not in tomllib.loads((tmp_path / "vendor/top-1.0.0/Cargo.toml").read_text())


def test_a_repository_without_a_crate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match=r"git\+http://forge\.test/ws.* does not contain a crate"):
        run(tmp_path, tar_gz(tmp_path / "cccc.tar.gz", {"cccc/README": ""}))


@pytest.mark.parametrize(
    "manifest", ["[package", "package = 3\n", "[package]\nversion = '1'\n", "[package]\nname = '../x'\n"]
)
def test_an_invalid_manifest_is_refused_or_ignored(tmp_path: Path, manifest: str) -> None:
    """Tests of tools like cargo have such files on purpose, so to ignore the folder is as good as an error."""
    archive = repository(tmp_path, **{"tests/broken/Cargo.toml": manifest})
    try:
        found = run(tmp_path, archive)
    except ActionError as err:
        assert "Cargo.toml" in str(err) or "cccc" in str(err)
    else:
        assert found == {("a", "2.0.0", ""), ("b", "2.0.0", "")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cccc.tar.gz", "scratch", "vendor"]


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        (SOURCE, {"git": "http://forge.test/ws", "branch": "main"}),
        ("git+ssh://git@forge.test/x.git?tag=v1%2B2#c", {"git": "ssh://git@forge.test/x.git", "tag": "v1+2"}),
        ("git+http://forge.test/x?rev=abc&other=1#c", {"git": "http://forge.test/x", "rev": "abc"}),
        ("git+http://forge.test/x#c", {"git": "http://forge.test/x"}),
    ],
)
def test_cargo_configuration_keys_of_a_git_source(source: str, keys: dict[str, str]) -> None:
    assert source_keys(source) == keys


def test_links_become_files_and_links_to_a_folder_above_are_left_out(tmp_path: Path) -> None:
    """Each of two links to their own folder doubles its contents without an end."""
    crate = '[package]\nname = "g"\nversion = "1.0.0"\n'
    files = [
        file("ws/LICENSE", b"free"),
        file("ws/g/Cargo.toml", crate.encode()),
        symlink("ws/g/LICENSE", "../LICENSE"),
    ]
    links = [symlink("ws/g/l0", "."), symlink("ws/g/l1", "."), symlink("ws/g/up", ".."), symlink("ws/g/none", "x")]
    links += [symlink("ws/g/ring", "knot"), symlink("ws/g/knot", "ring"), symlink("ws/y/Cargo.toml", "Cargo.toml")]
    archive = tmp_path / "c.tar"
    archive.write_bytes(plain_tar(*files, *links))

    assert run(tmp_path, archive) == {("g", "1.0.0", "")}
    made = tmp_path / "vendor" / "g-1.0.0"
    assert sorted(path.name for path in made.iterdir()) == [".cargo-checksum.json", "Cargo.toml", "LICENSE"]
    assert (made / "LICENSE").read_text() == "free"


def test_too_many_files_through_links_are_refused(tmp_path: Path) -> None:
    members = [file("ws/Cargo.toml", b'[package]\nname = "g"\nversion = "1.0.0"\n')]
    for number in range(20):
        members += [symlink(f"ws/d{number}/{name}", f"../d{number + 1}") for name in ("a", "b")]
    archive = tmp_path / "c.tar"
    archive.write_bytes(plain_tar(*members, file("ws/d20/x")))

    with pytest.raises(ActionError, match="more than 10,000 files through links; it may be a decompression bomb"):
        run(tmp_path, archive)
