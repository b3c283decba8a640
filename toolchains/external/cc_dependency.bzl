"""External dependencies out of C++ targets of a workspace.

    load("//toolchains/external:cc_dependency.bzl", "cc_dependency")

This file is not loaded by `//toolchains:defs.bzl`, because Bazel 9 defines CcInfo only in rules_cc.
"""

load("//toolchains:tools.bzl", "INPUTS_LINK", "hermetic_tools")
load("//toolchains/external:external_toolchain.bzl", "EXTERNAL_ROOT", "ExternalDependencyInfo")

_CC_COMMON = cc_common  # buildifier: disable=native-cc-common
_CC_INFO = CcInfo  # buildifier: disable=native-cc-info

_MODULE = """Name: {name}
Description: {label}
Version: {version}
Cflags: {cflags}
Libs: {libs}
"""

# Prints what `NAME-config` programs print. https://people.freedesktop.org/~dbn/pkg-config-guide.html
_CONFIG = """#!/bin/sh
for option; do
  case $option in
    --version | --modversion) echo '{version}' ;;
    --cflags) echo '{cflags}' ;;
    --libs) echo '{libs}' ;;
    --prefix | --exec-prefix) echo '{root}' ;;
    --includedir) echo '{include}' ;;
    --libdir) echo '{root}/lib' ;;
  esac
done
"""

def _path(path):
    """Returns the path of an input, or of a folder of inputs, in a build."""
    return "{}/{}".format(INPUTS_LINK, path)

def _library_name(file):
    """Returns the name after -l: `foo-1.0` for `libfoo-1.0.pic.a` or `libfoo-1.0.so.1`."""
    name = file.basename.removeprefix("lib")
    for end in [".pic.a", ".pic.lo", ".a", ".lo"]:
        if name.endswith(end):
            return name.removesuffix(end)
    return name.partition(".so")[0]

def _chosen(library):
    """Returns the file that builds link with: a static one with position-independent code, else a shared one."""
    return library.pic_static_library or library.dynamic_library or library.static_library

def _merged(ctx):
    """Returns the compilation context, its folders of headers, and the libraries and link flags of the targets."""
    info = _CC_COMMON.merge_cc_infos(cc_infos = [target[_CC_INFO] for target in ctx.attr.deps])
    context = info.compilation_context
    folders = depset(transitive = [context.includes, context.system_includes, context.quote_includes]).to_list()
    found = [library for linked in info.linking_context.linker_inputs.to_list() for library in linked.libraries]
    libraries = [_chosen(library) for library in found if _chosen(library)]
    if not folders and not libraries:
        fail("{}: {} have neither folders of headers nor libraries".format(ctx.label, [str(target.label) for target in ctx.attr.deps]))
    flags = [flag for linked in info.linking_context.linker_inputs.to_list() for flag in linked.user_link_flags]
    return context, folders, libraries, flags

def _written(ctx, name, text, is_executable = False):
    file = ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
    ctx.actions.write(file, text, is_executable = is_executable)
    return file

def _cc_dependency_impl(ctx):
    context, folders, libraries, flags = _merged(ctx)
    values = {
        "cflags": " ".join(["-I" + _path(folder) for folder in folders] + ["-D" + define for define in context.defines.to_list()]),
        "include": _path(folders[0]) if folders else "",
        "label": ctx.label,
        "libs": " ".join(["-L{}/lib".format(EXTERNAL_ROOT)] + ["-l" + _library_name(file) for file in libraries] + flags),
        "root": EXTERNAL_ROOT,
        "version": ctx.attr.version,
    }
    modules = [(name + ".pc", _MODULE.format(name = name, **values)) for name in ctx.attr.modules]
    files = [("pkgconfig/" + name, _written(ctx, name, text)) for name, text in modules]
    for file in libraries:
        suffix = "a" if file.extension == "a" else "so"
        files.append(("lib/lib{}.{}".format(_library_name(file), suffix), file))
    programs = [_written(ctx, name, _CONFIG.format(**values), True) for name in ctx.attr.config_programs]
    return [ExternalDependencyInfo(
        libraries = [(file.basename, file) for file in libraries if file.extension != "a"],
        tools = hermetic_tools(
            label = ctx.label,
            data = context.headers,
            env = {
                "CPATH": ":".join([_path(folder) for folder in folders]),
                "LIBRARY_PATH": EXTERNAL_ROOT + "/lib",
                "PKG_CONFIG_LIBDIR": EXTERNAL_ROOT + "/pkgconfig",
            },
            files = files,
            names_inputs = True,
            programs = programs + ctx.files.programs,
            root = EXTERNAL_ROOT,
        ),
        version = ctx.attr.version,
    )]

cc_dependency = rule(
    implementation = _cc_dependency_impl,
    attrs = {
        "config_programs": attr.string_list(doc = "Names of programs such as `xml2-config` that builds call; they are made."),
        "deps": attr.label_list(
            doc = "C++ targets with the headers and libraries.",
            mandatory = True,
            providers = [_CC_INFO],
        ),
        "modules": attr.string_list(doc = "Names of pkg-config modules; their files are made."),
        "programs": attr.label_list(
            doc = "Further programs of the dependency, each on PATH by its base name.",
            allow_files = True,
        ),
        "version": attr.string(
            doc = "Version that the modules and programs state.",
            mandatory = True,
        ),
    },
    provides = [ExternalDependencyInfo],
    doc = "Makes an external dependency out of C++ targets. Name it in an `external_toolchain`. Builds find static libraries with position-independent code where the targets have them, else shared ones.",
)
