"""The contract: each value stands in one place, and every side that must agree on it reads it there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from fromager_gen import contract
from fromager_gen.plan import PackagePlan, PlanOptions

TOP = Path(__file__).parents[2]
CONTRACT = TOP / "rules" / "contract.bzl"
# The files that must read each value: of the generator, of the rules in Starlark, and of the actions' programs.
READERS = {
    "ACCELERATOR_VARIANTS": ["fromager_gen/plan/decide.py"],
    "ACTIONS": ["fromager_gen/bazel/events.py", "fromager_gen/execution/layers.py", "rules/run.bzl"],
    "ANCHOR_REPOSITORY": [
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/workspace.py",
        "rules/private/fetch.bzl",
        "rules/private/labels.bzl",
    ],
    "ANY_REQUIREMENT": ["fromager_gen/plan/decide.py", "rules/actions/wheel/wheel_file.py"],
    "ARCHIVE_SUFFIXES": [
        "fromager_gen/names.py",
        "fromager_gen/resolve/candidates.py",
        "fromager_gen/standards.py",
        "rules/actions/archive/format.py",
    ],
    "BACKEND_TARGETS": ["fromager_gen/bazel/events.py"],
    "BAZEL_7_CONFIG": [
        "fromager_gen/bazel/program.py",
        "fromager_gen/render/templates/.bazelrc.j2",
        "fromager_gen/render/workspace.py",
    ],
    "BAZEL_VERSION": ["fromager_gen/render/workspace.py"],
    "BUILD_ROOT": [
        "fromager_gen/render/templates/.bazelrc.j2",
        "fromager_gen/render/workspace.py",
        "rules/actions/check_wheel.py",
        "rules/actions/make_python.py",
        "rules/actions/world/world.py",
        "rules/private/cross.bzl",
        "rules/private/python.bzl",
        "toolchains/accelerator/accelerator_toolchain.bzl",
        "toolchains/accelerator/cuda_variables.bzl",
        "toolchains/cc/adapted_cc.bzl",
        "toolchains/cc/cc_toolchain.bzl",
        "toolchains/cc/machine_cc.bzl",
        "toolchains/cc/zig_cc.bzl",
        "toolchains/external/external_toolchain.bzl",
        "toolchains/posix/pinned_posix.bzl",
        "toolchains/posix/posix_toolchain.bzl",
        "toolchains/rust/adapted_rust.bzl",
        "toolchains/rust/rust_toolchain.bzl",
        "toolchains/tools.bzl",
    ],
    "BUILD_TIMEOUT": ["rules/BUILD.bazel", "rules/actions/arguments.py"],
    "COMPILED_SUFFIXES": ["fromager_gen/source/archive.py", "rules/actions/world/priority.py"],
    "CPUS": [
        "fromager_gen/cli/external.py",
        "fromager_gen/cli/options.py",
        "fromager_gen/pipeline/external.py",
        "fromager_gen/platforms.py",
        "fromager_gen/toolchains/file.py",
        "fromager_gen/toolchains/model.py",
        "fromager_gen/toolchains/pin.py",
        "fromager_gen/toolchains/pin_cuda.py",
        "fromager_gen/toolchains/pin_sysroot.py",
        "fromager_gen/toolchains/python_archive.py",
        "toolchains/accelerator/machine_cuda.bzl",
        "toolchains/external/locked_external.bzl",
        "toolchains/locked.bzl",
        "toolchains/platforms/platforms.bzl",
        "toolchains/posix/locked_posix.bzl",
        "toolchains/python/adapted_python.bzl",
        "toolchains/python/locked_python.bzl",
        "toolchains/rust/machine_rust.bzl",
    ],
    "CRATE_REPOSITORY": [
        "fromager_gen/lock/cargo.py",
        "fromager_gen/lock/make.py",
        "fromager_gen/lock/model.py",
        "rules/private/labels.bzl",
    ],
    "CUDA_OF_CLANG": [
        "fromager_gen/pipeline/generate.py",
        "fromager_gen/toolchains/model.py",
        "toolchains/accelerator/locked_cuda.bzl",
        "toolchains/accelerator/machine_cuda.bzl",
    ],
    "CUDA_VERSIONS": [
        "fromager_gen/cli/options.py",
        "fromager_gen/platforms.py",
        "fromager_gen/toolchains/file.py",
        "fromager_gen/toolchains/pin_cuda.py",
        "toolchains/accelerator/machine_cuda.bzl",
        "toolchains/platforms/platforms.bzl",
    ],
    "DEFAULT_JOBS": [
        "fromager_gen/cli/global_options.py",
        "fromager_gen/plan/decide.py",
        "fromager_gen/plan/model.py",
        "fromager_gen/render/package.py",
        "rules/actions/arguments.py",
        "rules/private/pep517.bzl",
    ],
    "DEFAULT_SIZE": ["fromager_gen/plan/model.py", "fromager_gen/render/package.py", "rules/private/pep517.bzl"],
    "EXTERNAL_FILE": [
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/templates/WORKSPACE.j2",
        "fromager_gen/render/workspace.py",
        "toolchains/extensions.bzl",
    ],
    "FILE_ORDER": ["rules/BUILD.bazel", "rules/private/file_order.bzl"],
    "GIT_REPOSITORY": ["fromager_gen/lock/cargo.py", "fromager_gen/lock/model.py"],
    "GIT_SETTINGS": ["fromager_gen/net/git.py", "fromager_gen/plugins/sources.py", "rules/private/fetch.bzl"],
    "GIT_SUFFIX": [
        "fromager_gen/lock/commits.py",
        "fromager_gen/names.py",
        "fromager_gen/resolve/own_sources.py",
        "rules/actions/archive/unpack.py",
    ],
    "GIT_TIMEOUT": ["fromager_gen/net/git.py", "rules/private/fetch.bzl"],
    "HEADER_SUFFIXES": ["fromager_gen/source/archive.py"],
    "LIBC_VERSIONS": [
        "fromager_gen/cli/options.py",
        "fromager_gen/platforms.py",
        "fromager_gen/toolchains/file.py",
        "toolchains/platforms/platforms.bzl",
        "toolchains/python/adapted_python.bzl",
        "toolchains/python/locked_python.bzl",
    ],
    "LIBRARIES": ["fromager_gen/lock/make.py", "rules/private/fetch.bzl", "rules/private/programs.bzl"],
    "LIBRARY_REPOSITORY": [
        "fromager_gen/lock/make.py",
        "fromager_gen/lock/model.py",
        "fromager_gen/lock/pin.py",
        "rules/private/fetch.bzl",
        "rules/private/labels.bzl",
    ],
    "LOCK_FILE": [
        "fromager_gen/bootstrap/memory.py",
        "fromager_gen/cli/generate.py",
        "fromager_gen/lock/model.py",
        "fromager_gen/pipeline/generate.py",
        "fromager_gen/pipeline/options.py",
        "fromager_gen/pipeline/second_build.py",
        "fromager_gen/pipeline/workbench.py",
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/templates/WORKSPACE.j2",
        "fromager_gen/render/workspace.py",
        "rules/actions/crates/vendor.py",
        "rules/extensions.bzl",
        "rules/repositories.bzl",
    ],
    "LOG_NOTE": ["fromager_gen/bazel/targets.py", "rules/actions/world/backend.py"],
    "LONG_BUILD_BYTES": [
        "fromager_gen/plan/decide.py",
        "fromager_gen/source/facts.py",
        "rules/actions/world/priority.py",
    ],
    "MAX_ARCHIVE_BYTES": [
        "fromager_gen/compare/members.py",
        "fromager_gen/toolchains/archives.py",
        "rules/actions/archive/members.py",
        "rules/actions/archive/tar.py",
        "rules/actions/sysroot/debian.py",
    ],
    "MAX_ARCHIVE_MEMBERS": [
        "fromager_gen/compare/members.py",
        "fromager_gen/source/archive.py",
        "rules/actions/archive/tar.py",
        "rules/actions/archive/zip.py",
    ],
    "MAX_ARCHIVE_RATIO": [
        "fromager_gen/compare/members.py",
        "fromager_gen/source/archive.py",
        "rules/actions/archive/members.py",
    ],
    "MODULE": [
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/templates/WORKSPACE.bzlmod.j2",
        "fromager_gen/render/templates/WORKSPACE.j2",
        "fromager_gen/render/workspace.py",
        "rules/actions/wheel/sbom.py",
    ],
    "NEWEST_BAZEL": ["fromager_gen/bazel/program.py"],
    "OLDEST_BAZEL": ["fromager_gen/bazel/program.py"],
    "PACKAGES": [
        "fromager_gen/bazel/events.py",
        "fromager_gen/bazel/targets.py",
        "fromager_gen/names.py",
        "fromager_gen/write/workspace.py",
    ],
    "PATCHELF": [
        "fromager_gen/pipeline/external_search.py",
        "fromager_gen/render/workspace.py",
        "fromager_gen/toolchains/pin_external.py",
        "rules/private/external.bzl",
    ],
    "PLAN_FILE": ["fromager_gen/bootstrap/memory.py", "fromager_gen/pipeline/generate.py"],
    "PLATFORMS_VERSION": ["fromager_gen/render/templates/MODULE.bazel.j2", "fromager_gen/render/workspace.py"],
    "POSIX_PROGRAMS": ["fromager_gen/toolchains/pin_posix.py", "toolchains/cc/machine_cc.bzl"],
    "PYTHON_FLAGS": [
        "fromager_gen/action_program.py",
        "rules/actions/plugin/calls.py",
        "rules/private/programs.bzl",
        "rules/private/wheel_gates_test.bzl",
        "rules/run.bzl",
        "toolchains/python/pinned_python.bzl",
    ],
    "RATIO_FREE_BYTES": [
        "fromager_gen/compare/members.py",
        "fromager_gen/source/archive.py",
        "rules/actions/archive/members.py",
    ],
    "REVERSED_FILE_ORDER": ["fromager_gen/pipeline/second_build.py", "rules/private/file_order.bzl"],
    "RULES_PYTHON": ["fromager_gen/render/templates/MODULE.bazel.j2", "fromager_gen/render/workspace.py"],
    "RUST_LIBCS": ["fromager_gen/toolchains/model.py", "toolchains/rust/locked_rust.bzl"],
    "RUST_SUFFIXES": ["rules/actions/world/priority.py"],
    "SDIST_REPOSITORY": ["fromager_gen/lock/model.py", "fromager_gen/lock/pin.py", "rules/private/labels.bzl"],
    "SIZES": [
        "fromager_gen/overrides/exec_properties.py",
        "fromager_gen/plan/decide.py",
        "fromager_gen/plan/file.py",
        "fromager_gen/preflight/collection.py",
        "rules/private/resources.bzl",
    ],
    "TARGET_PYTHON_FILE": ["rules/actions/make_python.py", "rules/private/python.bzl"],
    "TARGET_PYTHON_VARIABLE": ["rules/actions/world/cross.py", "rules/private/python.bzl"],
    "TOOLCHAINS_LOCK": [
        "fromager_gen/pipeline/external.py",
        "fromager_gen/pipeline/external_search.py",
        "fromager_gen/pipeline/generate.py",
        "fromager_gen/pipeline/preflight.py",
        "fromager_gen/pipeline/second_build.py",
        "fromager_gen/pipeline/toolchains.py",
        "fromager_gen/pipeline/workbench.py",
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/workspace.py",
        "fromager_gen/toolchains/file.py",
        "toolchains/extensions.bzl",
        "toolchains/external/locked_external.bzl",
        "toolchains/locked.bzl",
        "toolchains/posix/locked_posix.bzl",
        "toolchains/python/locked_python.bzl",
    ],
    "TOOLCHAINS_REPOSITORY": [
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/workspace.py",
        "toolchains/extensions.bzl",
        "toolchains/locked.bzl",
    ],
    "VERSION": [
        "fromager_gen/plan/file.py",
        "fromager_gen/render/templates/MODULE.bazel.j2",
        "fromager_gen/render/workspace.py",
        "rules/actions/wheel/sbom.py",
    ],
    "WHEEL_LIBRARIES": ["fromager_gen/lock/make.py", "rules/private/fetch.bzl", "rules/private/programs.bzl"],
    "WHEEL_REPOSITORY": ["fromager_gen/lock/model.py", "fromager_gen/lock/pin.py", "rules/private/labels.bzl"],
}
# Texts that are long or unusual enough to show that a file repeats a value.
TELLING = [
    contract.LOG_NOTE, contract.BUILD_ROOT, contract.LOCK_FILE, contract.ANCHOR_REPOSITORY, str(contract.BUILD_TIMEOUT),
    str(contract.MAX_ARCHIVE_MEMBERS), str(contract.MAX_ARCHIVE_BYTES), str(contract.LONG_BUILD_BYTES),
    str(contract.RATIO_FREE_BYTES), *contract.GIT_SETTINGS, ", ".join(f'"{flag}"' for flag in contract.PYTHON_FLAGS),
    f'"{contract.PACKAGES}/', *(mnemonic for mnemonic, _ in contract.ACTIONS.values()),
    *(library["sha256"] for library in contract.LIBRARIES.values()),
    'f"sdist_', 'f"wheel_', 'f"crate_', 'f"library_', '"sdist_{', '"wheel_{', '"crate_"', '"library_"',
]  # fmt: skip
Files = dict[str, str]


@cache
def files() -> Files:
    """Return all source files except the contract, by path."""
    roots = [("fromager_gen", "*.py"), ("fromager_gen", "*.j2"), ("rules", "*.py"), ("rules", "*.bzl")]
    roots += [("rules", "BUILD.bazel"), ("toolchains", "*.bzl")]
    paths = [path for root, pattern in roots for path in (TOP / root).rglob(pattern) if "__pycache__" not in path.parts]
    return {path.relative_to(TOP).as_posix(): path.read_text() for path in paths if path.stem != "contract"}


def reads(path: str, text: str, name: str) -> bool:
    """Return whether a file loads a value by its name and uses it."""
    if path.endswith(".j2") or (path == "fromager_gen/render/workspace.py" and f'"{name}"' in text):
        return re.search(rf"\b{name}\b", text) is not None
    loads = re.search(rf"(from (?:fromager_gen|actions)\.contract import|contract\.bzl\")[^)]*?\b{name}\b", text)
    return loads is not None and len(re.findall(rf"\b{name}\b", text)) > 1


def repeated(path: str, text: str) -> list[str]:
    """Return the values that a file contains instead of reading them."""
    code = re.sub(r"(?m)^\s*#.*$", "", re.sub(r'""".*?"""', "", text, flags=re.S))
    return [f"{path} repeats {value!r}" for value in TELLING if value in code]


@pytest.mark.parametrize("name", sorted(READERS))
def test_each_value_is_read_by_these_files(name: str) -> None:
    """A file that replaces the value by its own, or a new reader, changes the list."""
    assert sorted(path for path, text in files().items() if reads(path, text, name)) == READERS[name]


@pytest.mark.parametrize("name", sorted(READERS))
def test_a_file_with_its_own_value_is_found(name: str) -> None:
    for path in READERS[name]:
        assert not reads(path, re.sub(rf"\b{name}\b", "0", files()[path]), name), path


def test_no_value_is_repeated() -> None:
    assert [problem for path, text in files().items() for problem in repeated(path, text)] == []


@pytest.mark.parametrize("value", TELLING)
def test_a_repeated_value_is_found(value: str) -> None:
    assert f"new.bzl repeats {value!r}" in repeated("new.bzl", f"X = '{value}'\n")


def test_every_value_has_its_readers() -> None:
    names = {node.targets[0].id for node in ast.parse(CONTRACT.read_text()).body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]
    assert names == set(READERS)


def test_each_size_has_a_resource_set() -> None:
    """Starlark passes a resource set by a function, so there is one function for each size."""
    found = re.search(r"RESOURCE_SETS = (\{.*?\})", files()["rules/private/resources.bzl"], re.S)

    assert found is not None
    assert set(re.findall(r'"(\w+)":', found[1])) == set(contract.SIZES)


def test_defaults_are_those_of_the_contract() -> None:
    assert PlanOptions("3.12").jobs == PackagePlan("a", "1").jobs == contract.DEFAULT_JOBS
    assert PackagePlan("a", "1").resources == contract.DEFAULT_SIZE
    assert contract.DEFAULT_SIZE in contract.SIZES


def test_starlark_and_python_read_the_same_values() -> None:
    tree = ast.parse(CONTRACT.read_text())
    values = {
        node.targets[0].id: ast.literal_eval(node.value)  # type: ignore[attr-defined]
        for node in tree.body
        if isinstance(node, ast.Assign)
    }

    assert {name: getattr(contract, name) for name in values} == values
    assert (TOP / "rules/actions/contract.py").resolve() == CONTRACT
