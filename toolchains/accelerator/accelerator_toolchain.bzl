"""The accelerator of a variant, such as CUDA or ROCm, that a workspace declares itself."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "TOOLS_ATTRS", "tools_info")

def _accelerator_toolchain_impl(ctx):
    if ctx.files.files and ctx.file.machine_folder:
        fail("{}: `files` and `machine_folder` exclude each other".format(ctx.label))
    if ctx.file.machine_folder and not ctx.file.fingerprint:
        fail("{}: `machine_folder` needs a `fingerprint` of the machine's tools".format(ctx.label))
    if not (ctx.files.data or ctx.files.files or ctx.files.programs or ctx.file.fingerprint):
        fail("{}: set `programs`, `files` or `data`, or a `fingerprint` of the machine's tools".format(ctx.label))
    return [platform_common.ToolchainInfo(accelerator = tools_info(
        ctx,
        BUILD_ROOT + "/accelerator",
        machine_folder = ctx.file.machine_folder,
    ))]

accelerator_toolchain = rule(
    implementation = _accelerator_toolchain_impl,
    attrs = TOOLS_ATTRS | {
        "machine_folder": attr.label(
            doc = "Link to a file of the machine. Builds find the folder that contains the file at `{root}`. The other files of the folder are not inputs, so it needs a `fingerprint`.",
            allow_single_file = True,
        ),
    },
    doc = "Declares the tools that a build for one accelerator needs in addition to the C compiler. Wrap it in `toolchain(toolchain_type = \"//toolchains/accelerator:toolchain_type\")`.",
)
