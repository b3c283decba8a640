"""A wheel for the rules of Python programs."""

load("//rules:providers.bzl", "WheelInfo")
load("//rules/private:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")

visibility("//rules/...")

_DOC = """Unpacks a wheel so that `py_library` and `py_binary` can depend on it.

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

def _unpacked(ctx, info):
    """Declares one wheel's site-packages below this target."""
    folder = ctx.actions.declare_directory("{}/{}-{}".format(ctx.label.name, info.package, info.version))
    args = ctx.actions.args()
    args.add_all("--wheel", [info.wheel], expand_directories = False)
    args.add_all("--out", [folder], expand_directories = False)
    args.add("--unpacked")
    run_program(
        ctx,
        program = "install_wheel",
        arguments = args,
        inputs = [info.wheel],
        outputs = [folder],
        mnemonic = "FromagerUnpack",
        progress = "Unpacking {} {}".format(info.package, info.version),
    )
    return folder

def _wheel_library_impl(ctx):
    folders = [_unpacked(ctx, target[WheelInfo]) for target in [ctx.attr.wheel] + ctx.attr.requires]
    sources = depset(folders)
    workspace = ctx.label.workspace_name or ctx.workspace_name
    imports = ["/".join([workspace, ctx.label.package, ctx.label.name, folder.basename]) for folder in folders]
    return [
        DefaultInfo(files = sources, runfiles = ctx.runfiles(files = folders)),
        PyInfo(transitive_sources = sources, imports = depset(imports)),
    ]

wheel_library = rule(
    implementation = _wheel_library_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = _DOC,
)
