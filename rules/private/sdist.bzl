"""Rule for a package's source as published."""

load("//rules:providers.bzl", "SdistInfo")

visibility("//rules/...")

def _sdist_impl(ctx):
    return [
        DefaultInfo(files = depset([ctx.file.archive])),
        SdistInfo(
            label = ctx.label,
            package = ctx.attr.package,
            version = ctx.attr.version,
            archive = ctx.file.archive,
        ),
    ]

sdist = rule(
    implementation = _sdist_impl,
    attrs = {
        "archive": attr.label(
            doc = "The archive: `fetched_sdist(...)`, whose sha256 is in the lock, or a file in the workspace.",
            allow_single_file = True,
            mandatory = True,
        ),
        "package": attr.string(
            doc = "Canonical name.",
            mandatory = True,
        ),
        "version": attr.string(
            doc = "PEP 440 version.",
            mandatory = True,
        ),
    },
    doc = "Declares an archive as the source of one package version.",
)
