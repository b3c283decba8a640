"""The Python that runs build backends and that the wheels are for."""

PythonInfo = provider(
    doc = "One Python interpreter, either an input of the action or a program of the machine.",
    fields = {
        "fingerprint": "(File or None) What identifies an interpreter that is not itself an input; an input of every action that runs it.",
        "files": "(depset of File) The interpreter's own files where it is an input; empty for the machine's.",
        "interpreter": "(File or None) The interpreter's program where it is an input.",
        "interpreter_path": "(str) Absolute path of the machine's interpreter; empty where `interpreter` is set.",
        "label": "(Label) Target that declared it; put it in error messages.",
        "version": "(str) Its X.Y version.",
    },
)

def _python_toolchain_impl(ctx):
    if ctx.attr.missing:
        fail(ctx.attr.missing)
    if bool(ctx.file.interpreter) == bool(ctx.attr.interpreter_path):
        fail("{}: give either `interpreter` or `interpreter_path`".format(ctx.label))
    if ctx.attr.interpreter_path and not ctx.file.fingerprint:
        fail("{}: a machine's interpreter needs a `fingerprint`, or two machines share cache entries they should not".format(ctx.label))
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
            doc = "Files of a hermetic interpreter, inputs of every action that runs it.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "File that identifies a machine's interpreter: version, ABI, C library, digest.",
            allow_single_file = True,
        ),
        "interpreter": attr.label(
            doc = "Program of a hermetic interpreter.",
            allow_single_file = True,
        ),
        "interpreter_path": attr.string(doc = "Absolute path of a machine's interpreter."),
        "missing": attr.string(doc = "Set where none was found: the error that analysis reports, saying where one was looked for."),
        "version": attr.string(
            doc = "X.Y version of the interpreter.",
            mandatory = True,
        ),
    },
    doc = "Declares a Python for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/python:toolchain_type\")`.",
)
