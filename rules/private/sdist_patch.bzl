"""Rule that applies patches and project overrides to a source."""

load("//rules:providers.bzl", "SdistInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")
load("//rules/private:crates.bzl", "add_source")

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
    "edits": attr.string(doc = "Actions of the setting `patch` as a JSON list, which are applied after the patches."),
    "patches": attr.label_list(
        doc = "Unified diffs, in the order in which they are applied.",
        allow_files = [".patch"],
    ),
    "project_at_top": attr.bool(doc = "Whether pip can build the archive from its top-level folder although the project is in `build_dir`."),
    "remove_build_requires": attr.string_list(doc = "Names to remove from `build-system.requires`."),
    "source": attr.label(
        doc = "The source.",
        mandatory = True,
        providers = [SdistInfo],
    ),
    "submodules": attr.label_keyed_string_dict(
        doc = "Archives that are unpacked into the source before it is patched, each with its folders, separated by colons.",
        allow_files = True,
    ),
    "update_build_requires": attr.string_list(doc = "Requirements that replace those with the same name in `build-system.requires`."),
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
    submodules = [(folders, target.files.to_list()[0]) for target, folders in ctx.attr.submodules.items()]
    for folders, archive in submodules:
        args.add("--submodule", archive, format = folders.replace("%", "%%") + "=%s")
    args.add_all(ctx.files.patches, before_each = "--patch")
    args.add_all(ctx.attr.update_build_requires, format_each = "--update-build-requires=%s")
    args.add_all(ctx.attr.remove_build_requires, format_each = "--remove-build-requires=%s")
    if ctx.attr.edits:
        args.add("--edits=" + ctx.attr.edits)
    args.add("--out", out)
    run_program(
        ctx,
        program = "patch_sdist",
        arguments = args,
        inputs = inputs + ctx.files.patches + [archive for _, archive in submodules],
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
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
