"""A C and C++ toolchain of Bazel's own type as the compiler of builds.

    load("//toolchains/cc:adapted_cc.bzl", "adapted_cc_toolchain")

This file is not loaded by `//toolchains:defs.bzl`, because Bazel 9 defines `cc_common` only in rules_cc.
"""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "INPUTS_LINK", "hermetic_tools")

_CC_COMMON = cc_common  # buildifier: disable=native-cc-common

# Names of actions: https://github.com/bazelbuild/rules_cc/blob/main/cc/action_names.bzl
_COMPILE = {"c++": "c++-compile", "cc": "c-compile"}
_LINK = "c++-link-dynamic-library"
_ARCHIVE = "c++-link-static-library"

# Names under which build systems look for the compilers and the archiver.
_ALIASES = {"ar": ["ar"], "c++": ["c++", "g++"], "cc": ["cc", "gcc"]}

# An option of a compiler that links nothing.
_ONLY_COMPILES = "-c|-S|-E|-M|-MM|-fsyntax-only|--version|-dumpmachine|-dumpversion|-dumpfullversion|-dumpspecs|-print-*|--print-*"

# Bazel links everything as C++; a C program gets no C++ library.
_ONLY_CXX = ("-lc++", "-lstdc++", "-stdlib=")

# Options whose value may follow directly.
_JOINED = ["-idirafter", "-iquote", "-isystem"]

_COMPILER = """#!/bin/sh
test "$*" != -v || exec {program} {compile} -v
for argument; do
  case $argument in {only_compiles}) exec {program} {compile} "$@" ;; esac
done
exec {program} {compile} "$@" {link}
"""

_PROGRAM = """#!/bin/sh
exec {program} "$@"
"""

def _rooted(option, folders):
    """Returns an option in which the paths of inputs are those in a build.

    Args:
      option: (str) A path, or an option that contains paths.
      folders: (list of str) First folders of the paths of all inputs of the toolchain, each with a slash.
    """
    parts = []
    for part in option.split(","):
        for folder in folders:
            index = part.find(folder)
            before = part[:max(index, 0)]
            if index == 0 or before in _JOINED or (before and not before[-1] in "/._" + "abcdefghijklmnopqrstuvwxyz"):
                part = part[:index] + INPUTS_LINK + "/" + part[index:]
                break
        parts.append(part)
    return ",".join(parts)

def _quoted(words, folders):
    return " ".join(["'{}'".format(_rooted(word, folders).replace("'", "'\\''")) for word in words])

def _options(ctx, cc):
    """Returns (programs, compile options and link options) that the toolchain uses, by the name of the program."""
    features = _CC_COMMON.configure_features(
        ctx = ctx,
        cc_toolchain = cc,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    variables = _CC_COMMON.create_compile_variables(feature_configuration = features, cc_toolchain = cc)
    link = _CC_COMMON.create_link_variables(feature_configuration = features, cc_toolchain = cc, is_linking_dynamic_library = True)
    options = lambda action, values: _CC_COMMON.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = action,
        variables = values,
    )
    programs = {name: _CC_COMMON.get_tool_for_action(feature_configuration = features, action_name = action) for name, action in _COMPILE.items()}
    programs["ar"] = _CC_COMMON.get_tool_for_action(feature_configuration = features, action_name = _ARCHIVE)
    compile = {name: options(action, variables) for name, action in _COMPILE.items()}
    return programs, compile, [option for option in options(_LINK, link) if option != "-shared"]

def _write(ctx, name, text):
    program = ctx.actions.declare_file("{}/{}".format(ctx.label.name, name))
    ctx.actions.write(program, text, is_executable = True)
    return program

def _adapted_cc_toolchain_impl(ctx):
    cc = ctx.attr.toolchain[_CC_COMMON.CcToolchainInfo]
    folders = {file.path.split("/")[0] + "/": None for file in cc.all_files.to_list()}.keys()
    programs, compile, link = _options(ctx, cc)
    for name in ["ld", "nm", "objcopy", "objdump", "strip"]:
        path = getattr(cc, name + "_executable", "")
        if path:
            programs[name] = path
    written = []
    for name, path in programs.items():
        if path.startswith("/"):
            if name not in _ALIASES:
                continue
            fail(("{}: the toolchain {} uses the program {} of the machine, which is not an input of its actions. " +
                  "The machine's compiler is registered by the generated workspace, with a fingerprint; leave it to that").format(
                ctx.label,
                ctx.attr.toolchain.label,
                path,
            ))
        text = _COMPILER if name in _COMPILE else _PROGRAM
        text = text.format(
            compile = _quoted(compile.get(name, []), folders),
            link = _quoted([option for option in link if name != "cc" or not option.startswith(_ONLY_CXX)], folders),
            only_compiles = _ONLY_COMPILES,
            program = _quoted([path], [path.split("/")[0] + "/"]),
        )
        written += [_write(ctx, alias, text) for alias in _ALIASES.get(name, [name])]
    return [platform_common.ToolchainInfo(cc = hermetic_tools(
        label = ctx.label,
        data = cc.all_files,
        env = ctx.attr.env,
        names_inputs = True,
        programs = written,
        root = BUILD_ROOT + "/cc",
    ))]

adapted_cc_toolchain = rule(
    implementation = _adapted_cc_toolchain_impl,
    attrs = {
        "env": attr.string_dict(doc = "Variables of every build that uses the programs, before a package's own."),
        "toolchain": attr.label(
            doc = "The toolchain: a `cc_toolchain`, or the one that Bazel selects for the platform.",
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
            providers = [_CC_COMMON.CcToolchainInfo],
        ),
    },
    fragments = ["cpp"],
    doc = "Makes the compilers of builds out of a toolchain of the type `@bazel_tools//tools/cpp:toolchain_type`, with its options. Wrap it in `toolchain(toolchain_type = \"//toolchains/cc:toolchain_type\")`.",
)
