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

def _ask(ctx, question, out):
    log = ctx.actions.declare_file(ctx.label.name + ".log")
    args, inputs, tools = backend_arguments(ctx, log)
    args.add("--question", question)
    args.add("--out", out)
    run_backend(
        ctx,
        program = "ask_backend",
        arguments = args,
        inputs = inputs,
        outputs = [out, log],
        action = "ask",
        tools = tools,
    )
    return [
        DefaultInfo(files = depset([out])),
        OutputGroupInfo(log = depset([log])),
    ]

def _build_requires_impl(ctx):
    return _ask(ctx, "build_requires", ctx.actions.declare_file(ctx.label.name + ".json"))

def _metadata_impl(ctx):
    return _ask(ctx, "metadata", ctx.actions.declare_file(ctx.label.name + "/METADATA"))

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
