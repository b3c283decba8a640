"""The C and C++ compiler of a build, and the POSIX programs that its build system can call."""

CcToolsInfo = provider(
    doc = "The compiler, binutils and POSIX programs on the PATH of a build, which has no other programs.",
    fields = {
        "env": "(dict of str to str) Variables of every build that uses it, such as CC.",
        "files": "(depset of File) Programs that are inputs; empty for those of the machine.",
        "fingerprint": "(File or None) File that identifies programs that are not inputs.",
        "label": "(Label) Target that declares it, for error messages.",
        "tools": "(File) JSON object from a program's name to its absolute path, or to a list of its path and its first arguments.",
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
            doc = "Programs of a hermetic toolchain, which are inputs of every build.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies the compiler of the machine: versions, target, C library.",
            allow_single_file = True,
        ),
        "tools": attr.label(
            doc = "JSON object from the names of programs on a build's PATH to absolute paths, or to lists of a path and first arguments.",
            allow_single_file = [".json"],
            mandatory = True,
        ),
    },
    doc = "Declares compilers for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/cc:toolchain_type\")`.",
)
