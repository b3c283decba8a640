"""The Python that runs build backends, and that wheels are built for."""

PythonInfo = provider(
    doc = "A Python interpreter, which is either an input of the action or a program of the machine.",
    fields = {
        "fingerprint": "(File or None) File that identifies an interpreter that is not an input; it is an input of every action that runs the interpreter.",
        "files": "(depset of File) Files of the interpreter if it is an input; empty for that of the machine.",
        "interpreter": "(File or None) Program of the interpreter if it is an input.",
        "interpreter_path": "(str) Absolute path of the machine's interpreter; empty if `interpreter` is set.",
        "label": "(Label) Target that declares it, for error messages.",
        "version": "(str) X.Y version of the interpreter.",
    },
)

def _python_toolchain_impl(ctx):
    if ctx.attr.missing:
        fail(ctx.attr.missing)
    if bool(ctx.file.interpreter) == bool(ctx.attr.interpreter_path):
        fail("{}: set either `interpreter` or `interpreter_path`".format(ctx.label))
    if ctx.attr.interpreter_path and not ctx.file.fingerprint:
        fail("{}: an interpreter of the machine needs a `fingerprint`; otherwise different machines would share cache entries".format(ctx.label))
    return [platform_common.ToolchainInfo(python = PythonInfo(
        label = ctx.label,
        version = ctx.attr.version,
        interpreter = ctx.file.interpreter,
        interpreter_path = ctx.attr.interpreter_path,
        files = depset(ctx.files.files),
        fingerprint = ctx.file.fingerprint,
    ))]

python_toolchain = rule(
    implementation = _python_toolchain_impl,
    attrs = {
        "files": attr.label_list(
            doc = "Files of a hermetic interpreter, which are inputs of every action that runs it.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies the machine's interpreter: version, ABI, C library, digest.",
            allow_single_file = True,
        ),
        "interpreter": attr.label(
            doc = "Program of a hermetic interpreter.",
            allow_single_file = True,
        ),
        "interpreter_path": attr.string(doc = "Absolute path of the machine's interpreter."),
        "missing": attr.string(doc = "Error that analysis reports if no Python was found; it lists the searched places."),
        "version": attr.string(
            doc = "X.Y version of the interpreter.",
            mandatory = True,
        ),
    },
    doc = "Declares a Python for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/python:toolchain_type\")`.",
)
