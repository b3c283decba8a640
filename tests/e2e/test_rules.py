"""The rules and toolchains in handwritten BUILD files, and sources that are not in an index."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, commit, generator, in_tree_sdist

pytestmark = [pytest.mark.bazel, pytest.mark.index]

RECORDS = """
    with open("seen.py", "w"): pass
    import json
    names = ("CUDA_HOME", "CUDA_LIB", "TORCH_CUDA_ARCH_LIST", "GREETING", "SETTING")
    seen = {name: os.environ.get(name) for name in names}
    global EXTRA
    EXTRA = f"seen = {seen!r}\\nsettings = {config_settings!r}\\n"
    return write(wheel_directory)
"""
BY_HAND = """
load("//rules:defs.bzl", "pep517_wheel")
load("//toolchains:defs.bzl", "accelerator_toolchain")

pep517_wheel(
    name = "two_versions",
    build_requires = [
        "//packages/tool/1.0:wheel",
        "//packages/tool/2.0:wheel",
    ],
    source = "//packages/aware/1.0:source",
)

accelerator_toolchain(
    name = "cuda_13_0",
    env = {"CUDA_HOME": "/opt/cuda-13.0"},
    fingerprint = "nvcc-version.txt",
)

accelerator_toolchain(
    name = "without_variables",
    fingerprint = "nvcc-version.txt",
)

toolchain(
    name = "cuda",
    toolchain = ":cuda_13_0",
    toolchain_type = "//toolchains/accelerator:toolchain_type",
)

toolchain(
    name = "other",
    toolchain = ":without_variables",
    toolchain_type = "//toolchains/accelerator:toolchain_type",
)
"""
SETTINGS = """
config_settings: {"--global-option": [a, b]}
variants:
  cuda:
    env: {CUDA_LIB: "${CUDA_HOME}/lib64", GREETING: "${UNSET:-hello}-$__version__"}
"""


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("by-hand")
    graph = GraphBuilder()
    for version in ("1.0", "2.0"):
        graph.add("tool", version, index.add_sdist("tool", version, in_tree_sdist("tool", version)))
    for name in ("aware", "neutral"):
        graph.add(name, "1.0", index.add_sdist(name, "1.0", in_tree_sdist(name, "1.0", RECORDS)))
    from_git = in_tree_sdist("from-git", "3.0")
    del from_git["PKG-INFO"]
    graph.add(
        "from-git", "3.0", f"git+file://{commit(base / 'repository', from_git, ['tag', '-a', 'v3.0', '-m', 'x'])}@v3.0"
    )
    lost = commit(base / "lost", in_tree_sdist("lost", "1.0"), ["tag", "v1.0"])
    graph.add("lost", "1.0", f"git+file://{lost}@v1.0")
    (base / "overrides" / "settings").mkdir(parents=True)
    (base / "overrides" / "settings" / "aware.yaml").write_text(SETTINGS)
    made = generate(graph, "--variant=cuda", "--index-url", index.url, folder=base)
    shutil.rmtree(lost)
    (made.folder / "mine").mkdir()
    (made.folder / "mine" / "BUILD.bazel").write_text(BY_HAND)
    (made.folder / "mine" / "nvcc-version.txt").write_text("13.0.88\n")
    return made


def seen(workspace: Workspace, name: str) -> dict[str, object]:
    found: dict[str, object] = {}
    with zipfile.ZipFile(workspace.wheel(name, "1.0")) as wheel:
        exec(wheel.read(f"{name}.py").decode(), found)  # noqa: S102 - written by the test's own backend
    return found


def test_two_versions_of_a_tool_are_refused_with_both_labels(workspace: Workspace) -> None:
    said = workspace.build("//mine:two_versions", check=False).stderr

    assert "build_requires has tool 1.0 (" in said
    assert "packages/tool/2.0:wheel); keep one." in said


def test_only_a_package_with_settings_for_the_variant_gets_the_accelerator(workspace: Workspace) -> None:
    workspace.build("--extra_toolchains=//mine:cuda", "//packages/aware/1.0:wheel", "//packages/neutral/1.0:wheel")

    aware = seen(workspace, "aware")
    assert aware["seen"] == {
        "CUDA_HOME": "/opt/cuda-13.0",
        "CUDA_LIB": "/opt/cuda-13.0/lib64",
        "TORCH_CUDA_ARCH_LIST": None,
        "GREETING": "hello-1.0",
        "SETTING": None,
    }
    assert aware["settings"] == {"--global-option": ["a", "b"]}
    assert seen(workspace, "neutral")["seen"] == dict.fromkeys(aware["seen"])  # type: ignore[call-overload]


def test_an_error_names_a_variable_that_is_not_set(workspace: Workspace) -> None:
    said = workspace.build("--extra_toolchains=//mine:other", "//packages/aware/1.0:wheel", check=False).stderr

    assert "aware 1.0 could not be built: setting env.CUDA_LIB = '${CUDA_HOME}/lib64' needs ${CUDA_HOME}" in said


def test_a_changed_url_is_fetched_even_if_the_hash_is_in_the_cache(workspace: Workspace, index: Index) -> None:
    """Otherwise Bazel's repository cache would hide a URL that does not exist."""
    target, lock = "//packages/neutral/1.0:sdist", workspace.folder / "fromager.lock.json"
    workspace.build(target)
    text = lock.read_text()
    lock.write_text(text.replace("/files/neutral/", "/files/gone/"))
    result = workspace.build(target, check=False)
    lock.write_text(text)

    assert result.returncode == 1
    assert "404" in result.stderr
    assert [path for path in index.requests if path.startswith("/files/gone/")]


def test_a_commit_is_a_source_and_gets_a_missing_pkg_info(workspace: Workspace) -> None:
    workspace.build("//packages/from-git/3.0:wheel", "//packages/from-git/3.0:source")

    assert workspace.wheel("from-git", "3.0").name == "from_git-3.0-0-py3-none-any.whl"
    (archive,) = workspace.out("packages/from-git/3.0/source").iterdir()
    listing = subprocess.run(["tar", "-tzf", archive], capture_output=True, text=True, check=True).stdout
    assert "from_git-3.0/PKG-INFO" in listing
    locked = json.loads((workspace.folder / "fromager.lock.json").read_text())["files"]["sdist_from-git_3.0"]
    assert len(locked["commit"]) == 40


def test_an_error_names_a_commit_that_no_longer_exists(workspace: Workspace) -> None:
    said = workspace.build("//packages/lost/1.0:wheel", check=False).stderr

    locked = json.loads((workspace.folder / "fromager.lock.json").read_text())["files"]["sdist_lost_1.0"]
    assert f"{locked['git']} at {locked['commit']}: git fetch failed: fatal: " in said


def test_a_build_works_in_the_hermetic_sandbox(workspace: Workspace) -> None:
    options = ["--config=hermetic", f"--sandbox_add_mount_pair={sys.base_prefix}"]

    workspace.build(*options, "//packages/tool/1.0:wheel", cached=False)


def test_an_incomplete_graph_leaves_the_workspace_unchanged(workspace: Workspace, tmp_path: Path) -> None:
    before = sorted((p, p.stat().st_mtime_ns) for p in (workspace.folder / "packages").rglob("*"))
    cut = tmp_path / "graph.json"
    cut.write_text((workspace.folder.parent / "graph.json").read_text()[:-40])
    said = generator("generate", cut, "--output", workspace.folder, cwd=tmp_path, check=False)

    assert said.returncode == 3
    assert "is damaged or not JSON" in said.stderr
    assert sorted((p, p.stat().st_mtime_ns) for p in (workspace.folder / "packages").rglob("*")) == before
