"""Rules that ask a build backend what it knows of a source before a wheel is built."""

load("//rules/private:pep517.bzl", "BACKEND_ATTRS", "BACKEND_TOOLCHAINS", "backend_arguments", "run_backend")

visibility("//rules/...")

_BUILD_REQUIRES_DOC = """Asks for the requirements that only the backend can tell: `get_requires_for_build_wheel` of PEP 517.

    backend_build_requires(
        name = "build_requires",
        source = ":source",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
    )

The answer is a JSON list of requirements. `build_requires` holds what `build-system.requires` leads to, and no more.
"""

_METADATA_DOC = """Asks for the wheel's metadata, as METADATA: `prepare_metadata_for_build_wheel` of PEP 517.

    backend_metadata(
        name = "metadata",
        source = ":source",
        build_requires = ["//packages/setuptools/80.9.0:wheel"],
    )

A backend without that hook builds the wheel, and the metadata is taken out of it.
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
    toolchains = BACKEND_TOOLCHAINS,
    doc = _BUILD_REQUIRES_DOC,
)

backend_metadata = rule(
    implementation = _metadata_impl,
    attrs = BACKEND_ATTRS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _METADATA_DOC,
)
