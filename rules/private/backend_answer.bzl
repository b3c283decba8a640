"""Rules that query a build backend before the wheel is built: its build requirements, and the wheel's metadata."""

load("//rules/private:pep517.bzl", "BACKEND_ATTRS", "BACKEND_FRAGMENTS", "BACKEND_TOOLCHAINS", "backend_arguments", "run_backend")

visibility("//rules/...")

_BUILD_REQUIRES_DOC = """Gets the build requirements that the backend determines, from `get_requires_for_build_wheel`.

    backend_build_requires(
        name = "build_requires",
        source = ":source",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
    )

The output is a JSON list of requirements. Set `build_requires` to the wheels of `build-system.requires` and of their
dependencies only. See https://peps.python.org/pep-0517/#get-requires-for-build-wheel.
"""

_METADATA_DOC = """Gets the wheel's metadata as a METADATA file, from `prepare_metadata_for_build_wheel`.

    backend_metadata(
        name = "metadata",
        source = ":source",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
    )

If the backend does not have that hook, the wheel is built and the metadata is extracted from it.
See https://peps.python.org/pep-0517/#prepare-metadata-for-build-wheel.
"""

_SYSTEM_DOC = """Gets the requirements that `get_build_system_dependencies` of a plugin returns, in place of build-system.requires.

    plugin_build_system(
        name = "build_system",
        plugin = ":plugin",
        source = ":source",
    )

The output is a JSON list of requirements.
"""

_SDIST_DOC = """Gets the requirements that `get_build_sdist_dependencies` of a plugin returns, in an environment as for `build_requires`.

    plugin_sdist_requires(
        name = "sdist_requires",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
        plugin = ":plugin",
        source = ":source",
    )

The output is a JSON list of requirements.
"""

def _ask(ctx, question, out, called):
    log = ctx.actions.declare_file(ctx.label.name + ".log")
    call = backend_arguments(ctx, log, called)
    call.args.add("--question", question)
    call.args.add("--out", out)
    run_backend(
        ctx,
        program = "ask_backend",
        action = "ask",
        call = call,
        outputs = [out],
    )
    return [
        DefaultInfo(files = depset([out])),
        OutputGroupInfo(log = depset([log]), plugin = depset(call.plugin_out)),
    ]

def _build_requires_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    return _ask(ctx, "build_requires", out, ["get_build_backend_dependencies", "update_extra_environ"])

def _sdist_requires_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    return _ask(ctx, "sdist_requires", out, ["get_build_sdist_dependencies", "update_extra_environ"])

def _metadata_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + "/METADATA")
    called = ["build_wheel", "get_install_dependencies_of_sdist", "update_extra_environ"]
    return _ask(ctx, "metadata", out, called)

def _build_system_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    return _ask(ctx, "build_system", out, ["get_build_system_dependencies"])

backend_build_requires = rule(
    implementation = _build_requires_impl,
    attrs = BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _BUILD_REQUIRES_DOC,
)

backend_metadata = rule(
    implementation = _metadata_impl,
    attrs = BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _METADATA_DOC,
)

plugin_build_system = rule(
    implementation = _build_system_impl,
    attrs = BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _SYSTEM_DOC,
)

plugin_sdist_requires = rule(
    implementation = _sdist_requires_impl,
    attrs = BACKEND_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _SDIST_DOC,
)
