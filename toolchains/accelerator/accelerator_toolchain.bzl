"""The accelerator of a variant: CUDA, ROCm and their like. None is detected; a variant's workspace declares its own."""

AcceleratorInfo = provider(
    doc = "What a build for one accelerator needs beyond the C compiler.",
    fields = {
        "env": "(dict of str to str) Variables of every build that uses it: CUDA_HOME, architecture lists.",
        "files": "(depset of File) Its compilers, headers and libraries where they are inputs.",
        "fingerprint": "(File or None) What identifies an accelerator's tools that are not inputs.",
        "label": "(Label) Target that declared it; put it in error messages.",
        "name": "(str) Its name, such as cuda_13_0.",
    },
)

def _accelerator_toolchain_impl(ctx):
    if not ctx.files.files and not ctx.file.fingerprint:
        fail("{}: give `files`, or a `fingerprint` of what the machine has".format(ctx.label))
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
            doc = "File that identifies tools of the machine: their versions.",
            allow_single_file = True,
        ),
    },
    doc = "Declares an accelerator; wrap it in `toolchain(toolchain_type = \"//toolchains/accelerator:toolchain_type\")`.",
)
