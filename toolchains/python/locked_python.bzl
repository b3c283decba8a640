"""The Pythons of `toolchains.lock.json`: the repositories of their files, and the text of their toolchains."""

load("//rules:contract.bzl", "CPUS", "LIBC_VERSIONS", "TOOLCHAINS_LOCK")
load("//toolchains:types.bzl", "PYTHON", "TARGET_PYTHON")
load("//toolchains:unpacked_tree.bzl", "pinned_archive", "unpacked_tree")
load("//toolchains/platforms:platforms.bzl", "PLATFORMS", "constraints_of", "cpu_constraints")
load(":python_version.bzl", "settings_text", "toolchain_text")

visibility("//toolchains/...")

_HEAD = """
load("{}", "pinned_python", "target_python")
load("{}", "unpinned_python")
"""

_RUNS = """
pinned_python(
    name = "{name}",
    cpu = "{cpu}",
    files = "@{repository}//:files",
    interpreter = "@{repository}//:bin/python{version}",
    libc = "{libc}",
    version = "{version}",
)
"""

_TARGET = """
target_python(
    name = "{name}_target",
    cpu = "{cpu}",
    files = "@{repository}//:files",
    libc = "{libc}",
    version = "{version}",
)
"""

# Its name is the last one, and it has no settings: it is for every version that is not pinned.
_UNPINNED = """
unpinned_python(
    name = "unpinned",
    found = "{found}",
    version = "{version}",
)

toolchain(
    name = "unpinned_toolchain",
    toolchain = ":unpinned",
    toolchain_type = "{type}",
)
"""

# Tests, and what other programs than the interpreter use.
_TREE = """package(default_visibility = ["//visibility:public"])

exports_files(glob(["bin/*"], allow_empty = True))

filegroup(
    name = "files",
    srcs = glob(
        ["bin/python{v}", "include/**/*.h", "lib/libpython*.so*", "lib/python{v}/**"],
        allow_empty = True,
        exclude = ["lib/python{v}/" + part + "/**" for part in [
            "config-*", "idlelib", "**/__pycache__", "dist-packages", "site-packages", "**/test", "**/tests", "tkinter", "turtledemo",
        ]] + ["lib/python{v}/sitecustomize.py"],
    ),
)
"""

def _version(entry):
    """Returns X.Y, or X.Yt for a free-threaded Python."""
    return ".".join(entry["version"].split(".")[:2]) + ("t" if entry["free_threaded"] else "")

def _name(entry):
    return "python_{}_{}_{}".format(_version(entry).replace(".", "_"), entry["cpu"], entry["libc"])

def _check(entry, files):
    for kind, values, known in [
        ("CPU", [entry["cpu"]], CPUS),
        ("C library", [entry["libc"]], LIBC_VERSIONS),
        ("file", entry["files"], files),
    ]:
        for value in values:
            if value not in known:
                fail("{}: a Python names the unknown {} {}".format(TOOLCHAINS_LOCK, kind, value))

def declare_pythons(lock):
    """Declares a repository with the unpacked files of each Python of a lock.

    Args:
      lock: (dict) Content of toolchains.lock.json.
    """
    for entry in lock.get("python", []):
        _check(entry, lock["files"])
        unpacked_tree(
            name = _name(entry) + "_files",
            archives = [pinned_archive(lock["files"][name], entry["prefix"]) for name in entry["files"]],
            build_file_content = _TREE.format(v = _version(entry)),
        )

def python_targets(lock, default):
    """Returns the text of the toolchains of the Pythons of a lock.

    Args:
      lock: (dict) Content of toolchains.lock.json.
      default: (str) Version of the workspace; empty for the first that is pinned.

    Returns:
      (list of str) Parts of a BUILD file; empty if no Python is pinned.
    """
    entries = lock.get("python", [])
    if not entries:
        return []
    versions = {_version(entry): None for entry in entries}
    default = _minor(default) or versions.keys()[0]
    texts = [_HEAD.format(Label("//toolchains/python:pinned_python.bzl"), Label("//toolchains/python:python_version.bzl"))]
    texts.append(settings_text(versions.keys()))
    for entry in entries:
        for version in [_version(entry)] + ([""] if _version(entry) == default else []):
            texts += _toolchains(entry, version)
        texts += _implementations(entry)
    texts.append(_UNPINNED.format(
        found = "{} pins only {}".format(
            TOOLCHAINS_LOCK,
            ", ".join(["{} for {} with {}".format(_version(entry), entry["cpu"], entry["libc"]) for entry in entries]),
        ),
        version = default,
        type = PYTHON,
    ))
    return texts

def _minor(version):
    suffix = "t" if version.endswith("t") else ""
    return ".".join(version.split(".")[:2]).removesuffix("t") + suffix

def _implementations(entry):
    values = {
        "name": _name(entry),
        "cpu": entry["cpu"],
        "libc": entry["libc"],
        "repository": _name(entry) + "_files",
        "version": _version(entry),
    }
    return ([_RUNS.format(**values)] if _runs_builds(entry) else []) + [_TARGET.format(**values)]

def _runs_builds(entry):
    # A platform that runs builds has no C library in its constraints.
    return entry["has_program"] and entry["libc"] == "glibc"

def _toolchains(entry, version):
    name = _name(entry)
    suffix = "" if version else "_of_workspace"
    exec = [str(constraint) for constraint in cpu_constraints(entry["cpu"])]
    texts = [toolchain_text(name + suffix + "_toolchain", version, ":" + name, PYTHON, exec = exec)] if _runs_builds(entry) else []
    for platform, parts in PLATFORMS.items():
        if (parts.cpu, parts.libc) == (entry["cpu"], entry["libc"]):
            target = [str(constraint) for constraint in constraints_of(platform)]
            texts.append(toolchain_text(
                "{}{}_for_{}".format(name, suffix, platform),
                version,
                ":{}_target".format(name),
                TARGET_PYTHON,
                target = target,
            ))
    return texts
