"""Rule that makes a wheel available to rules of Python programs."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules:providers.bzl", "WheelInfo")

visibility("//rules/...")

_DOC = """Provides an unpacked wheel as a dependency for `py_library` and `py_binary`.

Install requirements can form cycles, but Bazel targets cannot. A library therefore lists all its direct and indirect
requirements.

    wheel_library(
        name = "lib",
        wheel = ":wheel",
        requires = ["//packages/jinja2/3.1.6:wheel"],
    )
"""

_ATTRS = {
    "requires": attr.label_list(
        doc = "Wheels of all direct and indirect install requirements.",
        providers = [WheelInfo],
    ),
    "wheel": attr.label(
        doc = "The wheel.",
        mandatory = True,
        providers = [WheelInfo],
    ),
}

def _import_path(ctx, folder):
    """Returns a folder's path relative to the root of the runfiles, as PyInfo needs it."""
    short = folder.short_path
    return short[len("../"):] if short.startswith("../") else "{}/{}".format(ctx.workspace_name, short)

def _wheel_library_impl(ctx):
    folders = [target[WheelInfo].site_packages for target in [ctx.attr.wheel] + ctx.attr.requires]
    return [
        DefaultInfo(files = depset(folders), runfiles = ctx.runfiles(files = folders)),
        PyInfo(
            transitive_sources = depset(folders),
            imports = depset([_import_path(ctx, folder) for folder in folders]),
        ),
    ]

wheel_library = rule(
    implementation = _wheel_library_impl,
    attrs = _ATTRS,
    doc = _DOC,
)
