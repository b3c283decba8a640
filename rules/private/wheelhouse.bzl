"""Rule that gathers the wheels of a collection for pip."""

load("//rules:providers.bzl", "WheelInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")

visibility("//rules/...")

WheelhouseInfo = provider(
    doc = "The wheels of a collection.",
    fields = {"folder": "(File) Folder with the wheels and an index of them."},
)

_DOC = """Gathers wheels into one folder with a package index.

    wheelhouse(
        name = "wheelhouse",
        wheels = ["//packages/flask/3.1.3:wheel"],
    )

    pip install --no-index --find-links bazel-bin/wheelhouse flask

Any file server can serve the folder `wheelhouse`, for `pip install --index-url ADDRESS/simple/`. The index states the
hash, the size and the versions of Python of each file, and each wheel has a file with its metadata next to it, so that
pip resolves without a download of wheels. Every page has an HTML form (`index.html`) and a JSON form (`index.json`). Use
`bazel build --output_groups=log` to get the build logs of all wheels. See
https://packaging.python.org/en/latest/specifications/simple-repository-api/.
"""

_ATTRS = {
    "wheels": attr.label_list(
        doc = "The wheels. Builds at the beginning of the list are started first.",
        mandatory = True,
        providers = [WheelInfo],
    ),
}

def _planned(wheel):
    """Returns the data about a wheel with which the action compares it."""
    return json.encode({
        "install_requires": wheel.install_requires,
        "package": wheel.package,
        "published": wheel.prebuilt,
        "version": wheel.version,
    })

def _wheelhouse_impl(ctx):
    wheels = [target[WheelInfo].wheel for target in ctx.attr.wheels]
    out = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add_all(wheels, before_each = "--wheel", expand_directories = False)
    args.add_all([_planned(target[WheelInfo]) for target in ctx.attr.wheels], before_each = "--planned")
    args.add_all("--out", [out], expand_directories = False)
    run_program(
        ctx,
        program = "make_wheelhouse",
        arguments = args,
        inputs = wheels,
        outputs = [out],
        action = "wheelhouse",
        what = "{} wheels".format(len(wheels)),
        # A cache could have a forged folder, and all of its files are inputs of this action anyway.
        cached = False,
    )
    groups = [target[OutputGroupInfo] for target in ctx.attr.wheels if OutputGroupInfo in target]
    return [
        DefaultInfo(files = depset([out])),
        WheelhouseInfo(folder = out),
        OutputGroupInfo(log = depset(transitive = [group.log for group in groups if hasattr(group, "log")])),
    ]

wheelhouse = rule(
    implementation = _wheelhouse_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
