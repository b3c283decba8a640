"""A wheel for the rules of Python programs."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules:providers.bzl", "WheelInfo")

visibility("//rules/...")

_DOC = """Offers a wheel, unpacked, so that `py_library` and `py_binary` can depend on it.

Install requirements form cycles, which Bazel's targets may not: so a library names everything it needs, directly or not.

    wheel_library(
        name = "lib",
        wheel = ":wheel",
        requires = ["//packages/jinja2/3.1.6:wheel"],
    )
"""

_ATTRS = {
    "requires": attr.label_list(
        doc = "Wheels of the whole install closure.",
        providers = [WheelInfo],
    ),
    "wheel": attr.label(
        doc = "The wheel.",
        mandatory = True,
        providers = [WheelInfo],
    ),
}

def _import_path(ctx, folder):
    """Returns a folder's path as PyInfo has it: from the runfiles' top."""
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
