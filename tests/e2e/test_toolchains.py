"""Toolchains: detection of the machine's tools behind shims, cache keys, and errors in declarations."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import PYTHON, Generate, GraphBuilder, Workspace, in_tree_sdist

from fromager_gen.contract import BUILD_ROOT

pytestmark = [pytest.mark.bazel, pytest.mark.index]

BY_HAND = """
load("//rules:defs.bzl", "pep517_wheel")
load("//toolchains:defs.bzl", "accelerator_toolchain", "python_toolchain")

python_toolchain(
    name = "no_python",
    version = "3.12",
)

python_toolchain(
    name = "python_like_any_other",
    interpreter = "uses.py",
    version = "3.12",
)

accelerator_toolchain(name = "nothing")

pep517_wheel(
    name = "rusty",
    rust = True,
    source = "//packages/dep/2.0:source",
)

py_binary(
    name = "uses",
    srcs = ["uses.py"],
    deps = ["//packages/pkg/1.0:lib"],
)
"""


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate) -> Workspace:
    graph = GraphBuilder()
    graph.add("dep", "2.0", index.add_sdist("dep", "2.0", in_tree_sdist("dep", "2.0")))
    needs = '    return write(wheel_directory, requires=["dep"])'
    url = index.add_sdist("pkg", "1.0", in_tree_sdist("pkg", "1.0", needs))
    graph.add("pkg", "1.0", url, install=("dep==2.0",))
    made = generate(graph, "--index-url", index.url)
    (made.folder / "mine").mkdir()
    (made.folder / "mine" / "BUILD.bazel").write_text(BY_HAND)
    (made.folder / "mine" / "uses.py").write_text("import dep, pkg\nprint('found', pkg.version, dep.version)\n")
    return made


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("no_python", "//mine:no_python: set `interpreter`, or `missing` to say why there is none"),
        ("python_like_any_other", "//mine:python_like_any_other: set the interpreter's `files`, or a `fingerprint`"),
        ("nothing", "//mine:nothing: set `programs`, `files` or `data`, or a `fingerprint` of the machine's tools"),
    ],
)
def test_an_error_names_a_toolchain_with_an_invalid_declaration(workspace: Workspace, target: str, says: str) -> None:
    result = workspace.build("--nobuild", f"//mine:{target}", check=False)

    assert result.returncode == 1
    assert says in result.stderr


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("CC=no-such-cc", "CC=no-such-cc is not a program"),
        ("CC=/usr/bin", "CC=/usr/bin is not a program"),
        ("CC=.", "CC=. is a relative path; give an absolute path, or a name on PATH"),
        ("CC=./gcc", "CC=./gcc is a relative path"),
        ("CC=/etc/passwd", "CC=/etc/passwd is not a compiler that runs: `-dumpmachine` failed with "),
        ("CXX=false", "CXX=false is not a compiler that runs: `--version` failed with 1"),
    ],
)
def test_an_error_names_a_compiler_that_cannot_be_used(workspace: Workspace, variable: str, says: str) -> None:
    said = workspace.build("--nobuild", f"--repo_env={variable}", "//packages/pkg/1.0:wheel", check=False).stderr

    assert says in said


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_python_is_found_behind_the_shims_of_pyenv(workspace: Workspace, tmp_path: Path) -> None:
    """The newest of several is used, a shim may not work, and a later installation is found. There is no Rust."""
    program(tmp_path / f"shims/python{PYTHON}", "exit 127")
    program(tmp_path / f"versions/{PYTHON}.9/bin/python{PYTHON}", "exit 1")
    program(tmp_path / f"versions/{PYTHON}.10/bin/python{PYTHON}", f'exec {Path(sys.executable).resolve()} "$@"')
    said = {"PATH": tmp_path / "shims", "HOME": tmp_path, "PYENV_ROOT": "", "CARGO_HOME": "", "CC": "", "CXX": ""}
    options = ["--nobuild", *(f"--repo_env={name}={value}" for name, value in said.items())]

    workspace.build(*options, "//packages/pkg/1.0:wheel")
    error = workspace.build(*options, "//mine:rusty", check=False).stderr
    assert "//mine:rusty: dep needs Rust, but no Rust is registered for the platform" in error

    program(tmp_path / f"versions/{PYTHON}.10/bin/python{PYTHON}", "exit 1")
    error = workspace.build(*options, "//packages/pkg/1.0:wheel", check=False).stderr
    assert f"no Python {PYTHON} on this machine. Looked for: python{PYTHON} on PATH, python3 on PATH" in error

    program(tmp_path / "shims/python3", f'exec {Path(sys.executable).resolve()} "$@"')
    workspace.build(*options, "//packages/pkg/1.0:wheel")


def test_another_compiler_changes_the_cache_key(workspace: Workspace, tmp_path: Path) -> None:
    """A machine does not take the output of another machine's compiler from the cache.

    Bazel restarts a detection for each new file to watch, so programs run only after all files are watched.
    """
    runs = tmp_path / "runs"
    compiler = program(tmp_path / "cc", f'echo "$@" >> {runs}; echo "cc of this test, 1"')
    target = "//packages/dep/2.0:wheel"

    def sandboxed() -> bool:
        return "linux-sandbox" in workspace.build(target, f"--repo_env=CC={compiler}", cached=False).stderr

    assert sandboxed()
    asked = ["-dumpmachine", "-print-prog-name=cc1", "-print-prog-name=collect2"]
    assert sorted(set(runs.read_text().split())) == asked
    assert not sandboxed()
    program(compiler, 'echo "cc of this test, 2"')
    assert sandboxed()


def test_equal_tools_at_other_paths_have_the_same_key(workspace: Workspace, tmp_path: Path) -> None:
    """PATH, HOME and CC lead to the same programs by other links."""
    for name in ("cc", "sed", "awk", f"python{PYTHON}"):
        (tmp_path / name).symlink_to(str(shutil.which(name) if name != f"python{PYTHON}" else Path(sys.executable)))

    def sandboxed(*options: str) -> bool:
        return "linux-sandbox" in workspace.build("//packages/dep/2.0:wheel", *options, cached=False).stderr

    sandboxed()
    assert not sandboxed(f"--repo_env=PATH={tmp_path}:{os.environ['PATH']}")
    assert not sandboxed("--repo_env=CC=cc")
    assert not sandboxed(f"--repo_env=CC={tmp_path}/cc", "--repo_env=PYENV_ROOT=/nonexistent")


def test_the_key_of_a_build_contains_no_path_of_the_machine(workspace: Workspace) -> None:
    asked = workspace.run("aquery", "--include_artifacts", "//packages/pkg/1.0:wheel").stdout

    # Bazel itself gives each action a folder of the workspace, and names the folder that builds have.
    paths = {word for word in re.findall(r"(?<![\w.])/[\w./-]+", asked) if not word.startswith(("//", BUILD_ROOT))}
    assert {path for path in paths if Path(path).exists()} == set()


def test_a_link_to_another_program_is_noticed(workspace: Workspace, tmp_path: Path) -> None:
    """The server runs on. An upgrade may replace only the link, as `update-alternatives` does."""
    program(tmp_path / "ld-1", 'echo "ld of this test, 1"')
    program(tmp_path / "ld-2", 'echo "another ld of this test"')  # Bazel takes equal size and time for equal content
    link = tmp_path / "bin" / "ld"
    link.parent.mkdir()

    def sandboxed(name: str) -> bool:
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / name)
        option = f"--repo_env=PATH={link.parent}:{os.environ['PATH']}"
        return "linux-sandbox" in workspace.build("//packages/dep/2.0:wheel", option, cached=False).stderr

    assert sandboxed("ld-1")
    assert not sandboxed("ld-1")
    assert sandboxed("ld-2")


def test_a_compiler_may_be_a_command_with_arguments(workspace: Workspace, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    program(tmp_path / "ccache", f'echo "$@" >> {runs}; exec "$@"')
    option = f"--repo_env=CC={tmp_path}/ccache cc -m64"
    said = workspace.build("//packages/dep/2.0:wheel", option, cached=False).stderr

    assert "linux-sandbox" in said
    assert {line.split(" ", 1)[1] for line in runs.read_text().splitlines()} == {
        "-m64 -dumpmachine", "-m64 -print-prog-name=cc1", "-m64 -print-prog-name=collect2",
    }  # fmt: skip


def test_another_build_of_python_changes_the_cache_key(workspace: Workspace, tmp_path: Path) -> None:
    """The program is the same, but its fingerprint differs, so the action on this machine refuses to build."""
    real = Path(sys.executable).resolve()

    def built(build: str) -> str:
        changed = f"""{real} "$@" | sed 's/"cpython"/"{build}"/'"""
        script = f'case "$*" in *python/identify.py*) {changed};; *) exec {real} "$@";; esac'
        program(tmp_path / f"python{PYTHON}", script)
        option = f"--repo_env=PATH={tmp_path}:{os.environ['PATH']}"
        return workspace.build("//packages/dep/2.0:wheel", option, cached=False, check=False).stderr

    first = built("one")
    assert "dep 2.0 could not be built: the tools of " in first
    assert "machine_python//:python on this machine differ from those for which Bazel planned this build:" in first
    assert "\n  implementation: planned one, found cpython\n" in first
    assert "\n  implementation: planned another, found cpython\n" in built("another")


@pytest.mark.parametrize("installer", ["rust's own", "a distribution's"])
def test_a_rust_is_found_behind_the_shim_of_rustup_and_another_changes_the_key(
    workspace: Workspace, tmp_path: Path, installer: str
) -> None:
    """The shim works only with its own HOME. A build has another HOME, and runs the toolchain of the shim directly."""
    sysroot, real = tmp_path / "toolchains" / "stable", Path(sys.executable).resolve()
    program(tmp_path / "bin/rustc", f'test "$HOME" = {tmp_path} && echo {sysroot}')
    program(tmp_path / f"bin/python{PYTHON}", f'exec {real} "$@"')
    program(sysroot / "bin/cargo", 'echo "cargo of this test"')
    (sysroot / "lib" / "rustlib" / "x86_64-unknown-linux-gnu" / "lib").mkdir(parents=True)
    if installer == "rust's own":
        (sysroot / "lib" / "rustlib" / "components").touch()

    def sandboxed(version: int) -> bool:
        program(sysroot / "bin/rustc", f'echo "rustc of this test, {version}"')
        said = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": tmp_path, "CARGO_HOME": "", "RUSTUP_HOME": ""}
        options = [f"--repo_env={name}={value}" for name, value in said.items()]
        return "linux-sandbox" in workspace.build("//mine:rusty", *options, cached=False).stderr

    assert sandboxed(1)
    assert not sandboxed(1)
    assert sandboxed(2)


def test_a_python_program_can_depend_on_a_wheel(workspace: Workspace) -> None:
    result = workspace.run("run", "--color=no", f"--disk_cache={workspace.disk_cache}", "//mine:uses")

    assert "found 1.0 2.0" in result.stdout
