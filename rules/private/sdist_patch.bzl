"""Rule that applies patches and project overrides to a source."""

load("//rules:providers.bzl", "SdistInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")
load("//rules/private:crates.bzl", "add_source")
load("//rules/private:source_changes.bzl", "CHANGES_ATTRS", "add_changes")

visibility("//rules/...")

_DOC = """Applies patches and Fromager's `project_override` to a source.

Patches are applied in the given order, as `patch -p1` does, but without fuzz. If one patch fails, the target fails.

    sdist_patch(
        name = "source",
        source = ":sdist",
        patches = ["//overrides/patches/stevedore:fix.patch"],
    )
"""

_ATTRS = {
    "build_dir": attr.string(
        doc = "Folder in the source that contains `pyproject.toml` or `setup.py`.",
        default = ".",
    ),
    "project_at_top": attr.bool(doc = "Whether pip can build the archive from its top-level folder although the project is in `build_dir`."),
    "source": attr.label(
        doc = "The source.",
        mandatory = True,
        providers = [SdistInfo],
    ),
}

def _sdist_patch_impl(ctx):
    source = ctx.attr.source[SdistInfo]
    out = ctx.actions.declare_file("{}/{}-{}.tar.gz".format(ctx.label.name, source.package.replace("-", "_"), source.version))
    args = ctx.actions.args()
    args.add("--package", source.package)
    args.add("--version", source.version)
    inputs = add_source(args, ctx.attr.source)
    args.add("--build-dir", ctx.attr.build_dir)
    if ctx.attr.project_at_top:
        args.add("--project-at-top")
    inputs += add_changes(ctx, args)
    args.add("--out", out)
    run_program(
        ctx,
        program = "patch_sdist",
        arguments = args,
        inputs = inputs,
        outputs = [out],
        action = "patch",
        what = "{} {}".format(source.package, source.version),
    )
    return [
        DefaultInfo(files = depset([out])),
        SdistInfo(label = ctx.label, package = source.package, version = source.version, archive = out),
    ]

sdist_patch = rule(
    implementation = _sdist_patch_impl,
    attrs = _ATTRS | CHANGES_ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
