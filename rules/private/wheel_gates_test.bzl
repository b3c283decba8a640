"""Test rule that checks what the tags of a wheel promise."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules:contract.bzl", "PYTHON_FLAGS")
load("//rules:providers.bzl", "ProgramsInfo", "WheelInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS")
load("//rules/private:repair.bzl", "REPAIR_ATTRS")
load("//toolchains:types.bzl", "PYTHON")
load("//toolchains/platforms:wheel_platform.bzl", "WheelPlatformInfo")

visibility("//rules/...")

_DOC = """Checks a wheel: `bazel test //packages/NAME/VERSION:gates`.

The gates are: symbols and libraries that the platform of its tag has, no search path or build path in libraries, no
instruction set beyond the oldest CPU, only the stable ABI in an abi3 wheel, and an import of its modules by a Python
that sees only the wheel and its requirements. A wheel for another CPU is not imported.
"""

_SCRIPT = """#!/bin/sh
exec {words} "$@"
"""

def _runfile(file):
    return "'{}'".format(file.short_path.replace("'", "'\\''"))

def _wheel_gates_test_impl(ctx):
    python = ctx.toolchains[PYTHON].python
    pyz = ctx.attr._programs[ProgramsInfo].pyz
    platform = ctx.attr._platform[WheelPlatformInfo]
    wheel = ctx.attr.wheel[WheelInfo].wheel
    folders = ctx.attr.library[PyInfo].transitive_sources.to_list() if ctx.attr.runs_here else []
    words = [_runfile(python.interpreter)] + PYTHON_FLAGS + [_runfile(pyz), "check_wheel"]
    words += ["--wheel", _runfile(wheel), "--libraries", _runfile(ctx.file._wheel_libraries)]
    if platform.tag:
        words += ["--tag", platform.tag, "--cpu", platform.cpu]
    for folder in folders:
        words += ["--site", _runfile(folder)]
    script = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(script, _SCRIPT.format(words = " ".join(words)), is_executable = True)
    files = [python.interpreter, pyz, wheel, ctx.file._wheel_libraries] + folders
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(files = files, transitive_files = python.files),
    )]

wheel_gates_test = rule(
    implementation = _wheel_gates_test_impl,
    attrs = PROGRAM_ATTRS | REPAIR_ATTRS | {
        "library": attr.label(
            doc = "The unpacked wheel with its requirements.",
            mandatory = True,
            providers = [PyInfo],
        ),
        "runs_here": attr.bool(
            doc = "Whether the wheel is imported.",
            default = True,
        ),
        "wheel": attr.label(
            doc = "The wheel.",
            mandatory = True,
            providers = [WheelInfo],
        ),
    },
    test = True,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
