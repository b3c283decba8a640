"""The C compiler of a configuration as a target."""

load("//toolchains:types.bzl", "CC")

visibility(["//rules/...", "//toolchains/..."])

CurrentCcInfo = provider(
    doc = "The C compiler for a platform.",
    fields = {"tools": "(ToolsInfo or None) Its programs; None if no toolchain is for the platform."},
)

def _current_cc_impl(ctx):
    toolchain = ctx.toolchains[CC]
    return [CurrentCcInfo(tools = toolchain.cc if toolchain else None)]

current_cc = rule(
    implementation = _current_cc_impl,
    toolchains = [config_common.toolchain_type(CC, mandatory = False)],
    doc = "Provides the C compiler for the platform that this target is built for. A build with a transition to another platform gets the compiler for that one.",
)
