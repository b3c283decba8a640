"""Builds with pinned compilers: nothing of the machine's compilers is used, and the wheels run on older machines."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support import debian
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, generator

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


def hashed(index: Index, files: dict[str, str]) -> str:
    """Serve a source that the machine's index does not have; return its URL with its hash."""
    url = index.add_sdist("badly", "1.0", files)
    return f"{url}#sha256={hashlib.sha256(index.files['badly']['badly-1.0.tar.gz']).hexdigest()}"


def without_compilers(folder: Path) -> str:
    """Return a PATH on which each compiler fails."""
    for name in ("cc", "c++", "gcc", "g++", "ld", "ar"):
        (folder / name).write_text("#!/bin/sh\necho called the machine >&2\nexit 1\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


# A package whose extension searches its libraries in a folder of the machine that built it.
SETUP = """
from setuptools import Extension, setup
badly = Extension("badly", ["badly.c"], extra_link_args=["-Wl,-rpath,/opt/lib"])
setup(name="badly", version="1.0", ext_modules=[badly])
"""
MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "badly"};
PyMODINIT_FUNC PyInit_badly(void) { return PyModule_Create(&module); }
"""
PYPROJECT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


@pytest.fixture(scope="module")
def built(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    url = hashed(index, {"setup.py": SETUP, "badly.c": MODULE, "pyproject.toml": PYPROJECT})
    made = generate(graph().add("badly", "1.0", url, build=(SETUPTOOLS,)), *OPTIONS)
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
    assert built.wheel(*package).name.endswith("-manylinux_2_17_x86_64.whl")
    assert b"libstdc++" not in data
    assert str(Path.home()).encode() not in data and str(sys.base_prefix).encode() not in data
    command = [sys.executable, "-c", f"import {COMPILED[package]}"]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(tmp_path)})


def test_gates_pass_or_name_the_file_and_the_rule(built: Workspace) -> None:
    good = [f"//packages/{name}/{version}:gates" for name, version in COMPILED]
    # The sandbox has its own /tmp, where a clone with its Bazel may be.
    options = ["--color=no", "--curses=no", f"--disk_cache={built.disk_cache}", "--test_output=errors", "--keep_going"]
    options.append(f"--sandbox_add_mount_pair={sys.prefix}")
    built.run("test", *options, *good)
    said = built.run("test", *options, "//:gates", check=False)

    assert said.returncode == 3
    assert "badly-1.0-0-" in said.stdout
    assert "  paths: badly.cpython-" in said.stdout
    assert "searches libraries in /opt/lib; only $ORIGIN is allowed" in said.stdout


def test_an_error_names_a_platform_without_a_compiler_and_how_to_get_one(built: Workspace) -> None:
    option = "--platforms=//toolchains/platforms:linux_x86_64_musl_1_2"
    said = built.build("--nobuild", option, "//packages/markupsafe/3.0.3:wheel", check=False).stderr

    assert "no C compiler is registered for the platform @@//toolchains/platforms:linux_x86_64_musl_1_2: " in said
    assert "generate the workspace with --toolchains=hermetic --platform linux_x86_64_musl_1_2" in said


def test_a_compiler_with_another_hash_is_refused(generate: Generate, tmp_path: Path) -> None:
    made = generate(graph(), *OPTIONS, folder=tmp_path)
    lock = made.folder / "toolchains.lock.json"
    right = re.findall('"sha256": "([0-9a-f]{64})"', lock.read_text())
    lock.write_text(re.sub("|".join(right), "ab" * 32, lock.read_text()))
    said = made.build("//packages/markupsafe/3.0.3:wheel", cached=False, check=False).stderr

    assert "Checksum was" in said and "but wanted sha256-q6urq6ur" in said
    assert "ziglang" in said


def test_another_folder_and_machine_use_every_action_from_the_cache(
    built: Workspace, generate: Generate, tmp_path: Path
) -> None:
    """The second one has the compilers of the machine on PATH, and another HOME."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    other = generate(built.folder.parent / "graph.json", *OPTIONS, folder=folder)
    said = other.build("//:wheelhouse", f"--repo_env=HOME={tmp_path}").stderr

    # The wheelhouse, and the programs and libraries that check wheels, are never from a cache.
    assert re.search(r"\d+ disk cache hit, \d+ internal, 3 linux-sandbox\.", said)


# Headers and libraries of a Debian, with libstdc++.
SYSROOT = ("libc6", "libc6-dev", "libgcc-12-dev", "libgcc-s1", "libstdc++-12-dev", "libstdc++6", "linux-libc-dev")


@pytest.mark.slow
def test_a_sysroot_of_debian_packages_has_libstdcxx(
    index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    addresses = debian.packages(*SYSROOT)
    folder = tmp_path_factory.mktemp("sysroot")
    generator("toolchains", "add", "sysroot", *addresses, "--output", folder / "workspace", cwd=folder)
    made = generate(graph(), "--toolchains=hermetic", "--platform", "linux_x86_64_glibc_2_39", folder=folder)
    made.build("//packages/greenlet/3.2.4:wheel", f"--repo_env=PATH={without_compilers(tmp_path)}")
    data = extension(made, "greenlet", "3.2.4", tmp_path / "wheel").read_bytes()

    assert made.wheel("greenlet", "3.2.4").name.endswith("-manylinux_2_39_x86_64.whl")
    assert b"libstdc++.so.6\0" in data and b"std::__1" not in data and b"NSt3__1" not in data
    command = [sys.executable, "-c", "import greenlet; print(greenlet.greenlet(lambda: 42).switch())"]
    said = subprocess.run(command, check=True, env={"PYTHONPATH": str(tmp_path / "wheel")}, capture_output=True)
    assert said.stdout == b"42\n"
