"""The Rust compiler and cargo of a build."""

RustInfo = provider(
    doc = "A Rust toolchain: a sysroot with rustc, cargo and the standard library.",
    fields = {
        "files": "(depset of File) Files of a hermetic Rust; empty for that of the machine.",
        "fingerprint": "(File or None) File that identifies a Rust that is not an input.",
        "label": "(Label) Target that declares it, for error messages.",
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
            doc = "Files of a hermetic Rust, which are inputs of every Rust build.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies the machine's Rust: the versions of rustc and cargo.",
            allow_single_file = True,
        ),
        "sysroot_path": attr.string(
            doc = "Absolute path of the sysroot; its `bin` contains rustc and cargo.",
            mandatory = True,
        ),
    },
    doc = "Declares a Rust for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/rust:toolchain_type\")`.",
)
