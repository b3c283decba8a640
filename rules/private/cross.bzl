"""Builds for another platform than that which runs them: what they get in addition."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//rules/private:tools.bzl", "fingerprint_files")
load("//toolchains:types.bzl", "PYTHON")
load("//toolchains/cc:current_cc.bzl", "CurrentCcInfo")
load("//toolchains/platforms:build_tools.bzl", "for_build_tools")
load("//toolchains/platforms:wheel_platform.bzl", "WheelPlatformInfo")

visibility("//rules/private")

PLATFORM_ATTR = attr.label(
    doc = "Platform that wheels are built for.",
    default = "//toolchains/platforms:wheel_platform",
    providers = [WheelPlatformInfo],
)

CROSS_ATTRS = {
    "_exec_cc": attr.label(
        cfg = for_build_tools,
        doc = "C compiler for the platform that runs builds: build scripts are compiled with it, and run.",
        default = "//toolchains/cc:current_cc",
        providers = [CurrentCcInfo],
    ),
    "_platform": PLATFORM_ATTR,
}

# Programs that a build finds twice: `cc` is for the wheel, and `exec-cc` is for programs that the build itself runs.
_EXEC_PROGRAMS = ["ar", "c++", "cc"]

def is_cross(ctx):
    """Returns whether wheels are for a platform that the Python of builds does not run on.

    Args:
      ctx: (ctx) Context of a rule with CROSS_ATTRS and a Python toolchain.

    Returns:
      (bool) Whether they are.
    """
    python = ctx.toolchains[PYTHON].python
    platform = ctx.attr._platform[WheelPlatformInfo]
    return bool(platform.cpu and python.cpu and (platform.cpu, platform.libc) != (python.cpu, python.libc))

def exec_cc(ctx):
    """Returns the C compiler for the platform that runs builds.

    Args:
      ctx: (ctx) Context of a rule with CROSS_ATTRS and a Python toolchain.

    Returns:
      (ToolsInfo or None) Its programs; None if wheels are for that platform too, or if it has no compiler.
    """
    return ctx.attr._exec_cc[0][CurrentCcInfo].tools if is_cross(ctx) else None

def add_exec_cc(args, tools):
    """Adds a C compiler under names such as `exec-cc` to a program's arguments.

    Args:
      args: (Args) The program's arguments.
      tools: (ToolsInfo) The compiler.

    Returns:
      (list of depset of File) Inputs of the action.
    """
    programs = [program for program in tools.programs if program.basename in _EXEC_PROGRAMS]
    for program in programs:
        args.add("--place", program, format = "{}/bin/exec-{}=%s".format(BUILD_ROOT, program.basename))
    for place, file in tools.files:
        args.add("--place", file, format = "{}/exec/{}=%s".format(tools.root, place))
    return [depset(programs + [file for _, file in tools.files] + fingerprint_files(tools), transitive = [tools.data])]
