"""CUDA out of wheels: two versions in one build, the same bytes in two folders, and nothing of the machine's CUDA."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.cuda import ASKS, SUMS
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, generator

from fromager_gen.contract import BUILD_ROOT

# Fetches 250 MB of wheels, and makes each toolchain twice.
pytestmark = [pytest.mark.bazel, pytest.mark.index, pytest.mark.slow]

SETUPTOOLS = "setuptools==80.9.0"
VERSIONS = {"13_4": ("80", "90"), "13_5": ("75", "90")}
PLATFORM = "linux_x86_64_glibc_2_17"
TWO = """
load("//rules:defs.bzl", "wheelhouse_for_platform")

[wheelhouse_for_platform(
    name = "cuda_" + version,
    platform = "//toolchains/platforms:linux_x86_64_glibc_2_17_cuda_" + version,
    wheelhouse = "//:wheelhouse",
) for version in ["13_4", "13_5"]]
"""


def made(index: Index, generate: Generate, folder: Path) -> Workspace:
    """Write a workspace whose package `sums` asks for CUDA, and `markupsafe` does not."""
    url = index.add_sdist("sums", "1.0", SUMS)
    url += f"#sha256={hashlib.sha256(index.files['sums']['sums-1.0.tar.gz']).hexdigest()}"
    graph = GraphBuilder().add(*SETUPTOOLS.split("==")).add("markupsafe", "3.0.3", build=(SETUPTOOLS,))
    graph.add("sums", "1.0", url, build=(SETUPTOOLS,))
    (folder / "settings").mkdir(parents=True)
    (folder / "settings" / "sums.yaml").write_text(ASKS)
    for version, archs in VERSIONS.items():
        options = [word for arch in archs for word in ("--arch", arch)]
        pinned = [version.replace("_", "."), *options, "--output", folder / "workspace"]
        generator("toolchains", "add", "cuda", *pinned, cwd=folder)
    wanted = ("--toolchains=hermetic", "--platform", f"{PLATFORM}_cuda_13_4", "--platform", f"{PLATFORM}_cuda_13_5")
    before = ("--variant", "cuda", "--settings-dir", folder / "settings")
    workspace = generate(graph, *wanted, folder=folder, before=before)
    (workspace.folder / "mine").mkdir()
    (workspace.folder / "mine" / "BUILD.bazel").write_text(TWO)
    return workspace


def without_cuda(folder: Path) -> list[str]:
    """Return options with a PATH and a CUDA_HOME whose programs fail."""
    (folder / "bin").mkdir()
    for name in ("nvcc", "cc", "c++", "gcc", "g++"):
        (folder / "bin" / name).write_text("#!/bin/sh\necho called the machine >&2\nexit 1\n")
        (folder / "bin" / name).chmod(0o755)
    return [f"--repo_env=PATH={folder}/bin:{os.environ['PATH']}", f"--repo_env=CUDA_HOME={folder}"]


@pytest.fixture(scope="module")
def built(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> list[Workspace]:
    """Return two workspaces in different folders, each of which was built without the cache of the other."""
    options = ["--config=several-platforms", *without_cuda(tmp_path_factory.mktemp("nothing")), "//mine:all"]
    found = []
    for folder in (tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other") / "of a longer name"):
        workspace = made(index, generate, folder)
        workspace.build(*options, f"--disk_cache={folder}/cache", cached=False)
        found.append(workspace)
    return found


def wheels(workspace: Workspace, version: str) -> dict[str, Path]:
    return {path.name.split("-")[0]: path for path in workspace.out(f"mine/cuda_{version}").glob("*.whl")}


def library(workspace: Workspace, version: str, folder: Path) -> Path:
    with zipfile.ZipFile(wheels(workspace, version)["sums"]) as packed:
        (name,) = (member for member in packed.namelist() if member.endswith(".so"))
        return Path(packed.extract(name, folder / version))


def read(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_two_folders_have_the_same_bytes(built: list[Workspace]) -> None:
    for version in VERSIONS:
        one, other = (wheels(workspace, version) for workspace in built)
        assert {name: path.read_bytes() for name, path in one.items()} == {
            name: path.read_bytes() for name, path in other.items()
        }
        assert set(one) == {"markupsafe", "setuptools", "sums"}


def test_only_the_package_that_asks_for_cuda_depends_on_it(built: list[Workspace]) -> None:
    old, new = (wheels(built[0], version) for version in VERSIONS)

    assert {name for name in old if old[name].read_bytes() != new[name].read_bytes()} == {"sums"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_library_has_the_code_of_its_gpus_and_needs_only_the_driver(
    built: list[Workspace], tmp_path: Path, version: str
) -> None:
    path = library(built[0], version, tmp_path)
    data = path.read_bytes()
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", read("readelf", "-d", path)))
    glibc = {tuple(map(int, text.split(b"."))) for text in re.findall(rb"\0GLIBC_([0-9.]+)(?=\0)", data)}
    symbols = read("nm", "-D", path)

    assert {one.decode() for one in re.findall(rb"sm_([0-9]+[af]?)", data)} == set(VERSIONS[version])
    assert needed - {"libcuda.so.1"} <= {f"lib{one}" for one in ("c.so.6", "dl.so.2", "m.so.6", "rt.so.1")} | {
        "libpthread.so.0", "ld-linux-x86-64.so.2",
    }  # fmt: skip
    assert "libcuda.so.1" in needed and max(glibc) <= (2, 17)
    assert re.search(r" U cuDriverGetVersion$", symbols, re.M) and re.search(r" T PyInit_sums$", symbols, re.M)
    assert BUILD_ROOT.encode() not in data and b"tmpxft" not in data
    assert wheels(built[0], version)["sums"].name.endswith("-manylinux_2_17_x86_64.whl")


def test_a_wheel_for_a_gpu_passes_the_gates(built: list[Workspace]) -> None:
    options = ["--config=several-platforms", "--color=no", "--curses=no", "--test_output=all"]
    options += [f"--disk_cache={built[0].folder.parent}/cache", f"--sandbox_add_mount_pair={sys.prefix}"]
    said = built[0].run("test", *options, "//packages/sums/1.0:gates").stdout

    assert "sums was not imported: this machine has no driver of a GPU" in said


def test_cuda_reports_that_there_is_no_gpu(built: list[Workspace], tmp_path: Path) -> None:
    """CUDA's runtime is in the library. Without a GPU no value is changed. A stub takes the place of the driver."""
    path = library(built[0], "13_5", tmp_path)
    (tmp_path / "x.c").write_text("int cuDriverGetVersion(int *version) { *version = 0; return 0; }")
    stub = ["cc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "x.c", "-o", "libcuda.so.1"]
    subprocess.run(stub, cwd=tmp_path, check=True)
    call = "import ctypes, sys; total = ctypes.PyDLL(sys.argv[1]).total; total.restype = ctypes.c_double; "
    call += "print(total(ctypes.byref(ctypes.c_double(4.0)), 1))"
    said = subprocess.run(
        [sys.executable, "-c", call, path],
        check=True, capture_output=True, text=True, env={"LD_LIBRARY_PATH": str(tmp_path)},
    ).stdout  # fmt: skip

    assert float(said) == -1.0
