"""Rule that packs the actions' programs and their libraries into one file."""

load("//rules:contract.bzl", "LIBRARIES", "PYTHON_FLAGS", "WHEEL_LIBRARIES")
load("//rules:providers.bzl", "ProgramsInfo")
load("//rules:run.bzl", "PROGRAM_TOOLCHAINS", "run_python")
load("//rules/private:labels.bzl", "library_label")
load("//toolchains:types.bzl", "PYTHON")

visibility("//rules/...")

def _named(file):
    """Returns NAME=FILE of a module. All modules are in the package `actions`, except the one that Python runs."""
    name = file.short_path.rpartition("rules/actions/")[2]
    return "{}={}".format(name if name == "__main__.py" else "actions/" + name, file.path)

def _pack(ctx, out, programs, what):
    """Declares the action that packs programs and the target's libraries into one file."""
    python = ctx.toolchains[PYTHON].python
    args = ctx.actions.args()
    args.add_all(PYTHON_FLAGS)
    args.add(ctx.file._main)
    args.add_all(programs, before_each = "--program", map_each = _named)
    for sdist, package in ctx.attr.libraries.items():
        args.add("--library", sdist.files.to_list()[0], format = package + "=%s")
    args.add("--out", out)
    fingerprints = [python.fingerprint] if python.fingerprint else []
    run_python(
        ctx,
        interpreter = python.interpreter,
        action = "programs",
        what = what,
        arguments = [args],
        inputs = depset(
            [ctx.file._main] + ctx.files._programs + ctx.files.libraries + fingerprints,
            transitive = [python.files],
        ),
        outputs = [out],
        toolchain = PYTHON,
        # The programs check what comes from a cache, so they must not come from one.
        cached = False,
    )

def _programs_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".pyz")
    _pack(ctx, out, ctx.files._programs, "the actions' programs")
    return [
        DefaultInfo(files = depset([out])),
        ProgramsInfo(pyz = out, inside = ctx.file._inside),
    ]

def _libraries_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".zip")
    _pack(ctx, out, [], "libraries that check wheels")
    return [DefaultInfo(files = depset([out]))]

_PACK_ATTRS = {
    "libraries": attr.label_keyed_string_dict(
        doc = "Source distributions of the libraries, each with the import package to take from it.",
        allow_files = True,
    ),
    "_main": attr.label(
        doc = "Program that packs the other programs.",
        default = "//rules/actions:make_programs.py",
        allow_single_file = True,
    ),
    "_programs": attr.label(
        doc = "Modules of the programs.",
        default = "//rules/actions:programs",
    ),
}

_programs = rule(
    implementation = _programs_impl,
    attrs = _PACK_ATTRS | {
        "_inside": attr.label(
            doc = "Module that each Python in a build environment loads first.",
            default = "//rules/actions:inside.py",
            allow_single_file = True,
        ),
    },
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Packs the actions' programs into one file.",
)

_libraries = rule(
    implementation = _libraries_impl,
    attrs = _PACK_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Packs libraries into one file, from which Python can import them.",
)

def programs(name, **kwargs):
    """Packs the actions' programs with the libraries that the lock of the workspace pins.

    Args:
      name: (str) Name of the target.
      **kwargs: Attributes that are common to all rules.
    """
    _programs(name = name, libraries = _pinned(LIBRARIES), **kwargs)

def wheel_libraries(name, **kwargs):
    """Packs the libraries that check the ELF files of wheels, which the lock of the workspace pins.

    Args:
      name: (str) Name of the target.
      **kwargs: Attributes that are common to all rules.
    """
    _libraries(name = name, libraries = _pinned(WHEEL_LIBRARIES), **kwargs)

def _pinned(libraries):
    return {library_label(library["distribution"]): package for package, library in libraries.items()}
