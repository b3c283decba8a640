"""The shell and POSIX programs that build systems call."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "TOOLS_ATTRS", "tools_info")

def _posix_tools_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(posix = tools_info(ctx, BUILD_ROOT + "/posix"))]

posix_tools_toolchain = rule(
    implementation = _posix_tools_toolchain_impl,
    attrs = TOOLS_ATTRS,
    doc = "Declares the shell, make and POSIX programs that `./configure`, Makefiles and build scripts call. Wrap it in `toolchain(toolchain_type = \"//toolchains/posix:toolchain_type\")`.",
)
