"""The analysis tests of this folder, run as Bazel's central registry runs them: as a module that depends on ours."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.command import output
from support.samples import golden_lock

from fromager_gen.bazel import find_bazel
from fromager_gen.contract import VERSION

HERE = Path(__file__).parent
TOP = HERE.parents[1]
# The changes of Bazel 9 that Bazel 7.7 can imitate: https://bazel.build/release
ANALYSIS = [
    "--noenable_workspace",
    "--incompatible_disable_native_repo_rules",
    "--incompatible_disable_target_provider_fields",
    "--incompatible_disallow_empty_glob",
    "--incompatible_disallow_struct_provider_syntax",
    "--incompatible_no_implicit_file_export",
    "--incompatible_use_plus_in_repo_names",
]
# With these, packages can be loaded but not analysed: the tools of Bazel 7.7 need the symbols that are removed.
LOADING = [
    *ANALYSIS,
    "--incompatible_autoload_externally=-@rules_python",
    "--incompatible_stop_exporting_language_modules",
]
# Stands for the rules_python that Bazel 9 comes with, which defines PyInfo itself. A machine may have an older one.
RULES_PYTHON = {
    "MODULE.bazel": 'module(name = "rules_python")\n',
    "BUILD.bazel": "",
    "python/BUILD.bazel": "",
    "python/py_info.bzl": 'PyInfo = provider(fields = ["imports", "transitive_sources"])\n',
}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def bazel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    program, root = find_bazel(HERE).program, tmp_path_factory.mktemp("bazel")

    def run(*arguments: str | Path, folder: Path = HERE) -> subprocess.CompletedProcess[str]:
        command = [program, f"--output_user_root={root}", *map(str, arguments)]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ})

    yield run
    for file in root.glob("*/server/server.pid.txt"):
        os.kill(int(file.read_text()), signal.SIGTERM)


@pytest.fixture(scope="module")
def rules_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("rules_python")
    for name, text in RULES_PYTHON.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return f"--override_module=rules_python={folder}"


@pytest.mark.bazel
@pytest.mark.parametrize("flags", [[], ANALYSIS], ids=["Bazel 7", "as Bazel 9"])
def test_analysis_tests_pass(bazel: Run, flags: list[str]) -> None:
    result = bazel("test", "--symlink_prefix=/", "--test_output=errors", *flags, "//...")

    assert result.returncode == 0, result.stdout + result.stderr
    assert len(re.findall(r"^//:\w+ +PASSED", result.stdout, re.M)) > 15


@pytest.mark.bazel
def test_the_module_loads_as_bazel_9_loads_it(bazel: Run, rules_python: str) -> None:
    result = bazel(
        "query",
        "--output=label_kind",
        rules_python,
        *LOADING,
        "//... + @fromager_gen//rules/... + @fromager_gen//toolchains/...",
    )

    assert result.returncode == 0, result.stderr
    assert "pep517_wheel rule //:built" in result.stdout
    assert "_programs rule @fromager_gen//rules:programs" in result.stdout


@pytest.mark.bazel
@pytest.mark.parametrize("case", ["pure", "rust", "patched", "prebuilt", "two_versions"])
def test_a_generated_workspace_loads_as_bazel_9_loads_it(
    bazel: Run, rules_python: str, case: str, tmp_path: Path
) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(TOP / "tests" / "golden" / case / "workspace", folder)
    for name in ("rules", "toolchains"):
        shutil.copytree(TOP / name, folder / name)
    result = bazel("query", "--output=label_kind", rules_python, *LOADING, "//packages/... + //:all", folder=folder)

    assert result.returncode == 0, result.stderr
    assert "wheelhouse rule //:wheelhouse" in result.stdout
    assert "wheel_library rule //packages/" in result.stdout


@pytest.mark.bazel
def test_a_workspace_that_depends_on_the_module_loads_as_bazel_9_loads_it(
    bazel: Run, rules_python: str, tmp_path: Path
) -> None:
    case = TOP / "tests" / "golden" / "pure"
    (tmp_path / "lock").write_text(golden_lock(case))
    arguments = "--lock", tmp_path / "lock", "--rules", "module", "--output", tmp_path / "ws"
    output("--python", "3.12", "generate", case / "graph.json", *arguments)
    flags = rules_python, f"--override_module=fromager_gen={TOP}", *LOADING
    result = bazel("query", "--output=label_kind", *flags, "//packages/... + //:all", folder=tmp_path / "ws")

    assert result.returncode == 0, result.stderr
    assert "wheelhouse rule //:wheelhouse" in result.stdout


@pytest.mark.bazel
def test_the_flags_would_find_a_builtin_symbol(bazel: Run, rules_python: str, tmp_path: Path) -> None:
    """Without a load, PyInfo is one of the symbols that Bazel 9 does not have."""
    (tmp_path / "MODULE.bazel").write_text('module(name = "old")\n')
    (tmp_path / "old.bzl").write_text("def f():\n    return PyInfo\n")
    (tmp_path / "BUILD.bazel").write_text('load("old.bzl", "f")\n')
    result = bazel("query", rules_python, *LOADING, "//...", folder=tmp_path)

    assert result.returncode != 0
    assert "name 'PyInfo' is not defined" in result.stderr


def test_the_registry_files_name_the_test_module_and_all_releases() -> None:
    text = (TOP / ".bcr" / "presubmit.yml").read_text()

    assert f"module_path: {HERE.relative_to(TOP)}" in text
    assert "bazel: [7.x, 8.x, 9.x]" in text


def test_the_module_has_the_version_of_the_contract() -> None:
    assert f'version = "{VERSION}"' in (TOP / "MODULE.bazel").read_text()
