"""The Python that runs build backends, and that wheels are built for."""

PythonInfo = provider(
    doc = "A Python interpreter.",
    fields = {
        "cpu": "(str) Its CPU; empty if it is unknown.",
        "files": "(depset of File) Files that the interpreter finds relative to its own location; empty for that of the machine.",
        "fingerprint": "(File or None) Text that identifies the parts of the machine's Python that are not inputs.",
        "identify": "(File or None) Python program with a function `identify(programs)`, which returns the text of `fingerprint` again.",
        "interpreter": "(File) Its program. A link to that of the machine is in the cache key with the content of the program.",
        "label": "(Label) Target that declares it, for error messages.",
        "libc": "(str) Its C library, `glibc` or `musl`.",
        "tree": "(File or None) Tar of the standard library and headers, which a build unpacks. Without it, a build links to those that the interpreter finds.",
        "version": "(str) X.Y version of the interpreter, X.Yt if it is free-threaded.",
    },
)

def _python_toolchain_impl(ctx):
    if ctx.attr.missing:
        fail(ctx.attr.missing)
    if not ctx.file.interpreter:
        fail("{}: set `interpreter`, or `missing` to say why there is none".format(ctx.label))
    if not ctx.files.files and not ctx.file.fingerprint:
        fail(("{}: set the interpreter's `files`, or a `fingerprint` of the machine's Python; otherwise machines with " +
              "different standard libraries would share cache entries").format(ctx.label))
    return [platform_common.ToolchainInfo(python = PythonInfo(
        label = ctx.label,
        version = ctx.attr.version,
        cpu = ctx.attr.cpu,
        libc = "glibc",
        interpreter = ctx.file.interpreter,
        files = depset(ctx.files.files),
        fingerprint = ctx.file.fingerprint,
        identify = ctx.file.identify,
        tree = None,
    ))]

python_toolchain = rule(
    implementation = _python_toolchain_impl,
    attrs = {
        "cpu": attr.string(doc = "CPU of the interpreter. If it is empty, it is not compared with that of the platform of wheels."),
        "files": attr.label_list(
            doc = "Files of a hermetic interpreter, which are inputs of every action that runs it.",
            allow_files = True,
        ),
        "fingerprint": attr.label(
            doc = "Text that identifies the machine's Python: version, ABI, C library, configuration.",
            allow_single_file = True,
        ),
        "identify": attr.label(
            doc = "Python program with a function `identify(programs)`, which returns the text of `fingerprint` for the interpreter that runs it. Each build calls it and fails if the text differs.",
            allow_single_file = [".py"],
        ),
        "interpreter": attr.label(
            doc = "Program of the interpreter: a file of a hermetic one, or a symbolic link to that of the machine.",
            allow_single_file = True,
        ),
        "missing": attr.string(doc = "Error that analysis reports if no Python was found; it lists the searched places."),
        "version": attr.string(
            doc = "X.Y version of the interpreter.",
            mandatory = True,
        ),
    },
    doc = "Declares a Python for builds; wrap it in `toolchain(toolchain_type = \"//toolchains/python:toolchain_type\")`.",
)
