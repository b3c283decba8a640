"""Toolchains of Bazel's C++ rules, rules_python and rules_rust are used in builds."""

import ctypes
import hashlib
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from support import pythons
from support.indexes import Index
from support.rust import SETUPTOOLS, add_rust_package, check_rust_library, machines_sysroot
from support.rust import rust_source as source_of
from support.workspaces import NEEDS_CARGO, Generate, GraphBuilder, Workspace, find_python, in_tree_sdist

from fromager_gen.contract import BUILD_ROOT

pytestmark = [pytest.mark.bazel, pytest.mark.index, NEEDS_CARGO]

VERSION = "3.12"
BUILD = """
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load("//toolchains:defs.bzl", "adapted_python_toolchain", "adapted_rust_toolchain")
load("//toolchains/cc:adapted_cc.bzl", "adapted_cc_toolchain")
load(":shapes.bzl", "cc_config", "rust_toolchain_shape")

# A company's own C toolchain.
cc_config(name = "config", compiler = "company-gcc")

cc_config(name = "machines_config", compiler = "/usr/bin/gcc")

filegroup(name = "cc_files", srcs = ["company-ar", "company-gcc", "include/answer.h"])

[cc_toolchain(
    name = name,
    all_files = ":cc_files",
    compiler_files = ":cc_files",
    dwp_files = ":cc_files",
    linker_files = ":cc_files",
    objcopy_files = ":cc_files",
    strip_files = ":cc_files",
    toolchain_config = config,
    toolchain_identifier = name,
) for name, config in [("company_cc", ":config"), ("machines_cc", ":machines_config")]]

adapted_cc_toolchain(name = "adapted_cc", toolchain = ":company_cc")

adapted_cc_toolchain(name = "of_the_machine", toolchain = ":machines_cc")

toolchain(name = "cc", toolchain = ":adapted_cc", toolchain_type = "//toolchains/cc:toolchain_type")

# A Python in the form that rules_python fetches.
py_runtime(
    name = "runtime",
    files = glob(["python/**"]),
    interpreter = "python/bin/python3.12",
    python_version = "PY3",
)

py_runtime(name = "machines_runtime", interpreter_path = "/usr/bin/python3", python_version = "PY3")

[py_runtime_pair(name = name + "_pair", py3_runtime = name) for name in ["runtime", "machines_runtime"]]

adapted_python_toolchain(name = "adapted_python", cpu = "x86_64", runtime = ":runtime_pair", version = "3.12")

adapted_python_toolchain(name = "machines_python", cpu = "x86_64", runtime = ":machines_runtime_pair")

toolchain(name = "python", toolchain = ":adapted_python", toolchain_type = "//toolchains/python:toolchain_type")

# A Rust with the fields of rules_rust's toolchain.
rust_toolchain_shape(
    name = "current_rust",
    srcs = glob(["rust/lib/*.so*", "rust/lib/rustlib/x86_64-unknown-linux-gnu/**"]),
    cargo = "rust/bin/cargo",
    rustc = "rust/bin/rustc",
)

adapted_rust_toolchain(name = "adapted_rust", toolchain = ":current_rust")

rust_toolchain_shape(
    name = "cross_rust",
    cargo = "rust/bin/cargo",
    rustc = "rust/bin/rustc",
    target = "aarch64-unknown-linux-gnu",
)

adapted_rust_toolchain(name = "adapted_cross_rust", toolchain = ":cross_rust")

adapted_rust_toolchain(name = "no_rust", toolchain = ":runtime_pair")

toolchain(name = "rust_toolchain", toolchain = ":adapted_rust", toolchain_type = "//toolchains/rust:toolchain_type")
"""
SHAPES = """
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path")

def _set(actions, flags):
    return flag_set(actions = actions, flag_groups = [flag_group(flags = flags)])

def _cc_config_impl(ctx):
    tools = ["ar", "cpp", "gcc", "gcov", "ld", "nm", "objdump", "strip"]
    paths = {"ar": "company-ar", "gcc": ctx.attr.compiler, "cpp": ctx.attr.compiler}
    compile = ["-isystem", "mine/include", "-DOPTION=it's"]
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        compiler = "gcc",
        features = [feature(name = "ours", enabled = True, flag_sets = [
            _set(["c-compile", "c++-compile"], compile),
            _set(["c++-link-dynamic-library", "c++-link-executable"], ["-Wl,-soname,company.so"]),
        ])],
        target_cpu = "k8",
        target_libc = "glibc",
        target_system_name = "local",
        toolchain_identifier = "company",
        tool_paths = [tool_path(name = name, path = paths.get(name, "/usr/bin/" + name)) for name in tools],
    )

cc_config = rule(
    implementation = _cc_config_impl,
    attrs = {"compiler": attr.string()},
    provides = [CcToolchainConfigInfo],
)

def _rust_impl(ctx):
    return [platform_common.ToolchainInfo(
        all_files = depset(ctx.files.srcs + [ctx.file.cargo, ctx.file.rustc]),
        cargo = ctx.file.cargo,
        exec_triple = struct(str = "x86_64-unknown-linux-gnu"),
        rustc = ctx.file.rustc,
        target_triple = struct(str = ctx.attr.target),
    )]

rust_toolchain_shape = rule(implementation = _rust_impl, attrs = {
    "cargo": attr.label(allow_single_file = True),
    "rustc": attr.label(allow_single_file = True),
    "srcs": attr.label_list(allow_files = True),
    "target": attr.string(default = "x86_64-unknown-linux-gnu"),
})
"""
# A package that compiles and links a library, and says which Python builds it.
COMPILES = """
    import json, subprocess, sys, sysconfig
    with open("answer.c", "w") as file:
        file.write('#include <answer.h>\\n#define TEXT(a) #a\\n#define NAME(a) TEXT(a)\\n'
                   'int answer(void) { return ANSWER; }\\nconst char *option(void) { return "it" "s"; }\\n')
    subprocess.run(["cc", "-fPIC", "-c", "answer.c", "-o", "answer.o"], check=True)
    subprocess.run(["cc", "-shared", "answer.o", "-o", "answer.so"], check=True)
    program = subprocess.run(["cc", "-E", "-dM", "answer.c"], check=True, capture_output=True, text=True).stdout
    facts = {"home": sys.base_prefix, "version": sys.version, "macros": program, "paths": sysconfig.get_paths()}
    library = open("answer.so", "rb").read()
    return write(wheel_directory, data=json.dumps(facts).encode() + b"\\n---\\n" + library)
"""


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    program = find_python(VERSION)
    if program is None:
        pytest.skip(f"no Python {VERSION} on this machine")
    folder = tmp_path_factory.mktemp("adapted")
    graph = GraphBuilder().add(*SETUPTOOLS.split("=="))
    add_rust_package(graph, added(index, "rusty", source_of(folder)))
    graph.add("compiles", "1.0", added(index, "compiles", in_tree_sdist("compiles", "1.0", COMPILES)))
    made = generate(graph, python=VERSION)
    mine = made.folder / "mine"
    (mine / "include").mkdir(parents=True)
    (mine / "include" / "answer.h").write_text("#define ANSWER 42\n")
    for name in ("ar", "gcc"):
        (mine / f"company-{name}").write_text(f'#!/bin/sh\nPATH=/usr/bin exec {name} "$@"\n')
        (mine / f"company-{name}").chmod(0o755)
    (mine / "BUILD.bazel").write_text(BUILD)
    (mine / "shapes.bzl").write_text(SHAPES)
    (mine / "rust").symlink_to(machines_sysroot())
    with tarfile.open(pythons.archive(program, folder / "python.tar.gz")) as tar:
        tar.extractall(mine, filter="data")
    return made


def added(index: Index, name: str, source: dict[str, str | bytes] | dict[str, str]) -> str:
    """Return the address of a sdist in the index, with its hash."""
    url = index.add_sdist(name, "1.0", source)
    return f"{url}#sha256={hashlib.sha256(index.files[name][f'{name}-1.0.tar.gz']).hexdigest()}"


def toolchains(*names: str) -> str:
    return "--extra_toolchains=" + ",".join(f"//mine:{name}" for name in names)


def test_builds_use_a_c_toolchain_of_bazel_and_a_python_of_rules_python(workspace: Workspace, tmp_path: Path) -> None:
    workspace.build("//packages/compiles/1.0:wheel", toolchains("cc", "python"))
    with zipfile.ZipFile(workspace.wheel("compiles", "1.0")) as wheel:
        said, _, library = wheel.read("data").partition(b"\n---\n")
    (tmp_path / "answer.so").write_bytes(library)
    facts = json.loads(said)

    assert ctypes.CDLL(str(tmp_path / "answer.so")).answer() == 42
    assert "#define OPTION it's\n" in facts["macros"]
    assert b"company.so" in library
    assert facts["version"].startswith(f"{VERSION}.") and facts["home"] == f"{BUILD_ROOT}/python"
    assert str(workspace.root).encode() not in library


def test_a_build_uses_a_rust_of_rules_rust(workspace: Workspace, tmp_path: Path) -> None:
    workspace.build("//packages/rusty/1.0:wheel", toolchains("rust_toolchain", "cc"), "--repo_env=HOME=/nonexistent")

    assert b"company.so" in check_rust_library(workspace.wheel("rusty", "1.0"), tmp_path).read_bytes()


def test_a_rust_for_another_cpu_has_the_compilers_of_both(workspace: Workspace) -> None:
    asked = 'json.encode(providers(target)["ToolchainInfo"].rust.env)'
    said = workspace.run("cquery", "//mine:adapted_cross_rust", "--output=starlark", f"--starlark:expr={asked}").stdout
    variables = json.loads(said)

    assert variables["CARGO_BUILD_TARGET"] == "aarch64-unknown-linux-gnu"
    assert (
        variables["CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"] == variables["CC_aarch64_unknown_linux_gnu"] == "cc"
    )
    assert variables["CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER"] == variables["CC_x86_64_unknown_linux_gnu"]
    assert variables["CC_x86_64_unknown_linux_gnu"] == "exec-cc" and variables["CXX_aarch64_unknown_linux_gnu"] == "c++"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("of_the_machine", "//mine:machines_cc uses the program /usr/bin/gcc of the machine, which is not an input"),
        ("machines_python", "//mine:machines_runtime_pair is the interpreter /usr/bin/python3 of the machine"),
        ("no_rust", "//mine:runtime_pair has no all_files, cargo, exec_triple, rustc, target_triple, as toolchains of"),
    ],
)
def test_a_toolchain_that_cannot_be_used_is_an_error(workspace: Workspace, target: str, says: str) -> None:
    assert says in workspace.build("--nobuild", f"//mine:{target}", check=False).stderr
