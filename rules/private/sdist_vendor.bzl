"""A source with the crates that its Cargo.lock names."""

load("//rules:providers.bzl", "SdistInfo")
load("//rules/private:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")

visibility("//rules/...")

_DOC = """Adds the crates of a Rust package to its source, and cargo's settings that find them there.

Crates are archives that packages share, each fetched once by the checksum in Cargo.lock.

    sdist_vendor(
        name = "vendored",
        source = ":source",
        crates = fetched_crates(["itoa_1.0.15"]),
    )
"""

_ATTRS = {
    "build_dir": attr.string(
        doc = "Folder in the source that holds pyproject.toml or setup.py.",
        default = ".",
    ),
    "cargo_root": attr.string(
        doc = "Folder in `build_dir` that holds Cargo.lock.",
        default = ".",
    ),
    "crates": attr.label_list(
        doc = "Archives of the registry's crates.",
        allow_files = True,
    ),
    "git_crates": attr.label_keyed_string_dict(
        doc = "Archives of commits, each with the source that Cargo.lock names it by.",
        allow_files = True,
    ),
    "source": attr.label(
        doc = "The source.",
        mandatory = True,
        providers = [SdistInfo],
    ),
}

def _sdist_vendor_impl(ctx):
    source = ctx.attr.source[SdistInfo]
    out = ctx.actions.declare_file("{}/{}-{}.tar.gz".format(ctx.label.name, source.package.replace("-", "_"), source.version))
    args = ctx.actions.args()
    args.add("--package", source.package)
    args.add("--version", source.version)
    args.add("--source", source.archive)
    args.add("--build-dir", ctx.attr.build_dir)
    args.add("--cargo-root", ctx.attr.cargo_root)
    args.add_all(ctx.files.crates, before_each = "--crate")
    for target, name in ctx.attr.git_crates.items():
        args.add("--git", target.files.to_list()[0], format = name.replace("%", "%%") + "=%s")
    args.add("--out", out)
    run_program(
        ctx,
        program = "vendor_crates",
        arguments = args,
        inputs = [source.archive] + ctx.files.crates + ctx.files.git_crates,
        outputs = [out],
        mnemonic = "FromagerVendor",
        progress = "Vendoring {} crates into {} {}".format(len(ctx.files.crates), source.package, source.version),
    )
    return [
        DefaultInfo(files = depset([out])),
        SdistInfo(label = ctx.label, package = source.package, version = source.version, archive = out),
    ]

sdist_vendor = rule(
    implementation = _sdist_vendor_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
