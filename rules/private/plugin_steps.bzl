"""Rules for the steps of a build that only a plugin runs: it prepares the source, or packs the sdist."""

load("//rules:providers.bzl", "SdistInfo")
load("//rules/private:pep517.bzl", "BACKEND_ATTRS", "BACKEND_FRAGMENTS", "BACKEND_TOOLCHAINS", "backend_arguments", "run_backend")

visibility("//rules/...")

_PREPARE_DOC = """Prepares a source with `prepare_source` of a plugin, in place of `sdist_patch`.

    plugin_source(
        name = "source",
        plugin = ":plugin",
        source = ":sdist",
    )
"""

_SDIST_DOC = """Packs the sdist of a prepared source with `build_sdist` of a plugin, in place of `sdist_patch`.

    plugin_sdist(
        name = "rebuilt_sdist",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
        plugin = ":plugin",
        source = ":source",
    )
"""

_PREPARE_ATTRS = {
    "patches": attr.label_list(
        doc = "Unified diffs that the plugin can apply with `sources.prepare_new_source`, in order.",
        allow_files = [".patch"],
    ),
    "remove_build_requires": attr.string_list(doc = "Names that the same function removes from `build-system.requires`."),
    "update_build_requires": attr.string_list(doc = "Requirements that it puts into `build-system.requires`."),
}

def _run(ctx, program, action, called, arguments, files = []):
    source = ctx.attr.source[SdistInfo]
    out = ctx.actions.declare_file("{}/{}-{}.tar.gz".format(ctx.label.name, source.package.replace("-", "_"), source.version))
    log = ctx.actions.declare_file(ctx.label.name + ".log")
    call = backend_arguments(ctx, log, called)
    for flag, values in arguments.items():
        call.args.add_all(values, format_each = flag + "=%s")
    call.args.add("--out", out)
    run_backend(
        ctx,
        program = program,
        action = action,
        call = call,
        inputs = files,
        outputs = [out],
    )
    return [
        DefaultInfo(files = depset([out])),
        OutputGroupInfo(log = depset([log]), plugin = depset(call.plugin_out)),
        SdistInfo(label = ctx.label, package = source.package, version = source.version, archive = out),
    ]

def _prepare_impl(ctx):
    return _run(ctx, "prepare_source", "patch", ["prepare_source"], {
        "--patch": [file.path for file in ctx.files.patches],
        "--remove-build-requires": ctx.attr.remove_build_requires,
        "--update-build-requires": ctx.attr.update_build_requires,
    }, ctx.files.patches)

def _sdist_impl(ctx):
    return _run(ctx, "build_sdist", "patch", ["build_sdist", "update_extra_environ"], {})

plugin_source = rule(
    implementation = _prepare_impl,
    attrs = _PREPARE_ATTRS | BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _PREPARE_DOC,
)

plugin_sdist = rule(
    implementation = _sdist_impl,
    attrs = BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _SDIST_DOC,
)
