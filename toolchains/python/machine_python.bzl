"""Detects the Python of the machine for one version, also behind the shims of pyenv, and fingerprints it."""

load("//toolchains:types.bzl", "PYTHON")
load("//toolchains:watch.bzl", "on_path", "watch")
load("//toolchains/platforms:platforms.bzl", "machines_cpu")
load(":python_version.bzl", "settings_text", "toolchain_text")

_BUILD = """load("{rule}", "python_toolchain")
load("{version_rules}", "unpinned_python")

exports_files(["{exported}"])

python_toolchain(
    name = "python",{attributes}
    version = "{version}",
)

unpinned_python(
    name = "unpinned",
    found = "the machine has {version}",
    version = "{version}",
)

# Without settings: for every other version.
toolchain(
    name = "toolchain_unpinned",
    toolchain = ":unpinned",
    toolchain_type = "{type}",
)
"""

_FOUND = """
    cpu = "{cpu}",
    fingerprint = "fingerprint.json",
    identify = "{identify}",
    interpreter = "{interpreter}","""

# A link to the program. The cache key contains the program's content, but not its path.
_INTERPRETER = "bin/python3"

def _minor(version):
    return ".".join(version.split(".")[:2])

def _candidates(rctx, version):
    """Returns the places of a Python of this version as [(description, path or None)], the preferred one first.

    `fromager_gen/interpreter.py` searches the same places.
    """
    name = "python" + _minor(version)
    found = []
    root = rctx.getenv("PYENV_ROOT") or (rctx.getenv("HOME") or "") + "/.pyenv"
    for program in [name, "python3"]:
        path = rctx.which(program)
        found.append((program + " on PATH", path))
        if path and path.dirname.basename == "shims" and not rctx.getenv("PYENV_ROOT"):
            root = str(path.dirname.dirname)  # the folder of pyenv, even if HOME is elsewhere
    versions = rctx.path(root + "/versions")
    pyenv = []
    if versions.exists:
        for folder in versions.readdir():
            if folder.basename == version or folder.basename.startswith(version + "."):
                pyenv.append(folder)
    for folder in sorted(pyenv, key = lambda path: [int(n) if n.isdigit() else 0 for n in path.basename.split(".")], reverse = True):
        found.append((str(folder), folder.get_child("bin").get_child(name)))
    if not pyenv:
        found.append(("{}/versions/{}".format(root, version if version.count(".") > 1 else version + ".*"), None))
    return found

def _fingerprint(rctx, path, version):
    """Returns (interpreter's real path, fingerprint), or None if the program is not a Python of this version."""
    check = "import sys; sys.exit('.'.join(map(str, sys.version_info[:{}])) != '{}')".format(version.count(".") + 1, version)
    if rctx.execute([path, "-I", "-c", check], timeout = 30, working_directory = "/").return_code:
        return None
    result = rctx.execute([path, "-I", rctx.path(rctx.attr._identify)], timeout = 60, working_directory = "/")
    if result.return_code:
        return None
    program, _, text = result.stdout.partition("\n")
    return program, text

def _machine_python_impl(rctx):
    version = rctx.attr.version
    looked = []
    attributes = ""
    candidates = _candidates(rctx, version)
    watch(rctx, on_path(rctx, "python" + _minor(version), "python3") + [path for _, path in candidates if path])
    for where, path in candidates:
        found = _fingerprint(rctx, path, version) if path and path.exists else None
        if found:
            watch(rctx, [found[0]])  # a shim itself does not change if its interpreter does
            rctx.file("fingerprint.json", found[1])
            rctx.symlink(found[0], _INTERPRETER)
            attributes = _FOUND.format(cpu = machines_cpu(rctx), identify = rctx.attr._identify, interpreter = _INTERPRETER)
            break
        looked.append(where)
    if not attributes:
        rctx.file(_INTERPRETER)  # other repositories name it
        message = ("no Python {v} on this machine. Looked for: {looked}. Install one (Debian: python{m} and python{m}-dev; pyenv: " +
                   "pyenv install {v}), or give the graph's version of Python before the command: fromager-gen --python X.Y ...")
        attributes = "\n    missing = {},".format(repr(message.format(v = version, m = _minor(version), looked = ", ".join(looked))))
    text = _BUILD.format(
        exported = _INTERPRETER,
        rule = Label("//toolchains/python:python_toolchain.bzl"),
        version_rules = Label("//toolchains/python:python_version.bzl"),
        type = PYTHON,
        attributes = attributes,
        version = _minor(version),
    )
    text += settings_text([_minor(version)])
    text += toolchain_text("toolchain", "", ":python", PYTHON) + toolchain_text("toolchain_by_version", _minor(version), ":python", PYTHON)
    rctx.file("BUILD.bazel", text)

machine_python = repository_rule(
    implementation = _machine_python_impl,
    attrs = {
        "version": attr.string(
            doc = "X.Y or X.Y.Z version to detect.",
            mandatory = True,
        ),
        "_identify": attr.label(
            doc = "Program that identifies the interpreter that runs it.",
            default = "//toolchains/python:identify.py",
        ),
    },
    configure = True,
    local = True,
    environ = ["HOME", "PATH", "PYENV_ROOT"],
    doc = "Makes a repository whose `:toolchain` is the Python of the machine for one version, or an error that lists the searched places.",
)
