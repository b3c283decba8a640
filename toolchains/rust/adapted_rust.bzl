"""A Rust toolchain of rules_rust as the Rust of builds."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "hermetic_tools")
load("//toolchains/rust:rust_toolchain.bzl", "variables_of_triples")

# Fields that this adapter uses:
# https://bazelbuild.github.io/rules_rust/rust_toolchains.html#rust_toolchain
_FIELDS = ["all_files", "cargo", "exec_triple", "rustc", "target_triple"]

def _adapted_rust_toolchain_impl(ctx):
    rust = ctx.attr.toolchain[platform_common.ToolchainInfo]
    missing = [field for field in _FIELDS if not getattr(rust, field, None)]
    if missing:
        fail("{}: {} has no {}, as toolchains of rules_rust have".format(ctx.label, ctx.attr.toolchain.label, ", ".join(missing)))
    return [platform_common.ToolchainInfo(rust = hermetic_tools(
        label = ctx.label,
        data = rust.all_files,
        env = variables_of_triples(rust.exec_triple.str, rust.target_triple.str),
        programs = [rust.rustc, rust.cargo],
        root = BUILD_ROOT + "/rust",
    ))]

adapted_rust_toolchain = rule(
    implementation = _adapted_rust_toolchain_impl,
    attrs = {
        "toolchain": attr.label(
            doc = "The toolchain: `@rules_rust//rust/toolchain:current_rust_toolchain`, or a target of `rust_toolchain`.",
            mandatory = True,
            providers = [platform_common.ToolchainInfo],
        ),
    },
    doc = "Makes the Rust of builds out of a toolchain of rules_rust. Wrap it in `toolchain(toolchain_type = \"//toolchains/rust:toolchain_type\")`.",
)
