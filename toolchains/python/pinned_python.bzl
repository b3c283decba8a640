"""A Python of pinned archives: one that runs builds, and one that wheels are built for on another platform."""

load("//rules:contract.bzl", "PYTHON_FLAGS")
load("//rules:run.bzl", "PROGRAM_TOOLCHAINS", "run_python")
load("//toolchains:types.bzl", "PYTHON")
load(":python_toolchain.bzl", "PythonInfo")

PythonTargetInfo = provider(
    doc = "A Python that wheels are built for, and that may not run on the machine of the build.",
    fields = {
        "cpu": "(str) Its CPU.",
        "label": "(Label) Target that declares it, for error messages.",
        "libc": "(str) Its C library, `glibc` or `musl`.",
        "tree": "(File) Tar of its headers, with the variables of its `sysconfig` in one JSON file.",
        "version": "(str) X.Y version, X.Yt for a free-threaded Python.",
    },
)

_ATTRS = {
    "cpu": attr.string(
        doc = "Its CPU.",
        mandatory = True,
    ),
    "files": attr.label(
        doc = "Its files, in the folders `bin`, `lib` and `include` of one repository.",
        mandatory = True,
    ),
    "libc": attr.string(
        doc = "Its C library.",
        mandatory = True,
        values = ["glibc", "musl"],
    ),
    "version": attr.string(
        doc = "X.Y version, X.Yt for a free-threaded Python.",
        mandatory = True,
    ),
    "_main": attr.label(
        doc = "Program that packs the files.",
        default = "//rules/actions:make_python.py",
        allow_single_file = True,
    ),
    "_programs": attr.label(
        doc = "Modules that the program imports.",
        default = "//rules/actions:programs",
    ),
}

def _pack(ctx, interpreter, files, tree, copy = None, library = None):
    """Declares the action that packs the files.

    Args:
      ctx: (ctx) Context of a rule with _ATTRS.
      interpreter: (File) Python that runs the program.
      files: (depset of File) Files that the interpreter needs.
      tree: (File) Tar to write.
      copy: (File or None) Copy of the interpreter to write.
      library: (File or None) Folder `lib` to write, next to the folder of the copy.
    """
    flags = ctx.actions.args()
    flags.add_all(PYTHON_FLAGS)
    flags.add(ctx.file._main)
    args = ctx.actions.args()
    args.use_param_file("@%s", use_always = True)
    args.set_param_file_format("multiline")
    args.add(ctx.attr.files.label.workspace_root, format = "--root=%s")
    args.add(ctx.attr.version, format = "--version=%s")
    args.add_all(ctx.files.files, format_each = "--file=%s")
    if library:
        args.add_all([library], format_each = "--out-library=%s", expand_directories = False)
        args.add(copy, format = "--out-interpreter=%s")
    args.add(tree, format = "--out-tree=%s")
    run_python(
        ctx,
        interpreter = interpreter,
        action = "python",
        what = "Python {} for {}".format(ctx.attr.version, ctx.attr.cpu),
        arguments = [flags, args],
        inputs = depset([ctx.file._main] + ctx.files._programs + ctx.files.files, transitive = [files]),
        outputs = [file for file in [tree, library, copy] if file],
    )

def _pinned_python_impl(ctx):
    # Not a symbolic link: Python searches its library next to the file that it is linked to.
    interpreter = ctx.actions.declare_file("{}/bin/python{}".format(ctx.label.name, ctx.attr.version))
    library = ctx.actions.declare_directory(ctx.label.name + "/lib")
    tree = ctx.actions.declare_file(ctx.label.name + ".tar")
    _pack(ctx, ctx.file.interpreter, depset(), tree, interpreter, library)
    return [
        DefaultInfo(files = depset([interpreter, library])),
        platform_common.ToolchainInfo(python = PythonInfo(
            label = ctx.label,
            version = ctx.attr.version,
            cpu = ctx.attr.cpu,
            libc = ctx.attr.libc,
            interpreter = interpreter,
            files = depset([library]),
            fingerprint = None,
            identify = None,
            tree = tree,
        )),
    ]

pinned_python = rule(
    implementation = _pinned_python_impl,
    attrs = _ATTRS | {"interpreter": attr.label(
        doc = "Its program.",
        allow_single_file = True,
        mandatory = True,
    )},
    doc = "Packs the files of a pinned Python that runs builds, so that an action has few inputs. Wrap it in `toolchain(toolchain_type = \"//toolchains/python:toolchain_type\")`.",
)

def _target_python_impl(ctx):
    python = ctx.toolchains[PYTHON].python
    tree = ctx.actions.declare_file(ctx.label.name + ".target.tar")
    _pack(ctx, python.interpreter, python.files, tree)
    return [
        DefaultInfo(files = depset([tree])),
        platform_common.ToolchainInfo(target_python = PythonTargetInfo(
            label = ctx.label,
            cpu = ctx.attr.cpu,
            libc = ctx.attr.libc,
            tree = tree,
            version = ctx.attr.version,
        )),
    ]

target_python = rule(
    implementation = _target_python_impl,
    attrs = _ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Declares a pinned Python that wheels are built for on another platform. Wrap it in `toolchain(toolchain_type = \"//toolchains/python:target_type\")`.",
)
