"""The accelerator of a variant, such as CUDA or ROCm. It is not detected: the workspace of a variant declares it."""

AcceleratorInfo = provider(
    doc = "The tools that a build for one accelerator needs in addition to the C compiler.",
    fields = {
        "env": "(dict of str to str) Variables of every build that uses it: CUDA_HOME, architecture lists.",
        "files": "(depset of File) Its compilers, headers and libraries if they are inputs.",
        "fingerprint": "(File or None) File that identifies tools that are not inputs.",
        "label": "(Label) Target that declares it, for error messages.",
        "name": "(str) Its name, such as cuda_13_0.",
    },
)

def _accelerator_toolchain_impl(ctx):
    if not ctx.files.files and not ctx.file.fingerprint:
        fail("{}: set `files`, or a `fingerprint` of the machine's tools".format(ctx.label))
    return [platform_common.ToolchainInfo(accelerator = AcceleratorInfo(
        label = ctx.label,
        name = ctx.label.name,
        env = ctx.attr.env,
        files = depset(ctx.files.files),
        fingerprint = ctx.file.fingerprint,
    ))]

accelerator_toolchain = rule(
    implementation = _accelerator_toolchain_impl,
    attrs = {
        "env": attr.string_dict(doc = "Variables of every build that uses the accelerator, before a package's own."),
        "files": attr.label_list(
            doc = "Compilers, headers and libraries that are inputs.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies the tools of the machine by their versions.",
            allow_single_file = True,
        ),
    },
    doc = "Declares an accelerator; wrap it in `toolchain(toolchain_type = \"//toolchains/accelerator:toolchain_type\")`.",
)
