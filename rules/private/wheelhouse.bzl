"""The wheels of a collection, as pip wants them."""

load("//rules:providers.bzl", "WheelInfo")
load("//rules/private:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")

visibility("//rules/...")

_DOC = """Gathers wheels into one folder with a PEP 503 index.

    wheelhouse(
        name = "wheelhouse",
        wheels = ["//packages/flask/3.1.3:wheel"],
    )

    pip install --no-index --find-links bazel-bin/wheelhouse flask

Served by any file server, `wheelhouse/simple/` is an index for `--index-url`; every file is named with its sha256.
`--output_groups=log` gives the logs of all its wheels.
"""

_ATTRS = {
    "wheels": attr.label_list(
        doc = "The wheels; the first named are begun first.",
        mandatory = True,
        providers = [WheelInfo],
    ),
}

def _wheelhouse_impl(ctx):
    wheels = [target[WheelInfo].wheel for target in ctx.attr.wheels]
    out = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add_all(wheels, before_each = "--wheel", expand_directories = False)
    args.add_all("--out", [out], expand_directories = False)
    run_program(
        ctx,
        program = "make_wheelhouse",
        arguments = args,
        inputs = wheels,
        outputs = [out],
        action = "wheelhouse",
        what = "{} wheels".format(len(wheels)),
    )
    groups = [target[OutputGroupInfo] for target in ctx.attr.wheels if OutputGroupInfo in target]
    return [
        DefaultInfo(files = depset([out])),
        OutputGroupInfo(log = depset(transitive = [group.log for group in groups if hasattr(group, "log")])),
    ]

wheelhouse = rule(
    implementation = _wheelhouse_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
