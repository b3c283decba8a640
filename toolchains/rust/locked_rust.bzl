"""Rust of `toolchains.lock.json`: archives of Rust's own distribution, unpacked into one sysroot for each CPU."""

load("//rules:contract.bzl", "RUST_LIBCS")
load("//toolchains:types.bzl", "RUST")
load("//toolchains:unpacked_tree.bzl", "pinned_archive", "unpacked_tree")
load("//toolchains/platforms:platforms.bzl", "PLATFORMS", "constraints_of", "cpu_constraints")

visibility("//toolchains/...")

# What rustc and cargo load and link. The rest of a sysroot is documentation, sources and other programs.
SYSROOT_DATA = """glob(
        ["{folder}lib/*.so*", "{folder}lib/rustlib/*/lib/**", "{folder}lib/rustlib/*/bin/**"],
        exclude = ["{folder}lib/rustlib/src/**"],
    )"""

_TREE = """exports_files(["bin/cargo", "bin/rustc"])

filegroup(
    name = "data",
    srcs = {data},
    visibility = ["//visibility:public"],
)
"""

_HEAD = """
load("{rules}", "rust_sysroot_toolchain")
"""

_TARGET = """
rust_sysroot_toolchain(
    name = "{name}",
    data = ["@{tree}//:data"],
    exec_triple = "{exec_triple}",
    programs = ["@{tree}//:bin/cargo", "@{tree}//:bin/rustc"],
    target_triple = "{triple}",
    version = "{version}",
)
"""

_TOOLCHAIN = """
toolchain(
    name = "toolchain_{name}_{platform}",
    exec_compatible_with = {exec},
    target_compatible_with = {target},
    toolchain = ":{name}",
    toolchain_type = "{type}",
)
"""

def _tree(entry):
    return "unpacked_rust_" + entry["exec"]

def _triple(cpu, libc):
    return "{}-unknown-linux-{}".format(cpu, RUST_LIBCS[libc])

def declare_rust(lock):
    """Declares a repository with the sysroot of each Rust of a lock.

    Args:
      lock: (dict) Content of toolchains.lock.json.
    """
    for entry in lock.get("rust", []):
        unpacked_tree(
            name = _tree(entry),
            archives = [pinned_archive(lock["files"][name], prefix) for name, prefix in entry["parts"]],
            build_file_content = _TREE.format(data = SYSROOT_DATA.format(folder = "")),
        )

def rust_targets(lock):
    """Returns the text of the toolchains of all entries.

    Args:
      lock: (dict) The lock.

    Returns:
      (list of str) Parts of a BUILD file.
    """
    texts = [_HEAD.format(rules = Label("//toolchains/rust:rust_toolchain.bzl"))] if lock.get("rust", []) else []
    for entry in lock.get("rust", []):
        for triple in entry["targets"]:
            name = "rust_{}_{}".format(entry["exec"], triple)
            texts.append(_TARGET.format(
                name = name,
                exec_triple = _triple(entry["exec"], "glibc"),
                tree = _tree(entry),
                triple = triple,
                version = entry["version"],
            ))
            for platform, parts in PLATFORMS.items():
                if _triple(parts.cpu, parts.libc) == triple:
                    texts.append(_TOOLCHAIN.format(
                        name = name,
                        platform = platform,
                        exec = [str(constraint) for constraint in cpu_constraints(entry["exec"])],
                        target = [str(constraint) for constraint in constraints_of(platform)],
                        type = RUST,
                    ))
    return texts
