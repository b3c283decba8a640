"""External dependencies out of pinned Debian packages."""

load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "TRANSITION_ATTRS", "run_program")
load("//toolchains:tools.bzl", "hermetic_tools")
load("//toolchains/external:external_toolchain.bzl", "EXTERNAL_ROOT", "ExternalDependencyInfo")
load("//toolchains/python:python_version.bzl", "for_any_version")

_LAUNCHER = """#!/bin/sh
exec {root}/usr/bin/{name} "$@"
"""

def _debian_files_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".tar")
    args = ctx.actions.args()
    args.add("--package", ctx.file.package)
    args.add("--cpu", ctx.attr.cpu)
    args.add("--root", EXTERNAL_ROOT)
    args.add("--out", out)
    run_program(
        ctx,
        program = "make_external",
        action = "external",
        what = ctx.file.package.basename,
        arguments = args,
        inputs = [ctx.file.package],
        outputs = [out],
    )
    return [DefaultInfo(files = depset([out]))]

debian_files = rule(
    implementation = _debian_files_impl,
    attrs = PROGRAM_ATTRS | TRANSITION_ATTRS | {
        "cpu": attr.string(
            doc = "CPU of the package.",
            mandatory = True,
        ),
        "package": attr.label(
            doc = "The Debian package.",
            allow_single_file = [".deb"],
            mandatory = True,
        ),
    },
    cfg = for_any_version,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Takes the headers, libraries and programs of a Debian package, and moves them to the folder in which builds find them.",
)

def _variables(cpu):
    """Returns the variables by which compilers and build systems find the files."""
    root = EXTERNAL_ROOT + "/usr"
    libraries = "{}/lib/{}-linux-gnu".format(root, cpu)
    return {
        "CMAKE_PREFIX_PATH": root,
        "CPATH": "{root}/include:{root}/include/{cpu}-linux-gnu".format(cpu = cpu, root = root),
        "LIBRARY_PATH": libraries,
        "PKG_CONFIG_LIBDIR": "{}/pkgconfig:{}/share/pkgconfig".format(libraries, root),
    }

def _debian_dependency_impl(ctx):
    programs = []
    for name in ctx.attr.programs:
        program = ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
        ctx.actions.write(program, _LAUNCHER.format(name = name, root = EXTERNAL_ROOT), is_executable = True)
        programs.append(program)
    return [
        DefaultInfo(files = depset(ctx.files.files)),
        ExternalDependencyInfo(
            libraries = [],  # all are in `trees`
            tools = hermetic_tools(
                label = ctx.label,
                env = _variables(ctx.attr.cpu),
                programs = programs,
                root = EXTERNAL_ROOT,
                trees = depset(ctx.files.files),
            ),
            version = ctx.attr.version,
        ),
    ]

debian_dependency = rule(
    implementation = _debian_dependency_impl,
    attrs = {
        "cpu": attr.string(
            doc = "CPU of the packages.",
            mandatory = True,
        ),
        "files": attr.label_list(
            doc = "The `debian_files` of the packages and of all that they depend on.",
            allow_files = [".tar"],
        ),
        "programs": attr.string_list(doc = "Programs of the packages that builds get on PATH."),
        "version": attr.string(doc = "Version of the dependency."),
    },
    provides = [ExternalDependencyInfo],
    doc = "Declares an external dependency out of Debian packages. Name it in an `external_toolchain`.",
)
