"""The shell and POSIX programs of builds out of pinned packages."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "hermetic_tools")

_ROOT = BUILD_ROOT + "/posix"

# A program with shared libraries is started by the loader of its packages: the machine may have no loader, or another C
# library. https://man7.org/linux/man-pages/man8/ld.so.8.html
_LAUNCHER = """#!{root}/bin/busybox sh
exec {root}/lib/{loader} --argv0 "$0" --library-path {root}/lib {root}/bin/{place} "$@"
"""

def _named(files):
    """Returns [(name, File)] for an attribute that has the names of each file, separated by spaces."""
    return [(name, target.files.to_list()[0]) for target, names in files.items() for name in names.split(" ")]

def _pinned_posix_impl(ctx):
    programs = []
    files = [("lib/" + name, file) for name, file in _named(ctx.attr.libraries)]
    for name, file in _named(ctx.attr.static):
        program = ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        ctx.actions.symlink(output = program, target_file = file)
        programs.append(program)
        if name == file.basename:
            files.append(("bin/" + name, file))
    for name, file in _named(ctx.attr.dynamic):
        program = ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        ctx.actions.write(
            program,
            _LAUNCHER.format(loader = ctx.attr.loader, place = file.basename, root = _ROOT),
            is_executable = True,
        )
        programs.append(program)
        if name == file.basename:
            files.append(("bin/" + name, file))
    return [platform_common.ToolchainInfo(posix = hermetic_tools(
        label = ctx.label,
        files = files,
        programs = programs,
        root = _ROOT,
    ))]

pinned_posix = rule(
    implementation = _pinned_posix_impl,
    attrs = {
        "dynamic": attr.label_keyed_string_dict(
            doc = "Programs that `loader` starts, each with its names, separated by spaces.",
            allow_files = True,
        ),
        "libraries": attr.label_keyed_string_dict(
            doc = "Shared libraries, each with its names, separated by spaces.",
            allow_files = True,
        ),
        "loader": attr.string(doc = "Name of the library that starts `dynamic` programs."),
        "static": attr.label_keyed_string_dict(
            doc = "Programs without shared libraries, each with its names, separated by spaces.",
            allow_files = True,
            mandatory = True,
        ),
    },
    doc = "Declares POSIX programs of pinned packages, at constant paths. Wrap it in `toolchain(toolchain_type = \"//toolchains/posix:toolchain_type\")`.",
)
