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

# Attributes of each rule that packs a Python.
PACK_ATTRS = {
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

_ATTRS = PACK_ATTRS | {
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
}

def _pack(ctx, python, interpreter, needed, tree, copy = None, library = None):
    """Declares the action that packs the files of a Python.

    Args:
      ctx: (ctx) Context of a rule with PACK_ATTRS.
      python: (struct) Its `cpu`, `libc` and `version`, its `files`, and the folder `root` that contains them.
      interpreter: (File) Python that runs the program.
      needed: (depset of File) Files that the interpreter needs, and that are not packed.
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
    args.add(python.root, format = "--root=%s")
    args.add(python.version, format = "--version=%s")
    args.add_all(python.files, format_each = "--file=%s")
    if library:
        args.add_all([library], format_each = "--out-library=%s", expand_directories = False)
        args.add(copy, format = "--out-interpreter=%s")
    args.add(tree, format = "--out-tree=%s")
    run_python(
        ctx,
        interpreter = interpreter,
        action = "python",
        what = "Python {} for {}".format(python.version, python.cpu),
        arguments = [flags, args],
        inputs = depset([ctx.file._main] + ctx.files._programs + python.files, transitive = [needed]),
        outputs = [file for file in [tree, library, copy] if file],
        # The interpreter runs the programs that check what comes from a cache, so it must not come from one.
        cached = not copy,
    )

def pack_python(ctx, python, interpreter):
    """Declares the action that packs the files of a Python that runs builds, so that other actions have few inputs.

    Args:
      ctx: (ctx) Context of a rule with PACK_ATTRS.
      python: (struct) Its `cpu`, `libc` and `version`, its `files` (list of File), and the folder `root` that contains them.
      interpreter: (File) Its program.

    Returns:
      (list) Providers of a toolchain.
    """

    # Not a symbolic link: Python searches its library next to the file that it is linked to.
    copy = ctx.actions.declare_file("{}/bin/python{}".format(ctx.label.name, python.version))
    library = ctx.actions.declare_directory(ctx.label.name + "/lib")
    tree = ctx.actions.declare_file(ctx.label.name + ".tar")
    _pack(ctx, python, interpreter, depset(), tree, copy, library)
    return [
        DefaultInfo(files = depset([copy, library])),
        platform_common.ToolchainInfo(python = PythonInfo(
            label = ctx.label,
            version = python.version,
            cpu = python.cpu,
            libc = python.libc,
            interpreter = copy,
            files = depset([library]),
            fingerprint = None,
            identify = None,
            tree = tree,
        )),
    ]

def _pinned(ctx):
    return struct(
        cpu = ctx.attr.cpu,
        files = ctx.files.files,
        libc = ctx.attr.libc,
        root = ctx.attr.files.label.workspace_root,
        version = ctx.attr.version,
    )

def _pinned_python_impl(ctx):
    return pack_python(ctx, _pinned(ctx), ctx.file.interpreter)

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
    _pack(ctx, _pinned(ctx), python.interpreter, python.files, tree)
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
