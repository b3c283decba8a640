"""Toolchains that `toolchains.lock.json` pins.

Each file has a repository of its own, and a toolchain refers to it only by label. So Bazel fetches only the files of
toolchains that a build uses: https://bazel.build/extending/toolchains#registering-building-toolchains
"""

load("//rules:contract.bzl", "TOOLCHAINS_LOCK", "TOOLCHAINS_REPOSITORY")
load("//rules:fetched_file.bzl", "fetched_file", "integrity_of")
load("//toolchains:types.bzl", "CC")
load("//toolchains/accelerator:locked_cuda.bzl", "cuda_targets")
load("//toolchains/platforms:platforms.bzl", "PLATFORMS", "constraints_of", "cpu_constraints")
load("//toolchains/python:locked_python.bzl", "declare_pythons", "python_targets")
load("//toolchains/rust:locked_rust.bzl", "declare_rust", "rust_targets")

visibility("//toolchains/...")

_HEAD = """load("{rules}", "zig_cc_toolchain", "zig_programs")

package(default_visibility = ["//visibility:public"])
"""

_ZIG = """
zig_programs(
    name = {name},
    cpu = {cpu},
    wheel = {wheel},
)
"""

_ZIG_TARGET = """
zig_cc_toolchain(
    name = {name},
    cpu = {cpu},
    libc = {libc},
    libc_version = {version},
    zig = {zig},
)

toolchain(
    name = {toolchain},
    exec_compatible_with = {exec},
    target_compatible_with = {target},
    toolchain = {name_label},
    toolchain_type = "{type}",
)
"""

def _zig_targets(entry, files):
    """Returns the targets of one entry for zig: its programs, and a toolchain for each platform."""
    name = "zig_" + entry["exec"]
    if entry["file"] not in files:
        fail("{}: cc names the file {}, which is not in files".format(TOOLCHAINS_LOCK, entry["file"]))
    texts = [_ZIG.format(name = repr(name), cpu = repr(entry["exec"]), wheel = repr("@{}//:file".format(entry["file"])))]
    for platform in entry["targets"]:
        if platform not in PLATFORMS:
            fail("{}: there is no platform {}. Platforms: {}".format(TOOLCHAINS_LOCK, platform, ", ".join(sorted(PLATFORMS))))
        parts = PLATFORMS[platform]
        target = "{}_{}".format(name, platform)
        texts.append(_ZIG_TARGET.format(
            name = repr(target),
            cpu = repr(parts.cpu),
            libc = repr(parts.libc),
            version = repr(parts.version),
            zig = repr(":" + name),
            toolchain = repr("toolchain_" + target),
            exec = repr([str(constraint) for constraint in cpu_constraints(entry["exec"])]),
            target = repr([str(constraint) for constraint in constraints_of(platform)]),
            name_label = repr(":" + target),
            type = CC,
        ))
    return texts

def _hub_impl(rctx):
    lock = json.decode(rctx.attr.lock)
    texts = [_HEAD.format(rules = Label("//toolchains/cc:zig_cc.bzl"))]
    for entry in lock["cc"]:
        texts += _zig_targets(entry, lock["files"])
    texts += rust_targets(lock)
    texts += cuda_targets(lock)
    texts += python_targets(lock, rctx.attr.python)
    rctx.file("BUILD.bazel", "".join(texts))

_hub = repository_rule(
    implementation = _hub_impl,
    attrs = {
        "lock": attr.string(
            doc = "The text of toolchains.lock.json.",
            mandatory = True,
        ),
        "python": attr.string(doc = "Version of Python of the workspace; empty for the first that is pinned."),
    },
    doc = "Declares the toolchains of a lock, without any file.",
)

def declare_toolchains(lock, python = ""):
    """Declares a repository for each file of a lock, and one with all toolchains.

    Args:
      lock: (str) Text of toolchains.lock.json.
      python: (str) Version of Python of the workspace.
    """
    document = json.decode(lock)
    for name, file in document["files"].items():
        fetched_file(
            name = name,
            urls = [file["url"]],
            integrity = integrity_of(file["sha256"]),
            filename = file["filename"],
        )
    declare_pythons(document)
    declare_rust(document)
    _hub(name = TOOLCHAINS_REPOSITORY, lock = lock, python = python)
