"""Toolchains that `toolchains.lock.json` pins.

Each file has a repository of its own, and a toolchain refers to it only by label. So Bazel fetches only the files of
toolchains that a build uses: https://bazel.build/extending/toolchains#registering-building-toolchains
"""

load("//rules:contract.bzl", "CPUS", "TOOLCHAINS_LOCK", "TOOLCHAINS_REPOSITORY")
load("//rules:fetched_file.bzl", "fetched_file", "integrity_of")
load("//toolchains:types.bzl", "CC")
load("//toolchains/accelerator:locked_cuda.bzl", "cuda_targets")
load("//toolchains/external:locked_external.bzl", "external_targets")
load("//toolchains/platforms:platforms.bzl", "PLATFORMS", "constraints_of", "cpu_constraints")
load("//toolchains/posix:locked_posix.bzl", "declare_posix", "posix_targets")
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
    name = "{name}",
    cpu = "{cpu}",
    libc = "{libc}",
    libc_version = {version},
    packages = {packages},
    zig = ":{zig}",
)
"""

_ZIG_TOOLCHAIN = """
toolchain(
    name = "toolchain_{name}",
    exec_compatible_with = {exec},
    target_compatible_with = {target},
    toolchain = ":{implementation}",
    toolchain_type = "{type}",
)
"""

_MOVED = "A mirror keeps only the newest version of a package. Pin the packages again: fromager-gen external lock --output WORKSPACE. Or give Bazel a copy of the file: --distdir=FOLDER"

def _check(kind, name, known):
    if name not in known:
        fail("{}: cc or sysroot names the unknown {} {}. Known: {}".format(TOOLCHAINS_LOCK, kind, name, ", ".join(sorted(known))))

def _toolchain(entry, name, platform, implementation):
    return _ZIG_TOOLCHAIN.format(
        name = name,
        exec = [str(constraint) for constraint in cpu_constraints(entry["exec"])],
        target = [str(constraint) for constraint in constraints_of(platform)],
        implementation = implementation,
        type = CC,
    )

def _zig_targets(entry, lock):
    """Returns the targets of one entry for zig: its programs, and a toolchain for each platform."""
    zig = "zig_" + entry["exec"]
    _check("CPU", entry["exec"], CPUS)
    _check("file", entry["file"], lock["files"])
    texts = [_ZIG.format(name = repr(zig), cpu = repr(entry["exec"]), wheel = repr("@{}//:file".format(entry["file"])))]
    for platform in entry["targets"]:
        _check("platform", platform, PLATFORMS)
        name = "{}_{}".format(zig, platform)
        texts.append(_ZIG_TARGET.format(name = name, packages = [], zig = zig, **_parts(PLATFORMS[platform])))
        texts.append(_toolchain(entry, name, platform, name))
    for sysroot in lock.get("sysroot", []):
        texts += _sysroot_targets(entry, sysroot, zig, lock["files"])
    return texts

def _parts(platform):
    return {"cpu": platform.cpu, "libc": platform.libc, "version": repr(platform.version)}

def _sysroot_targets(entry, sysroot, zig, files):
    """Returns the targets of a compiler with a sysroot of Debian packages."""
    _check("CPU", sysroot["cpu"], CPUS)
    for file in sysroot["files"]:
        _check("file", file, files)

    # Bazel registers toolchains in the order of their names: these precede those without a sysroot.
    name = "sysroot_{}_on_{}".format(sysroot["cpu"], entry["exec"])
    texts = [_ZIG_TARGET.format(
        name = name,
        cpu = sysroot["cpu"],
        libc = "glibc",
        packages = ["@{}//:file".format(file) for file in sysroot["files"]],
        version = repr(sysroot["glibc"]),
        zig = zig,
    )]
    for platform in sysroot["targets"]:
        _check("platform", platform, PLATFORMS)
        texts.append(_toolchain(entry, "{}_{}".format(name, platform), platform, name))
    return texts

def _hub_impl(rctx):
    lock = json.decode(rctx.attr.lock)
    texts = [_HEAD.format(rules = Label("//toolchains/cc:zig_cc.bzl"))]
    for entry in lock["cc"]:
        texts += _zig_targets(entry, lock)
    texts += posix_targets(lock)
    texts += rust_targets(lock)
    texts += cuda_targets(lock)
    texts += external_targets(lock)
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
            advice = _MOVED if name.startswith("external_") else "",
        )
    declare_posix(document)
    declare_pythons(document)
    declare_rust(document)
    _hub(name = TOOLCHAINS_REPOSITORY, lock = lock, python = python)
