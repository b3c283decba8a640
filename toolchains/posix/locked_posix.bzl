"""POSIX programs of `toolchains.lock.json`: the repositories of their files, and the text of their toolchains."""

load("//rules:contract.bzl", "CPUS", "TOOLCHAINS_LOCK")
load("//toolchains:types.bzl", "POSIX")
load("//toolchains:unpacked_tree.bzl", "pinned_archive", "unpacked_tree")
load("//toolchains/platforms:platforms.bzl", "cpu_constraints")

visibility("//toolchains/...")

_HEAD = """
load("{}", "pinned_posix")
"""

_TARGET = """
pinned_posix(
    name = "posix_{exec}",
    dynamic = {dynamic},
    libraries = {libraries},
    loader = {loader},
    static = {static},
)

toolchain(
    name = "posix_{exec}_toolchain",
    exec_compatible_with = {constraints},
    toolchain = ":posix_{exec}",
    toolchain_type = "{type}",
)
"""

_TREE = """exports_files({})
"""

_PLACES = ["dynamic", "libraries", "static"]

def _tree(entry):
    return "posix_{}_files".format(entry["exec"])

def _labels(entry, kind):
    """Returns the text of a dictionary with the names of each file, by its label."""
    names = {}
    for name, path in entry[kind]:
        names.setdefault("@{}//:{}".format(_tree(entry), path), []).append(name)
    return repr({label: " ".join(found) for label, found in names.items()})

def declare_posix(lock):
    """Declares a repository with the unpacked files of each set of POSIX programs of a lock.

    Args:
      lock: (dict) Content of toolchains.lock.json.
    """
    for entry in lock.get("posix", []):
        unpacked_tree(
            name = _tree(entry),
            archives = [pinned_archive(lock["files"][name], "") for name in entry["files"]],
            build_file_content = _TREE.format(repr({path: None for kind in _PLACES for _, path in entry[kind]}.keys())),
        )

def posix_targets(lock):
    """Returns the text of the toolchains of all entries.

    Args:
      lock: (dict) Content of toolchains.lock.json.

    Returns:
      (list of str) Parts of a BUILD file.
    """
    entries = lock.get("posix", [])
    texts = [_HEAD.format(Label("//toolchains/posix:pinned_posix.bzl"))] if entries else []
    for entry in entries:
        if entry["exec"] not in CPUS:
            fail("{}: posix names the unknown CPU {}".format(TOOLCHAINS_LOCK, entry["exec"]))
        texts.append(_TARGET.format(
            constraints = [str(constraint) for constraint in cpu_constraints(entry["exec"])],
            dynamic = _labels(entry, "dynamic"),
            exec = entry["exec"],
            libraries = _labels(entry, "libraries"),
            loader = repr(entry["loader"]),
            static = _labels(entry, "static"),
            type = POSIX,
        ))
    return texts
