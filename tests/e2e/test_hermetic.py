"""Builds with pinned compilers: nothing of the machine's compilers is used, and the wheels run on older machines."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.workspaces import Generate, GraphBuilder, Workspace

pytestmark = [pytest.mark.bazel, pytest.mark.index]

SETUPTOOLS = "setuptools==80.9.0"
# Packages with a C extension and a C++ extension, and the module that each is loaded by.
COMPILED = {("markupsafe", "3.0.3"): "markupsafe._speedups", ("greenlet", "3.2.4"): "greenlet._greenlet"}
FLOOR = (2, 17)
OPTIONS = ("--toolchains=hermetic", "--platform", "linux_x86_64_glibc_2_17")


def graph() -> GraphBuilder:
    made = GraphBuilder()
    made.add(*SETUPTOOLS.split("=="))
    for name, version in COMPILED:
        made.add(name, version, build=(SETUPTOOLS,))
    return made


def without_compilers(folder: Path) -> str:
    """Return a PATH on which each compiler fails."""
    for name in ("cc", "c++", "gcc", "g++", "ld", "ar"):
        (folder / name).write_text("#!/bin/sh\necho called the machine >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture(scope="module")
def built(generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = generate(graph(), *OPTIONS)
    path = without_compilers(tmp_path_factory.mktemp("bin"))
    made.build("//:wheelhouse", f"--repo_env=PATH={path}")
    return made


def extension(workspace: Workspace, name: str, version: str, folder: Path) -> Path:
    with zipfile.ZipFile(workspace.wheel(name, version)) as wheel:
        wheel.extractall(folder)
        return folder / next(member for member in wheel.namelist() if member.endswith(".so"))


@pytest.mark.parametrize("package", COMPILED, ids=[name for name, _ in COMPILED])
def test_extensions_run_here_and_with_an_old_c_library(
    built: Workspace, tmp_path: Path, package: tuple[str, str]
) -> None:
    data = extension(built, *package, tmp_path).read_bytes()
    versions = {tuple(map(int, text.split(b"."))) for text in re.findall(rb"\0GLIBC_([0-9.]+)(?=\0)", data)}

    assert versions and max(versions) <= FLOOR
    assert b"libstdc++" not in data
    assert str(Path.home()).encode() not in data and str(sys.base_prefix).encode() not in data
    command = [sys.executable, "-c", f"import {COMPILED[package]}"]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(tmp_path)})


def test_another_folder_and_machine_use_every_action_from_the_cache(
    built: Workspace, generate: Generate, tmp_path: Path
) -> None:
    """The second one has the compilers of the machine on PATH, and another HOME."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    other = generate(built.folder.parent / "graph.json", *OPTIONS, folder=folder)
    said = other.build("//:wheelhouse", f"--repo_env=HOME={tmp_path}").stderr

    assert "linux-sandbox" not in said
    assert re.search(r"\d+ disk cache hit", said)
