"""Rule that adds crates to a source."""

load("//rules:providers.bzl", "CratesInfo", "SdistInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")
load("//rules/private:crates.bzl", "add_crates", "crate_files")

visibility("//rules/...")

_DOC = """Adds the crates of a Rust package to its source, and cargo settings that refer to them.

Each crate is fetched once, by the checksum in Cargo.lock, and packages share it. The archive with the crates is created
only if it is requested: `pep517_wheel` unpacks the source and the crates directly, without this archive.

    sdist_vendor(
        name = "vendored",
        source = ":source",
        crates = fetched_crates(["itoa_1.0.15"]),
    )
"""

_ATTRS = {
    "build_dir": attr.string(
        doc = "Folder in the source that contains `pyproject.toml` or `setup.py`.",
        default = ".",
    ),
    "cargo_lock": attr.label(
        doc = "Cargo.lock to put into `cargo_root`, if the source has none or its own is to be replaced.",
        allow_single_file = True,
    ),
    "cargo_root": attr.string(
        doc = "Folder in `build_dir` that contains Cargo.lock.",
        default = ".",
    ),
    "crates": attr.label_list(
        doc = "Archives of crates from the registry.",
        allow_files = True,
    ),
    "git_crates": attr.label_keyed_string_dict(
        doc = "Archives of git commits, each with its source as written in Cargo.lock.",
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
    crates = CratesInfo(
        archives = ctx.files.crates,
        cargo_lock = ctx.file.cargo_lock,
        cargo_root = ctx.attr.cargo_root,
        git = [(name, target.files.to_list()[0]) for target, name in ctx.attr.git_crates.items()],
        source = source.archive,
    )
    out = ctx.actions.declare_file("{}/{}-{}.tar.gz".format(ctx.label.name, source.package.replace("-", "_"), source.version))
    args = ctx.actions.args()
    args.add("--package", source.package)
    args.add("--version", source.version)
    args.add("--source", source.archive)
    args.add("--build-dir", ctx.attr.build_dir)
    add_crates(args, crates)
    args.add("--out", out)
    run_program(
        ctx,
        program = "vendor_crates",
        arguments = args,
        inputs = [source.archive] + crate_files(crates),
        outputs = [out],
        action = "vendor",
        what = "{} crates into {} {}".format(len(ctx.files.crates), source.package, source.version),
    )
    return [
        DefaultInfo(files = depset([out])),
        SdistInfo(label = ctx.label, package = source.package, version = source.version, archive = out),
        crates,
    ]

sdist_vendor = rule(
    implementation = _sdist_vendor_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
