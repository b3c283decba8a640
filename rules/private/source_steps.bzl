"""Rules for steps of a build that take place in its closed world: a plugin prepares the source, and an sdist is built."""

load("//rules:providers.bzl", "SdistInfo")
load("//rules/private:pep517.bzl", "BACKEND_ATTRS", "BACKEND_FRAGMENTS", "BACKEND_TOOLCHAINS", "backend_arguments", "run_backend")
load("//rules/private:source_changes.bzl", "CHANGES_ATTRS", "add_changes")

visibility("//rules/...")

_PREPARE_DOC = """Prepares a source with `prepare_source` of a plugin, in place of `sdist_patch`.

    plugin_source(
        name = "source",
        plugin = ":plugin",
        source = ":sdist",
    )
"""

_SDIST_DOC = """Builds the sdist of a prepared source with `build_sdist` of its backend, or of a plugin, in place of `sdist_patch`.

    backend_sdist(
        name = "rebuilt_sdist",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
        plugin = ":plugin",
        source = ":source",
    )
"""

def _run(ctx, program, called, has_changes = False):
    source = ctx.attr.source[SdistInfo]
    out = ctx.actions.declare_file("{}/{}-{}.tar.gz".format(ctx.label.name, source.package.replace("-", "_"), source.version))
    log = ctx.actions.declare_file(ctx.label.name + ".log")
    call = backend_arguments(ctx, log, called)
    inputs = add_changes(ctx, call.args) if has_changes else []
    call.args.add("--out", out)
    run_backend(
        ctx,
        program = program,
        action = "patch",
        call = call,
        inputs = inputs,
        outputs = [out],
    )
    return [
        DefaultInfo(files = depset([out])),
        OutputGroupInfo(log = depset([log]), plugin = depset(call.plugin_out)),
        SdistInfo(label = ctx.label, package = source.package, version = source.version, archive = out),
    ]

def _prepare_impl(ctx):
    return _run(ctx, "prepare_source", ["prepare_source"], has_changes = True)

def _sdist_impl(ctx):
    return _run(ctx, "build_sdist", ["build_sdist", "update_extra_environ"])

plugin_source = rule(
    implementation = _prepare_impl,
    attrs = BACKEND_ATTRS | CHANGES_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _PREPARE_DOC,
)

backend_sdist = rule(
    implementation = _sdist_impl,
    attrs = BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _SDIST_DOC,
)
