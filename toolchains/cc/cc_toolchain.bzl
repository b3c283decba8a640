"""The C and C++ compiler of a build."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "TOOLS_ATTRS", "tools_info")

def _cc_tools_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(cc = tools_info(ctx, BUILD_ROOT + "/cc"))]

cc_tools_toolchain = rule(
    implementation = _cc_tools_toolchain_impl,
    attrs = TOOLS_ATTRS,
    doc = "Declares compilers and binutils. Wrap it in `toolchain(toolchain_type = \"//toolchains/cc:toolchain_type\")`.",
)
