"""The Rust compiler and cargo of a build."""

RustInfo = provider(
    doc = "One Rust: a sysroot with rustc, cargo and the standard library.",
    fields = {
        "files": "(depset of File) Files of a hermetic Rust; empty for the machine's.",
        "fingerprint": "(File or None) What identifies a Rust that is not an input.",
        "label": "(Label) Target that declared it; put it in error messages.",
        "sysroot_path": "(str) Absolute path of the machine's sysroot, whose `bin` goes on PATH.",
    },
)

def _rust_sysroot_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(rust = RustInfo(
        label = ctx.label,
        files = depset(ctx.files.files),
        fingerprint = ctx.file.fingerprint,
        sysroot_path = ctx.attr.sysroot_path,
    ))]

rust_sysroot_toolchain = rule(
    implementation = _rust_sysroot_toolchain_impl,
    attrs = {
        "files": attr.label_list(
            doc = "Files of a hermetic Rust, inputs of every Rust build.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies a machine's Rust: rustc's and cargo's versions.",
            allow_single_file = True,
        ),
        "sysroot_path": attr.string(
            doc = "Absolute path of the sysroot; its `bin` holds rustc and cargo.",
            mandatory = True,
        ),
    },
    doc = "Declares a Rust for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/rust:toolchain_type\")`.",
)
