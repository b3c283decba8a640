"""CUDA of `toolchains.lock.json`: wheels of a package index, one toolchain for each version and CPU."""

load("//rules:contract.bzl", "CUDA_OF_CLANG")
load("//toolchains:types.bzl", "ACCELERATOR")
load("//toolchains/platforms:platforms.bzl", "cpu_constraints", "cuda_constraint", "cuda_name")

visibility("//toolchains/...")

_HEAD = """
load("{rules}", "cuda_toolkit")
"""

_TARGET = """
cuda_toolkit(
    name = "{name}",
    archs = {archs},
    cpu = "{cpu}",
    version = {version},
    wheels = {wheels},
    zig = ":zig_{cpu}",
)

toolchain(
    name = "toolchain_{name}",
    exec_compatible_with = {exec},
    target_compatible_with = {target},
    toolchain = ":{name}",
    toolchain_type = "{type}",
)
"""

def cuda_targets(lock):
    """Returns the text of the toolchains of all entries.

    Args:
      lock: (dict) The lock.

    Returns:
      (list of str) Parts of a BUILD file.
    """
    compilers = [entry["exec"] for entry in lock["cc"]]
    entries = [entry for entry in lock.get("cuda", []) if entry["exec"] in compilers]
    texts = [_HEAD.format(rules = Label("//toolchains/accelerator:cuda_toolkit.bzl"))] if entries else []
    for entry in entries:
        minor = ".".join(entry["version"].split(".")[:2])
        cpu = cpu_constraints(entry["exec"])
        target = cpu + [cuda_constraint(minor)]
        if minor not in CUDA_OF_CLANG:
            target.append(Label("//toolchains/platforms:machines_libc"))
        texts.append(_TARGET.format(
            name = "{}_{}".format(cuda_name(minor), entry["exec"]),
            archs = entry["archs"],
            cpu = entry["exec"],
            exec = [str(constraint) for constraint in cpu],
            target = [str(constraint) for constraint in target],
            type = ACCELERATOR,
            version = repr(entry["version"]),
            wheels = ["@{}//:file".format(name) for name in entry["files"]],
        ))
    return texts
