"""The C and C++ compiler of a build, and the POSIX programs its build system may call."""

CcToolsInfo = provider(
    doc = "The compiler, binutils and POSIX programs that a build finds on its PATH, and nothing else.",
    fields = {
        "env": "(dict of str to str) Variables that a build using it gets, CC and the like.",
        "files": "(depset of File) Programs that are inputs; empty for the machine's.",
        "fingerprint": "(File or None) What identifies programs that are not inputs.",
        "label": "(Label) Target that declared it; put it in error messages.",
        "tools": "(File) JSON object from a program's name to its absolute path.",
    },
)

def _cc_tools_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(cc = CcToolsInfo(
        label = ctx.label,
        env = ctx.attr.env,
        files = depset(ctx.files.files),
        fingerprint = ctx.file.fingerprint,
        tools = ctx.file.tools,
    ))]

cc_tools_toolchain = rule(
    implementation = _cc_tools_toolchain_impl,
    attrs = {
        "env": attr.string_dict(doc = "Variables of every build, before a package's own."),
        "files": attr.label_list(
            doc = "Programs of a hermetic toolchain, inputs of every build.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies a machine's compiler: versions, target, C library.",
            allow_single_file = True,
        ),
        "tools": attr.label(
            doc = "JSON object from the names on a build's PATH to absolute paths.",
            allow_single_file = [".json"],
            mandatory = True,
        ),
    },
    doc = "Declares compilers for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/cc:toolchain_type\")`.",
)
