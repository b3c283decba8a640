"""The Rust compiler and cargo of a build."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "TOOLS_ATTRS", "tools_info")

def _rust_sysroot_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(rust = tools_info(ctx, BUILD_ROOT + "/rust"))]

rust_sysroot_toolchain = rule(
    implementation = _rust_sysroot_toolchain_impl,
    attrs = TOOLS_ATTRS,
    doc = "Declares a Rust: its `programs` are rustc and cargo, its `data` the rest of the sysroot. Wrap it in `toolchain(toolchain_type = \"//toolchains/rust:toolchain_type\")`.",
)
