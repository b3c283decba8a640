"""Rust out of pinned archives: no program of the machine's Rust is used, and the libraries run on older machines."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from support.indexes import Index
from support.rust import SETUPTOOLS, add_rust_package, check_rust_library, machines_sysroot, make_archives, release
from support.rust import rust_source as source_of
from support.workspaces import NEEDS_CARGO, Generate, GraphBuilder, Workspace, generator

pytestmark = [pytest.mark.bazel, pytest.mark.index, NEEDS_CARGO]

TRIPLE = "x86_64-unknown-linux-gnu"
WHEEL = "//packages/rusty/1.0:wheel"


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_archives(machines_sysroot(), release(), TRIPLE, tmp_path_factory.mktemp("rust"))


@pytest.fixture(scope="module")
def workspace(
    index: Index, generate: Generate, archives: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    folder = tmp_path_factory.mktemp("rusty")
    url = index.add_sdist("rusty", "1.0", source_of(folder))
    graph = GraphBuilder().add(*SETUPTOOLS.split("=="))
    add_rust_package(graph, f"{url}#sha256={hashlib.sha256(index.files['rusty']['rusty-1.0.tar.gz']).hexdigest()}")
    made = generate(graph, "--toolchains=hermetic", "--platform", "linux_x86_64_glibc_2_17")
    said = generator(
        "toolchains", "add", "rust", "--output", made.folder, *(path.as_uri() for path in archives), cwd=made.folder
    )
    assert f"Rust {release()} on x86_64: {TRIPLE}" in said.stderr
    return made


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def without_rust(folder: Path) -> str:
    """Return an option with a PATH on which rustc, cargo and the C compiler fail, and an empty HOME."""
    for name in ("cargo", "rustc", "cc", "gcc"):
        (folder / name).write_text("#!/bin/sh\necho called the machine >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    return f"--repo_env=PATH={folder}:{os.environ['PATH']}"


def test_a_rust_library_is_built_by_pinned_rust_for_an_old_c_library(workspace: Workspace, tmp_path: Path) -> None:
    workspace.build(WHEEL, without_rust(tmp_path), f"--repo_env=HOME={tmp_path}")
    wheel = workspace.wheel("rusty", "1.0")
    library = check_rust_library(wheel, tmp_path).read_bytes()

    versions = {tuple(map(int, text.split(b"."))) for text in re.findall(rb"\0GLIBC_([0-9.]+)(?=\0)", library)}
    assert versions and max(versions) <= (2, 17)
    assert wheel.name.endswith("-manylinux_2_17_x86_64.whl")
    assert b"libgcc_s" not in library


def test_an_archive_of_another_version_than_the_locks_is_refused(workspace: Workspace) -> None:
    lock = workspace.folder / "toolchains.lock.json"
    right = lock.read_text()
    lock.write_text(right.replace(f'"version": "{release()}"', '"version": "1.2.3"'))
    said = workspace.build(WHEEL, check=False).stderr
    lock.write_text(right)

    assert "toolchains.lock.json states rustc 1.2.3, but rustc --version prints 'rustc " + release() in said


def test_an_archive_with_another_hash_is_refused(workspace: Workspace, archives: list[Path]) -> None:
    lock = workspace.folder / "toolchains.lock.json"
    right = lock.read_text()
    lock.write_text(right.replace(digest(archives[0]), "ab" * 32))
    said = workspace.build(WHEEL, check=False).stderr
    lock.write_text(right)

    assert "Checksum was" in said and "but wanted sha256-q6urq6ur" in said
    assert "cargo-" in said
