"""Finds the C compiler and POSIX programs of the machine, and identifies what the compiler uses of it."""

load("//rules:contract.bzl", "BUILD_ROOT", "POSIX_PROGRAMS")
load("//toolchains:identify.bzl", "identify_attrs", "write_fingerprint")
load("//toolchains:types.bzl", "CC", "POSIX")
load("//toolchains:watch.bzl", "PACKAGE_DATABASES", "on_path", "watch")

_BUILD = """load("{rules}", "cc_tools_toolchain", "posix_tools_toolchain")

cc_tools_toolchain(
    name = "cc",
    files = {{path: path for path in glob(["commands/*/*"], allow_empty = True)}},
    fingerprint = "fingerprint.json",
    identify = "{identify}",
    is_of_machine = True,
    programs = glob(["bin/*"]),
)

toolchain(
    name = "cc_toolchain",
    target_compatible_with = ["{libc}"],
    toolchain = ":cc",
    toolchain_type = "{cc}",
)

posix_tools_toolchain(
    name = "posix",
    is_of_machine = True,
    programs = glob(["posix/*"]),
)

toolchain(
    name = "posix_toolchain",
    toolchain = ":posix",
    toolchain_type = "{posix}",
)
"""

_BINUTILS = (
    "gcc g++ cpp clang clang++ ld as ar nm ranlib strip objcopy objdump readelf size strings " +
    "gcc-ar gcc-nm gcc-ranlib"
).split(" ")

# The compilers, and the variable that selects each.
_COMPILERS = {"c++": "CXX", "cc": "CC"}

def _chosen(rctx, variable):
    """Returns the command that CC or CXX names, such as `gcc -m64` or `ccache gcc`, as a list; empty if it is not set."""
    words = [word for word in (rctx.getenv(variable) or "").replace("\t", " ").split(" ") if word]
    if not words:
        return []
    if words[0].startswith("/"):
        path = rctx.path(words[0])
    elif "/" in words[0] or words[0] in [".", ".."]:
        fail("{}={} is a relative path; give an absolute path, or a name on PATH".format(variable, " ".join(words)))
    else:
        path = rctx.which(words[0])
    if not path or not path.exists or path.is_dir:
        fail("{}={} is not a program".format(variable, " ".join(words)))
    return [path] + words[1:]

def _check(rctx, name, command):
    """Fails if the compiler that the user chose by CC or CXX does not run."""
    argument = "-dumpmachine" if name == "cc" else "--version"
    result = rctx.execute(command + [argument], timeout = 30, environment = {"LC_ALL": "C"})
    if result.return_code:
        fail("{}={} is not a compiler that runs: `{}` failed with {}".format(
            _COMPILERS[name],
            rctx.getenv(_COMPILERS[name]),
            argument,
            result.stderr.strip().split("\n")[0][:200] or result.return_code,
        ))

def _link_compiler(rctx, name, command):
    """Makes `bin/NAME` for a compiler: a link, or a script for a command with arguments.

    The script contains the paths at which builds find the programs, and not those of the machine. `identified/NAME` is
    the same command for use in this repository rule.
    """
    if len(command) == 1:
        rctx.symlink(command[0], "bin/" + name)
        rctx.symlink(command[0], "identified/" + name)
        return
    commands = {"bin/" + name: [], "identified/" + name: []}
    for word in command:
        path = word
        if type(word) == "string" and not word.startswith("-"):
            path = rctx.path(word) if word.startswith("/") else rctx.which(word) if "/" not in word else None
        place = None
        if type(path) == "path" and path.exists:
            # `ccache cc` must not find this script as `cc`.
            place = "commands/{}/{}".format(name, path.basename)
            rctx.symlink(path, place)
        commands["bin/" + name].append("{}/cc/{}".format(BUILD_ROOT, place) if place else word)
        commands["identified/" + name].append(str(path) if place else word)
    for script, words in commands.items():
        quoted = ["'{}'".format(word.replace("'", "'\\''")) for word in words]
        rctx.file(script, "#!/bin/sh\nexec {} \"$@\"\n".format(" ".join(quoted)), executable = True)

def _link_programs(rctx):
    """Makes `bin` and `posix` with a link to each program. The cache key contains their names and contents, but no paths."""
    chosen = {name: _chosen(rctx, variable) for name, variable in _COMPILERS.items()}
    compilers = {name: command or [rctx.which(name)] for name, command in chosen.items()}
    watch(rctx, on_path(rctx, *_COMPILERS) + [command[0] for command in compilers.values() if command[0]] + PACKAGE_DATABASES)
    for name, command in compilers.items():
        if chosen[name]:
            _check(rctx, name, command)
        if command[0]:
            _link_compiler(rctx, name, command)
    for folder, names in [("bin", _BINUTILS), ("posix", POSIX_PROGRAMS)]:
        for name in names:
            path = rctx.which(name)
            if path:
                rctx.symlink(path, "{}/{}".format(folder, name))

def _machine_cc_impl(rctx):
    _link_programs(rctx)
    write_fingerprint(rctx, "identified")
    rctx.file("BUILD.bazel", _BUILD.format(
        cc = CC,
        identify = rctx.attr._identify,
        libc = Label("//toolchains/platforms:machines_libc"),
        posix = POSIX,
        rules = Label("//toolchains:defs.bzl"),
    ))

machine_cc = repository_rule(
    implementation = _machine_cc_impl,
    attrs = identify_attrs("//toolchains/cc:identify.py"),
    configure = True,
    local = True,
    environ = ["CC", "CXX", "PATH"],
    doc = "Makes a repository whose toolchains are the C compiler and the POSIX programs of the machine; CC and CXX select `cc` and `c++`, as a name, a path, or a command such as `ccache gcc`.",
)
