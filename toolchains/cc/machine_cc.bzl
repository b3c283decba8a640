"""Detects the C compiler of the machine and fingerprints it."""

load("//toolchains:watch.bzl", "on_path", "watch")

_BUILD = """load("{rule}", "cc_tools_toolchain")

cc_tools_toolchain(
    name = "cc",
    fingerprint = "fingerprint.json",
    tools = "tools.json",
)

toolchain(
    name = "toolchain",
    toolchain = ":cc",
    toolchain_type = "{type}",
)
"""

_COMPILER = (
    "cc c++ gcc g++ cpp clang clang++ ld as ar nm ranlib strip objcopy objdump readelf size strings " +
    "gcc-ar gcc-nm gcc-ranlib make"
).split(" ")

# Programs that ./configure, Makefiles and build scripts expect. Programs that find more of the machine (pkg-config,
# git, cmake, curl) are not in the list: a package must name them as build requirements.
_POSIX = (
    "awk basename bash cat chmod cmp cp cut date diff dirname echo egrep env expr false fgrep file find grep gunzip gzip head " +
    "hostname id install ld.so ldd ln ls mkdir mktemp mv nproc od patch perl printf pwd readlink realpath rm rmdir sed seq sh sleep " +
    "sort stat tail tar tee test touch tr true uname uniq wc which xargs xz"
).split(" ")

# Programs whose version is in the fingerprint: compilers, linkers, perl, and the C library by `ldd`.
_VERSIONED = {name: ["--version"] for name in _COMPILER + ["ldd"]} | {"perl": ["-e", "print $]"]}

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
    return [str(path)] + words[1:]

def _run(rctx, tools, name, argument):
    """Returns the output of a compiler. If the user chose the compiler by CC or CXX, it must run."""
    result = rctx.execute(_command(tools[name]) + argument, timeout = 30, environment = {"LC_ALL": "C"})
    variable = {"c++": "CXX", "cc": "CC"}.get(name)
    chosen = variable and rctx.getenv(variable)
    if result.return_code and chosen:
        fail("{}={} is not a compiler that runs: `{}` failed with {}".format(
            variable,
            chosen,
            " ".join(argument),
            result.stderr.strip().split("\n")[0][:200] or result.return_code,
        ))
    return result.stdout

def _found(rctx):
    """Returns a dict from the name of each program to its path, or to a list of its path and its first arguments."""
    tools = {}
    for name in _COMPILER + _POSIX:
        path = rctx.which(name)
        if path:
            tools[name] = str(path)
    for name, variable in [("cc", "CC"), ("c++", "CXX")]:
        command = _chosen(rctx, variable)
        if command:
            tools[name] = command if len(command) > 1 else command[0]
    return tools

def _command(tool):
    return tool if type(tool) == "list" else [tool]

def _without_links(rctx, tool):
    """Returns a program or command with the program's path without symbolic links.

    The same program then has the same path on machines with another order of PATH, or with other links to it.
    """
    path = str(rctx.path(_command(tool)[0]).realpath)
    return [path] + tool[1:] if type(tool) == "list" else path

def _machine_cc_impl(rctx):
    tools = _found(rctx)
    watch(rctx, on_path(rctx, "cc") + [_command(tools[name])[0] for name in _VERSIONED if name in tools])
    target = _run(rctx, tools, "cc", ["-dumpmachine"]).strip() if "cc" in tools else ""
    for name in _COMPILER if target else []:
        # The Python of a distribution calls its compiler by this name.
        path = rctx.which("{}-{}".format(target, name))
        if path:
            tools["{}-{}".format(target, name)] = str(path)
    identity = {"target": target, "tools": sorted(tools)}
    for name, arguments in _VERSIONED.items():
        if name in tools:
            identity[name] = _run(rctx, tools, name, arguments).split("\n")[0]
    rctx.file("tools.json", json.encode_indent({name: _without_links(rctx, tool) for name, tool in tools.items()}))
    rctx.file("fingerprint.json", json.encode_indent(identity))
    rctx.file("BUILD.bazel", _BUILD.format(
        rule = Label("//toolchains/cc:cc_toolchain.bzl"),
        type = Label("//toolchains/cc:toolchain_type"),
    ))

machine_cc = repository_rule(
    implementation = _machine_cc_impl,
    configure = True,
    local = True,
    environ = ["CC", "CXX", "PATH"],
    doc = "Makes a repository whose `:toolchain` has the C compiler and POSIX programs of the machine; CC and CXX select `cc` and `c++`, as a name, a path, or a command such as `ccache gcc`.",
)
