"""Rust in toolchains.lock.json: which archives belong together, and what is refused."""

import io
import tarfile
from pathlib import Path

import pytest

from fromager_gen.errors import LockError
from fromager_gen.net import session
from fromager_gen.toolchains import ToolchainsLock, read_toolchains, toolchains_text, with_rust

HOST, OTHER = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"


def add(lock: ToolchainsLock, paths: list[Path]) -> ToolchainsLock:
    with session() as client:
        return with_rust(lock, [path.as_uri() for path in paths], client)[0]


def archive(folder: Path, name: str, *members: str) -> Path:
    path = folder / f"{name}.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        for member in members:
            tar.addfile(tarfile.TarInfo(f"{name}/{member}"), io.BytesIO())
    return path


def rustc(folder: Path, version: str = "1.95.0", host: str = HOST) -> Path:
    return archive(folder, f"rustc-{version}-{host}", "version", "rustc/bin/rustc", "rustc/lib/librustc_driver.so")


def cargo(folder: Path, version: str = "1.95.0", host: str = HOST) -> Path:
    return archive(folder, f"cargo-{version}-{host}", "version", "cargo/bin/cargo")


def std(folder: Path, version: str = "1.95.0", target: str = HOST) -> Path:
    library = f"rust-std-{target}/lib/rustlib/{target}/lib/libcore-0a1b.rlib"
    return archive(folder, f"rust-std-{version}-{target}", "version", library)


def test_archives_of_one_version_are_a_toolchain_that_comes_back_whole(tmp_path: Path) -> None:
    lock = add(ToolchainsLock(), [rustc(tmp_path), cargo(tmp_path), std(tmp_path), std(tmp_path, target=OTHER)])
    path = tmp_path / "lock"
    path.write_text(toolchains_text(lock))

    (one,) = lock.rust
    assert (one.exec, one.version, one.targets) == ("x86_64", "1.95.0", (OTHER, HOST))
    assert ("rustc-1.95.0-" + HOST, f"rustc-1.95.0-{HOST}/rustc") in one.parts
    assert {file for file, _ in one.parts} == set(lock.files)
    assert read_toolchains(path) == lock


def test_the_archive_of_all_components_is_enough(tmp_path: Path) -> None:
    library = f"rust-std-{HOST}/lib/rustlib/{HOST}/lib/libcore-1.rlib"
    whole = archive(tmp_path, f"rust-1.95.0-{HOST}", "rustc/bin/rustc", "cargo/bin/cargo", library)
    lock = add(ToolchainsLock(), [whole])

    assert len(lock.files) == 1
    assert [folder.rpartition("/")[2] for _, folder in lock.rust[0].parts] == ["rustc", "cargo", f"rust-std-{HOST}"]


def test_a_standard_library_is_added_to_its_version(tmp_path: Path) -> None:
    before = add(ToolchainsLock(), [rustc(tmp_path), cargo(tmp_path), std(tmp_path)])
    lock = add(before, [std(tmp_path, target=OTHER)])

    assert lock.rust[0].targets == (OTHER, HOST)
    assert set(lock.rust[0].parts) > set(before.rust[0].parts)


def test_another_version_replaces_the_entry_and_its_files(tmp_path: Path) -> None:
    before = add(ToolchainsLock(), [rustc(tmp_path), cargo(tmp_path), std(tmp_path)])
    new = "1.96.0"
    lock = add(before, [rustc(tmp_path, new), cargo(tmp_path, new), std(tmp_path, new)])

    assert [one.version for one in lock.rust] == [new]
    assert all(new in name for name in lock.files) and len(lock.files) == 3


def test_archives_that_do_not_make_a_rust_are_refused(tmp_path: Path) -> None:
    cases = {
        "different versions of Rust: cargo-1.96.0-.* and rustc-1.95.0": [rustc(tmp_path), cargo(tmp_path, "1.96.0")],
        f"no archive has the cargo of {HOST}": [rustc(tmp_path), std(tmp_path)],
        f"no archive has the rust-std of {HOST}": [rustc(tmp_path), cargo(tmp_path)],
        "no archive has the rustc of version 1.95.0": [cargo(tmp_path), std(tmp_path)],
        "is for riscv64gc-unknown-linux-gnu. Supported targets": [rustc(tmp_path, host="riscv64gc-unknown-linux-gnu")],
        "is not an archive of Rust's distribution: its folder is named 'numpy-1.0'": [
            archive(tmp_path, "numpy-1.0", "setup.py")
        ],
        "has no rustc, cargo or standard library": [archive(tmp_path, f"rust-docs-1.95.0-{HOST}", "share/doc/a.html")],
        "is not an archive of Rust's distribution: its folder is named '..'": [archive(tmp_path, "../evil", "a")],
    }
    for says, archives in cases.items():
        with pytest.raises(LockError, match=says):
            add(ToolchainsLock(), archives)


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = rustc(tmp_path)
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(LockError, match=r"rustc-1\.95\.0.*can't be read as a tar"):
        add(ToolchainsLock(), [path])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ('"rustc-1.95.0-x86_64-unknown-linux-gnu/rustc"', '"../../etc"'),
        ('"version": "1.95.0"', '"version": "x\\\\ny"'),
        ('"targets": ["x86_64', '"targets": ["z80'),
    ],
)
def test_a_hostile_entry_is_refused(tmp_path: Path, changed: str, says: str) -> None:
    text = toolchains_text(add(ToolchainsLock(), [rustc(tmp_path), cargo(tmp_path), std(tmp_path)]))
    path = tmp_path / "lock"
    path.write_text(text.replace(changed, says))

    assert changed in text
    with pytest.raises(LockError, match="is damaged"):
        read_toolchains(path)
