"""Crates of sources without a Cargo.lock, or with one from a patch or the overrides; cargo is the real one."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.indexes import Pages
from support.samples import NEEDS_CARGO, make_graph, tar_gz
from support.servers import serving

from fromager_gen.errors import LockError, ToolError
from fromager_gen.graph import Graph
from fromager_gen.lock import Lock, RustLock
from fromager_gen.lock.model import read_lock
from fromager_gen.overrides import CargoLock, Overrides, PackageSettings, Patch

MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
MANIFEST = '[package]\nname = "rs"\nversion = "0.1.0"\nedition = "2021"\n'
ITOA = f'{MANIFEST}[dependencies]\nitoa = "1"\n'
CHECKSUM = "49f1f14873335454500d59611f1cf4a4b0f786f9ac11f4312a78e4cf2566695b"
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
PINNED = f"""version = 3

[[package]]
name = "itoa"
version = "1.0.11"
source = "{REGISTRY}"
checksum = "{CHECKSUM}"

[[package]]
name = "rs"
version = "0.1.0"
dependencies = [
 "itoa",
]
"""
ADDS_LOCK = "--- /dev/null\n+++ b/Cargo.lock\n@@ -0,0 +1,{} @@\n{}".format(
    PINNED.count("\n"), "".join(f"+{line}\n" for line in PINNED.splitlines())
)


def commit(repository: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *arguments], check=True)


class Shelf:
    """One source with Rust on an index, and its lock."""

    def __init__(self, pages: Pages, folder: Path) -> None:
        self._pages, self._folder = pages, folder
        self._bodies: dict[str, bytes] = {}

    def _body(self, files: dict[str, str]) -> bytes:
        """Return a source's archive with the same bytes each time, although an archive contains its creation time."""
        if repr(files) not in self._bodies:
            source = {"pyproject.toml": MATURIN, "src/lib.rs": "", **files}
            archive = tar_gz(self._folder / "made.tar.gz", {f"rs-1.0/{name}": text for name, text in source.items()})
            self._bodies[repr(files)] = archive.read_bytes()
        return self._bodies[repr(files)]

    def graph(self, files: dict[str, str]) -> Graph:
        body = self._body(files)
        url = f"{self._pages.server.say('/files/rs-1.0.tar.gz', body)}#sha256={hashlib.sha256(body).hexdigest()}"
        nodes = {"": ["toplevel rs==1.0"], "rs==1.0": ["build-system maturin==1.7"], "maturin==1.7": []}
        return make_graph(nodes, rs={"download_url": url}, maturin={"download_url": url})

    def lock(self, files: dict[str, str], previous: Lock | None = None, **request: object) -> Lock:
        return self._pages.lock(self.graph(files), previous, **request)

    def rust(self, files: dict[str, str], **request: object) -> RustLock:
        found = self.lock(files, **request).rust("rs==1.0")
        assert found is not None
        return found


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with serving() as server:
        yield Shelf(Pages(server), tmp_path)


def overrides(folder: Path, **files: str) -> Overrides:
    """Return overrides with a patch and a Cargo.lock for every version."""
    patches, locks = (), ()
    for name, text in files.items():
        path = folder / ("1.patch" if name == "patch" else "Cargo.lock")
        path.write_text(text)
        if name == "patch":
            patches = (Patch(path, "rs", None),)
        else:
            locks = (CargoLock(path, "rs", None, None),)
    return Overrides(patches=patches, cargo_locks=locks)


@pytest.mark.index
@NEEDS_CARGO
def test_cargo_makes_the_lock_that_a_source_lacks(shelf: Shelf, tmp_path: Path) -> None:
    lock = shelf.lock({"Cargo.toml": ITOA}, exclude_newer=datetime(2024, 4, 1, tzinfo=UTC))

    rust = lock.rust("rs==1.0")
    assert rust is not None
    assert (rust.root, rust.crates, rust.origin) == (".", ("itoa_1.0.11",), "cargo")
    assert lock.files["crate_itoa_1.0.11"].sha256 == CHECKSUM
    # Cargo itself accepts the pinned crates.
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    for name, text in {"Cargo.toml": ITOA, "Cargo.lock": rust.text, "src/lib.rs": ""}.items():
        (project / name).write_text(text)
    command = ["cargo", "metadata", "--locked", "--format-version=1"]
    said = json.loads(subprocess.run(command, cwd=project, check=True, capture_output=True).stdout)
    assert {f"{one['name']} {one['version']}" for one in said["packages"]} == {"itoa 1.0.11", "rs 0.1.0"}


@pytest.mark.index
@NEEDS_CARGO
def test_later_runs_on_any_machine_keep_the_crates_that_cargo_chose(shelf: Shelf, tmp_path: Path) -> None:
    """Even if cargo would choose other crates by then."""
    first = shelf.lock({"Cargo.toml": ITOA}, exclude_newer=datetime(2024, 4, 1, tzinfo=UTC))
    (tmp_path / "fromager.lock.json").write_text(first.to_text())

    assert shelf.lock({"Cargo.toml": ITOA}, read_lock(tmp_path / "fromager.lock.json")) == first


@pytest.mark.index
@NEEDS_CARGO
def test_cargo_chooses_again_on_request(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    files, old = {"Cargo.toml": ITOA}, datetime(2024, 4, 1, tzinfo=UTC)
    first = shelf.lock(files, exclude_newer=old)
    assert shelf.lock(files, first, exclude_newer=datetime(2025, 1, 1, tzinfo=UTC)) == first
    assert "rs 1.0: its crates are locked already; to choose them again: --upgrade-crates rs" in caplog.text

    again = shelf.lock(files, first, upgrade_crates=frozenset(["rs"])).rust("rs==1.0")
    assert again is not None and again.crates != ("itoa_1.0.11",)


@pytest.mark.index
@NEEDS_CARGO
def test_the_error_for_a_choice_that_a_date_prevents_names_the_option(shelf: Shelf) -> None:
    with pytest.raises(LockError, match=r"(?s)rs 1\.0: .*rs-1\.0.*Crates published after 2001.* \(--exclude-newer\)"):
        shelf.lock({"Cargo.toml": ITOA}, exclude_newer=datetime(2001, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "text", ["", 'version = 3\n[[package]]\nname = "foo"\nversion = "1.0.0"\n', "[[package]", "x = 1"]
)
def test_a_cargo_lock_of_another_source_is_an_error(shelf: Shelf, tmp_path: Path, text: str) -> None:
    with pytest.raises(
        LockError, match=r"rs 1\.0: .*Cargo\.lock (does not contain rs, the crate of Cargo\.toml|can't be read)"
    ):
        shelf.lock({"Cargo.toml": ITOA}, overrides=overrides(tmp_path, lock=text))


@pytest.mark.index
@NEEDS_CARGO
def test_a_changed_patch_keeps_the_crates_that_cargo_chose(shelf: Shelf, tmp_path: Path) -> None:
    first = shelf.lock({"Cargo.toml": ITOA}, exclude_newer=datetime(2024, 4, 1, tzinfo=UTC))
    adds = '--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -5,2 +5,3 @@\n [dependencies]\n itoa = "1"\n+ryu = "1"\n'
    second = shelf.lock({"Cargo.toml": ITOA}, first, overrides=overrides(tmp_path, patch=adds)).rust("rs==1.0")

    assert second is not None
    assert [name.partition("_")[0] for name in second.crates] == ["itoa", "ryu"] and "itoa_1.0.11" in second.crates


@NEEDS_CARGO
def test_a_git_repository_on_this_machine_is_an_error(shelf: Shelf, tmp_path: Path) -> None:
    commit(tmp_path / "secret", {"Cargo.toml": MANIFEST.replace("rs", "secret"), "src/lib.rs": ""})
    manifest = f'{MANIFEST}[dependencies]\nsecret = {{ git = "file://{tmp_path / "secret"}" }}\n'

    with pytest.raises(LockError, match=r"rs 1\.0: its Cargo\.toml takes secret from git\+file:.* on this machine"):
        shelf.lock({"Cargo.toml": manifest})


@pytest.mark.index
@NEEDS_CARGO
def test_the_lock_of_a_workspace_is_in_the_folder_of_the_workspace(shelf: Shelf) -> None:
    files = {
        "pyproject.toml": f"{MATURIN}[tool.maturin]\nmanifest-path = 'crates/rs/Cargo.toml'\n",
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n[workspace.dependencies]\nitoa = "1"\n',
        "crates/rs/Cargo.toml": f"{MANIFEST}[dependencies]\nitoa.workspace = true\n",
        "crates/rs/src/lib.rs": "",
    }

    assert shelf.rust(files).root == "."


@pytest.mark.index
@NEEDS_CARGO
def test_the_error_for_a_failed_choice_is_that_of_cargo(shelf: Shelf) -> None:
    with pytest.raises(LockError, match=r"(?s)rs 1\.0: cargo generate-lockfile failed: .*no-such-crate-of-ours"):
        shelf.lock({"Cargo.toml": f'{MANIFEST}[dependencies]\nno-such-crate-of-ours = "1"\n'})


@pytest.mark.parametrize(
    "manifest", [MANIFEST, f"{MANIFEST}[dependencies]\nown = {{ path = 'own' }}\n"], ids=["none", "its own"]
)
def test_a_source_without_crates_needs_no_lock_and_no_cargo(
    shelf: Shelf, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert shelf.rust({"Cargo.toml": manifest, "own/Cargo.toml": MANIFEST}) == RustLock(".", ())


def test_a_missing_cargo_is_an_error(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ToolError, match=r"rs 1\.0: .*cargo, which .* is not on PATH: install Rust"):
        shelf.lock({"Cargo.toml": ITOA})


@pytest.mark.index
@NEEDS_CARGO
def test_a_cargo_lock_from_a_patch_is_used(shelf: Shelf, tmp_path: Path) -> None:
    rust = shelf.rust({"Cargo.toml": ITOA}, overrides=overrides(tmp_path, patch=ADDS_LOCK))

    assert (rust.crates, rust.text, rust.origin) == (("itoa_1.0.11",), "", "source")


@pytest.mark.index
@NEEDS_CARGO
def test_a_cargo_lock_of_the_overrides_replaces_that_of_the_source(shelf: Shelf, tmp_path: Path) -> None:
    own = PINNED.replace("1.0.11", "1.0.10").replace(CHECKSUM, "0" * 64)
    rust = shelf.rust({"Cargo.toml": ITOA, "Cargo.lock": own}, overrides=overrides(tmp_path, lock=PINNED))

    assert (rust.crates, rust.text, rust.origin) == (("itoa_1.0.11",), PINNED, "overrides")


def test_a_changed_override_is_read_again(shelf: Shelf, tmp_path: Path) -> None:
    files = {"Cargo.toml": MANIFEST, "Cargo.lock": 'version = 3\n[[package]]\nname = "rs"\nversion = "0.1.0"\n'}
    first = shelf.lock(files)
    with_lock = shelf.lock(files, first, overrides=overrides(tmp_path, lock=f"# one\n{files['Cargo.lock']}"))
    changed = shelf.lock(files, with_lock, overrides=overrides(tmp_path, lock=f"# two\n{files['Cargo.lock']}"))

    texts = [rust.text.partition("\n")[0] for lock in (first, with_lock, changed) if (rust := lock.rust("rs==1.0"))]
    assert texts == ["", "# one", "# two"]
    assert shelf.lock(files, changed) == first


def test_a_patch_that_does_not_apply_is_an_error_of_the_lock(shelf: Shelf, tmp_path: Path) -> None:
    bad = "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1 +1 @@\n-other\n+new\n"

    with pytest.raises(LockError, match=r"rs 1\.0: .*1\.patch: hunk 1 of 1 .* does not apply to Cargo\.toml"):
        shelf.lock({"Cargo.toml": MANIFEST}, overrides=overrides(tmp_path, patch=bad))


@NEEDS_CARGO
def test_settings_of_the_source_do_not_reach_cargo(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could name a program that cargo runs."""
    monkeypatch.setenv("CARGO_NET_RETRY", "0")
    ran = tmp_path / "ran"
    program = tmp_path / "rustc"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    files = {
        "Cargo.toml": f'{MANIFEST}build = "build.rs"\n[dependencies]\nx = {{ git = "file:///nowhere" }}\n',
        "build.rs": f'fn main() {{ std::fs::write("{ran}", "").unwrap(); }}',
        ".cargo/config.toml": f'[build]\nrustc = "{program}"\nrustc-wrapper = "{program}"\n',
        "rust-toolchain.toml": '[toolchain]\nchannel = "1.0.0"\n',
    }

    with pytest.raises(LockError, match="nowhere"):
        shelf.lock(files)
    assert not ran.exists()


@NEEDS_CARGO
def test_a_workspace_above_the_build_dir_is_an_error(shelf: Shelf) -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["py"]\n',
        "py/pyproject.toml": MATURIN,
        "py/Cargo.toml": f'{MANIFEST}[dependencies]\nx = {{ path = "../x" }}\n[features]\ny = []\n',
        "py/src/lib.rs": "",
        "x/Cargo.toml": MANIFEST.replace("rs", "x") + '[dependencies]\nitoa = "1"\n',
        "x/src/lib.rs": "",
    }
    settings = Overrides(packages={"rs": PackageSettings(build_dir="py")})

    with pytest.raises(LockError, match=r"rs 1\.0: .*(above the setting build_dir|cargo generate-lockfile failed)"):
        shelf.lock(files, overrides=settings)
