"""Accelerators: which packages depend on one, what is an error, and the machine's own CUDA.

No machine of these tests has CUDA: a folder has the shape of one, with a script in the place of nvcc.
"""

import json
import zipfile
from pathlib import Path

import pytest
from support.cuda import ASKS
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, in_tree_sdist

from fromager_gen.contract import BUILD_ROOT

pytestmark = [pytest.mark.bazel, pytest.mark.index]

PLATFORM = "--platforms=//toolchains/platforms:machine_cuda_"
ROOT = f"{BUILD_ROOT}/accelerator"
# A package that writes what it finds of CUDA into its wheel.
FINDS = """
    import json, os, subprocess
    facts = {name: value for name, value in os.environ.items() if "CUDA" in name or "NVCC" in name}
    facts["said"] = subprocess.run(["nvcc", "--where"], capture_output=True, text=True, check=True).stdout
    facts["header"] = open(os.environ["CUDA_HOME"] + "/include/cuda.h").read()
    return write(wheel_directory, data=json.dumps(facts).encode())
"""


def cuda(folder: Path, version: str, build: str) -> Path:
    """Make a folder in the shape of an installed CUDA."""
    for name in ("bin", "include"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "version.json").write_text(json.dumps({"cuda": {"name": "CUDA SDK", "version": version}}))
    (folder / "include" / "cuda.h").write_text(f"/* {version} */")
    (folder / "bin" / "nvcc").write_text(
        f'#!/bin/sh\ntest "$1" = --version && echo "release {version}, build {build}" || echo "$0"\n'
    )
    (folder / "bin" / "nvcc").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("accelerators")
    graph = GraphBuilder()
    graph.add("plain", "1.0", index.add_sdist("plain", "1.0", in_tree_sdist("plain", "1.0")))
    graph.add("finds", "1.0", index.add_sdist("finds", "1.0", in_tree_sdist("finds", "1.0", FINDS)))
    (folder / "settings").mkdir()
    (folder / "settings" / "finds.yaml").write_text(ASKS)
    before = ("--variant", "cuda", "--settings-dir", folder / "settings")
    return generate(graph, "--index-url", index.url, folder=folder, before=before)


DECLARED = """
load("//toolchains:defs.bzl", "accelerator_toolchain")

accelerator_toolchain(
    name = "both",
    files = {"tool.py": "bin/tool"},
    fingerprint = "tool.py",
    machine_folder = "tool.py",
)

accelerator_toolchain(
    name = "no_fingerprint",
    machine_folder = "tool.py",
)
"""


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("both", "//mine:both: `files` and `machine_folder` exclude each other"),
        ("no_fingerprint", "//mine:no_fingerprint: `machine_folder` needs a `fingerprint` of the machine's tools"),
    ],
)
def test_an_invalid_accelerator_is_an_error(workspace: Workspace, target: str, says: str) -> None:
    folder = workspace.folder / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "BUILD.bazel").write_text(DECLARED)
    (folder / "tool.py").touch()

    assert says in workspace.build("--nobuild", f"//mine:{target}", check=False).stderr


def options(folder: Path, version: str) -> list[str]:
    """Return options of a build with the CUDA in a folder. The sandbox has its own /tmp, where the folder may be."""
    where = f"--sandbox_add_mount_pair={folder}"
    return [f"--repo_env=CUDA_HOME={folder}", PLATFORM + version.replace(".", "_"), where]


def test_a_package_that_needs_an_accelerator_is_an_error_without_one(workspace: Workspace, tmp_path: Path) -> None:
    said = workspace.build("--nobuild", "//:wheelhouse", check=False).stderr
    assert "//packages/finds/1.0:wheel: finds needs the accelerator of the variant cuda, but no toolchain of" in said
    assert "Pin CUDA with `fromager-gen toolchains add cuda VERSION --arch ARCH --output WORKSPACE`, and build" in said
    assert "Traceback" not in said.partition("finds needs")[2]

    folder = cuda(tmp_path / "cuda", "13.0.2", "1")
    said = workspace.build("--nobuild", *options(folder, "13.1"), "//:wheelhouse", check=False).stderr
    assert "is for the platform @@//toolchains/platforms:machine_cuda_13_1. Pin CUDA" in said
    workspace.build("--nobuild", *options(folder, "13.1"), "//packages/plain/1.0:wheel")


def test_the_cuda_of_the_machine_is_at_a_constant_path(workspace: Workspace, tmp_path: Path) -> None:
    folder = cuda(tmp_path / "cuda-13.0", "13.0.2", "1")
    workspace.build(*options(folder, "13.0"), "//packages/finds/1.0:wheel", cached=False)
    with zipfile.ZipFile(workspace.wheel("finds", "1.0")) as wheel:
        facts = json.loads(wheel.read("data"))

    assert facts["said"] == f"{ROOT}/bin/nvcc\n"
    assert facts["header"] == "/* 13.0.2 */"
    assert {facts[name] for name in ("CUDA_HOME", "CUDA_PATH")} == {ROOT}
    assert (facts["CUDACXX"], facts["CUDAHOSTCXX"]) == (f"{ROOT}/bin/nvcc", f"{BUILD_ROOT}/bin/c++")
    assert facts["NVCC_PREPEND_FLAGS"] == f"-ccbin {BUILD_ROOT}/bin/c++ -objtemp"
    assert facts["USE_CUDA"] == "1"


def test_another_build_of_cuda_changes_the_key_and_another_folder_does_not(
    workspace: Workspace, tmp_path: Path
) -> None:
    def sandboxed(folder: Path) -> bool:
        said = workspace.build(*options(folder, "13.0"), "//packages/finds/1.0:wheel", cached=False).stderr
        return "linux-sandbox" in said

    assert sandboxed(cuda(tmp_path / "a", "13.0.2", "2"))
    assert sandboxed(cuda(tmp_path / "a", "13.0.2", "30"))
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert not sandboxed(tmp_path / "b")


def test_a_cuda_that_was_replaced_after_its_detection_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """The program that Bazel sees is the same; it only says something else where the build runs."""
    folder = cuda(tmp_path / "cuda", "13.0.2", "4")
    (folder / "bin" / "nvcc").write_text(f"#!/bin/sh\ncase $0 in {BUILD_ROOT}/*) echo other;; *) echo first;; esac\n")
    said = workspace.build(*options(folder, "13.0"), "//packages/finds/1.0:wheel", cached=False, check=False).stderr

    assert "machine_cuda//:cuda_13_0 on this machine differ from those for which Bazel planned this build" in said
    assert "nvcc: planned first, found other" in said


def test_a_package_that_asks_for_none_has_one_key_for_all_accelerators(workspace: Workspace, tmp_path: Path) -> None:
    """The cache has the build without an accelerator. A build with one is another configuration."""
    folder = cuda(tmp_path / "cuda", "13.0.2", "5")
    common = ["--config=several-platforms", f"--disk_cache={tmp_path}/cache", "//packages/plain/1.0:wheel"]
    assert "linux-sandbox" in workspace.build(*common, cached=False).stderr
    for version in ("13.0", "13.1"):
        said = workspace.build(*options(folder, version), *common, cached=False).stderr
        assert "linux-sandbox" not in said


@pytest.mark.parametrize(
    "text", ["", "[]", '{"cuda": 1}', '{"cuda": {"version": "99.1"}}', '{"cuda": {"version": 13}}']
)
def test_a_folder_that_is_no_known_cuda_is_not_used(workspace: Workspace, tmp_path: Path, text: str) -> None:
    folder = cuda(tmp_path / "cuda", "13.0.2", "6")
    (folder / "version.json").write_text(text)
    said = workspace.build("--nobuild", *options(folder, "13.0"), "//packages/finds/1.0:wheel", check=False).stderr

    assert "finds needs the accelerator of the variant cuda" in said
