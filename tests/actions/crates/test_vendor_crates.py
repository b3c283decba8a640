"""A source and its crates become one archive that cargo builds without a network."""

import hashlib
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import NEEDS_CARGO, contents, tar_gz

from actions.archive.unpack import unpack
from actions.errors import ActionError
from actions.patch_sdist import main as patch_sdist
from actions.vendor_crates import main

REGISTRY = "registry+http://crates.test/index"
GIT = "git+http://forge.test/ws?branch=main#" + "c" * 40
OWN = '[package]\nname = "own"\nversion = "0.1.0"\nedition = "2021"\n'


def crate(folder: Path, name: str = "dep", version: str = "1.0.0", **files: str) -> Path:
    """Make the archive of a crate as in a registry."""
    top = f"{name}-{version}"
    given = {
        "Cargo.toml": f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n',
        "src/lib.rs": "pub fn one() -> i32 { 1 }\n",
        **files,
    }
    return tar_gz(folder / f"{top}.crate", {f"{top}/{path}": text for path, text in given.items()})


def checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def locked(name: str, source: str = REGISTRY, sha256: str = "", version: str = "1.0.0") -> str:
    more = f'checksum = "{sha256}"\n' if sha256 else ""
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = "{source}"\n{more}'


def source(folder: Path, lock: str, **files: str) -> Path:
    lock = 'version = 4\n[[package]]\nname = "own"\nversion = "0.1.0"\n' + lock
    given = {"Cargo.toml": OWN, "Cargo.lock": lock, "src/lib.rs": "", **files}
    return tar_gz(
        folder / "own-0.1.0.tar.gz", {f"own-0.1.0/{name}": text for name, text in given.items() if text is not None}
    )


def run(folder: Path, *options: str | Path, program: Callable[[list[str]], None] = main) -> Path:
    out = folder / "out.tar.gz"
    given = [option if isinstance(option, str) else f"--crate={option}" for option in options]
    program(["--package=own", "--version=0.1.0", f"--source={folder / 'own-0.1.0.tar.gz'}", f"--out={out}", *given])
    (folder / "tree").mkdir()
    return unpack(out, folder / "tree")


def test_crates_are_laid_out_with_their_checksums(tmp_path: Path) -> None:
    dep = crate(tmp_path)
    source(tmp_path, locked("dep", sha256=checksum(dep)))
    vendor = run(tmp_path, dep) / "vendor/dep-1.0.0"
    listed = json.loads((vendor / ".cargo-checksum.json").read_text())

    files = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in contents(vendor).items()
        if name != ".cargo-checksum.json"
    }
    assert listed == {"files": files, "package": checksum(dep)}
    assert set(files) == {"Cargo.toml", "src/lib.rs"}


def test_the_rust_sdist_for_fromager_is_packed_at_the_lowest_priority(tmp_path: Path) -> None:
    """A child process does it and returns its result or error; the priority of the parent does not change."""
    dep = crate(tmp_path)
    before = os.nice(0)
    source(tmp_path, locked("dep", sha256=checksum(dep)))
    tree = run(tmp_path, dep, "--cargo-root=.", program=patch_sdist)
    assert (tree / "vendor/dep-1.0.0/.cargo-checksum.json").is_file()
    assert (tree / "PKG-INFO").is_file()

    (tmp_path / "out.tar.gz").unlink()
    with pytest.raises(ActionError, match=r"own 0\.1\.0: Cargo\.lock needs dep 1\.0\.0"):
        run(tmp_path, "--cargo-root=.", program=patch_sdist)
    assert not (tmp_path / "out.tar.gz").exists()
    assert os.nice(0) == before


def test_version_1_of_cargo_lock_has_checksums_in_its_metadata(tmp_path: Path) -> None:
    dep = crate(tmp_path)
    lock = locked("dep") + f'[metadata]\n"checksum dep 1.0.0 ({REGISTRY})" = "{checksum(dep)}"\n'
    text = f'[[package]]\nname = "own"\nversion = "0.1.0"\n{lock}'
    source(tmp_path, "", **{"Cargo.lock": text})
    assert (run(tmp_path, dep) / "vendor/dep-1.0.0/Cargo.toml").is_file()


def test_cargo_is_configured_for_the_crates_and_other_settings_are_kept(tmp_path: Path) -> None:
    """R09: other sources in the configuration of the project are dropped."""
    config = "[build]\nrustflags = ['-Cx']\n[source.crates-io]\nreplace-with = 'evil'\n[source.evil]\nregistry = 'http://evil.test'\n"
    dep = crate(tmp_path)
    source(tmp_path, locked("dep", sha256=checksum(dep)), **{".cargo/config": config})
    tree = run(tmp_path, dep)

    assert not (tree / ".cargo/config").exists()
    assert tomllib.loads((tree / ".cargo/config.toml").read_text()) == {
        "build": {"rustflags": ["-Cx"]},
        "source": {"crates-io": {"replace-with": "vendored-sources"}, "vendored-sources": {"directory": "vendor"}},
    }


def test_a_cargo_root_below_the_project(tmp_path: Path) -> None:
    dep = crate(tmp_path)
    lock = "version = 4\n" + locked("dep", sha256=checksum(dep))
    source(tmp_path, "", **{"python/rust/Cargo.lock": lock, "python/rust/Cargo.toml": OWN})
    tree = run(tmp_path, dep, "--build-dir=python", "--cargo-root=rust")

    assert (tree / "python/rust/vendor/dep-1.0.0/src/lib.rs").is_file()
    directory = [tomllib.loads((tree / path).read_text())["source"]["vendored-sources"]["directory"]
                 for path in ("python/rust/.cargo/config.toml", "python/.cargo/config.toml")]  # fmt: skip
    assert directory == ["vendor", "rust/vendor"]


def test_libraries_for_windows_are_emptied(tmp_path: Path) -> None:
    dep = crate(tmp_path, **{"lib/x.a": "big", "lib/y.lib": "big", "lib/z.rs": "kept"})
    source(tmp_path, locked("dep", sha256=checksum(dep)))
    folder = run(tmp_path, dep) / "vendor/dep-1.0.0"
    files = json.loads((folder / ".cargo-checksum.json").read_text())["files"]

    assert [(folder / f"lib/{name}").read_text() for name in ("x.a", "y.lib", "z.rs")] == ["", "", "kept"]
    assert files["lib/x.a"] == hashlib.sha256(b"").hexdigest()


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
    dep = crate(tmp_path)
    made = source(tmp_path / "a", locked("dep", sha256=checksum(dep)))
    shutil.copy(made, tmp_path / "b")
    for folder in (tmp_path / "a", tmp_path / "b"):
        run(folder, dep)

    assert (tmp_path / "a/out.tar.gz").read_bytes() == (tmp_path / "b/out.tar.gz").read_bytes()


@pytest.mark.parametrize(
    "lock",
    [locked("dep", sha256="0" * 64), locked("dep", version="1.0.1", sha256="0" * 64), locked("other", sha256="0" * 64),
     locked("dep"),
     locked("dep", GIT)],
    ids=["R03 checksum", "version", "name", "R02 no checksum", "R01 git"],
)  # fmt: skip
def test_a_cargo_lock_that_needs_other_crates_is_refused(tmp_path: Path, lock: str) -> None:
    dep = crate(tmp_path)
    source(tmp_path, lock)

    with pytest.raises(
        ActionError,
        match=r"crates of own 0\.1\.0: Cargo\.lock needs (dep|other) 1\.0\.[01] .*was changed after the lock was made",
    ):
        run(tmp_path, dep)
    assert not (tmp_path / "out.tar.gz").exists()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"Cargo.lock": "[[package"}, "its Cargo.lock can't be read"),
        ({"Cargo.lock": None}, "its Cargo.lock can't be read"),
        ({"vendor/x/build.rs": "evil"}, "has its own vendor folder"),
    ],
    ids=["damaged", "R05 none", "R06 own vendor folder"],
)
def test_sources_that_cannot_be_vendored_are_refused(tmp_path: Path, files: dict[str, str], says: str) -> None:
    source(tmp_path, "", **files)

    with pytest.raises(ActionError, match=rf"crates of own 0\.1\.0: .*{says}"):
        run(tmp_path)


def test_an_archive_with_another_crate_is_refused(tmp_path: Path) -> None:
    dep = crate(tmp_path, **{"Cargo.toml": '[package]\nname = "evil"\nversion = "1.0.0"\n'})
    source(tmp_path, locked("dep", sha256=checksum(dep)))

    with pytest.raises(ActionError, match=r"dep-1\.0\.0\.crate contains another crate: evil 1\.0\.0"):
        run(tmp_path, dep)


@pytest.mark.parametrize("manifest", ["[package", "[lib]\n", "[package]\nname = 'dep'\n"])
def test_a_crate_without_a_valid_manifest_is_refused(tmp_path: Path, manifest: str) -> None:
    dep = crate(tmp_path, **{"Cargo.toml": manifest})
    source(tmp_path, locked("dep", sha256=checksum(dep)))

    with pytest.raises(ActionError, match=r"dep-1\.0\.0 is not a valid crate"):
        run(tmp_path, dep)


def test_a_crate_with_a_path_outside_its_folder_is_refused(tmp_path: Path) -> None:
    """R13."""
    dep = crate(tmp_path, **{"../../evil": "x"})
    source(tmp_path, locked("dep", sha256=checksum(dep)))

    with pytest.raises(ActionError, match="is outside the archive's folder"):
        run(tmp_path, dep)


def test_a_checksum_list_inside_the_crate_is_not_trusted(tmp_path: Path) -> None:
    """R07."""
    dep = crate(tmp_path, **{".cargo-checksum.json": '{"files": {}, "package": "evil"}'})
    source(tmp_path, locked("dep", sha256=checksum(dep)))
    listed = json.loads((run(tmp_path, dep) / "vendor/dep-1.0.0/.cargo-checksum.json").read_text())

    assert listed["package"] == checksum(dep)
    assert "src/lib.rs" in listed["files"]
    assert ".cargo-checksum.json" not in listed["files"]


def cargo(tree: Path, *arguments: str) -> str:
    made = subprocess.run(["cargo", *arguments, "--offline"], cwd=tree, check=False, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return made.stdout


def test_a_missing_cargo_lock_is_added_to_the_cargo_root(tmp_path: Path) -> None:
    dep = crate(tmp_path)
    text = 'version = 4\n[[package]]\nname = "own"\nversion = "0.1.0"\n' + locked("dep", sha256=checksum(dep))
    (tmp_path / "made.lock").write_text(text)
    tar_gz(tmp_path / "own-0.1.0.tar.gz", {"own-0.1.0/r/Cargo.toml": OWN, "own-0.1.0/r/src/lib.rs": ""})
    tree = run(tmp_path, "--cargo-root=r", f"--cargo-lock={tmp_path / 'made.lock'}", dep)

    assert (tree / "r/Cargo.lock").read_text() == text
    assert (tree / "r/vendor/dep-1.0.0/Cargo.toml").is_file()


@NEEDS_CARGO
def test_cargo_accepts_the_archive(tmp_path: Path) -> None:
    dep, manifest = crate(tmp_path), OWN + '[dependencies]\ndep = "1"\n'
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    # Only cargo knows the name of its default registry, so cargo writes the Cargo.lock for the second run.
    source(tmp_path / "first", "", **{"Cargo.toml": manifest})
    tree = run(tmp_path / "first", dep)
    cargo(tree, "generate-lockfile")
    lock = (tree / "Cargo.lock").read_text()
    assert checksum(dep) in lock
    source(tmp_path / "second", "", **{"Cargo.toml": manifest, "Cargo.lock": lock})

    found = json.loads(cargo(run(tmp_path / "second", dep), "metadata", "--locked", "--format-version=1"))

    assert {package["name"] for package in found["packages"]} == {"own", "dep"}


@NEEDS_CARGO
def test_cargo_finds_a_commit_by_each_of_its_names(tmp_path: Path) -> None:
    """Cargo treats a branch and a hash of one commit as two sources; here they are one archive."""
    commit, remote = "c" * 40, "http://forge.test/ws"
    names = {"ga": ("branch", "main"), "gb": ("rev", commit)}
    sources = {name: f"git+{remote}?{key}={value}#{commit}" for name, (key, value) in names.items()}
    wanted = [f'{name} = {{ git = "{remote}", {key} = "{value}" }}\n' for name, (key, value) in names.items()]
    crates = {f"ws/{name}/Cargo.toml": OWN.replace('"own"', f'"{name}"').replace("0.1.0", "1.0.0") for name in names}
    archive = tar_gz(tmp_path / "ws.tar.gz", {**crates, **{f"ws/{name}/src/lib.rs": "" for name in names}})
    own = OWN.replace("[package]", "[[package]]").replace('edition = "2021"', 'dependencies = ["ga", "gb"]')
    lock = "version = 4\n" + "".join(locked(name, source) for name, source in sources.items()) + own
    source(tmp_path, "", **{"Cargo.toml": OWN + "[dependencies]\n" + "".join(wanted), "Cargo.lock": lock})

    tree = run(tmp_path, f"--git={sources['ga']}={archive}")
    found = json.loads(cargo(tree, "metadata", "--locked", "--format-version=1"))

    assert {package["name"] for package in found["packages"]} == {"own", "ga", "gb"}


@pytest.mark.parametrize("text", ["package = 1\n", 'package = ["a"]\n', "[package]\n"])
def test_a_cargo_lock_that_lists_no_packages_is_refused(tmp_path: Path, text: str) -> None:
    source(tmp_path, "", **{"Cargo.lock": text})

    with pytest.raises(ActionError, match="does not contain a list of packages"):
        run(tmp_path)
