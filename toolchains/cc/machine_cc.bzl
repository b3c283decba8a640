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

def _machine_cc_impl(rctx):
    tools = {}
    for name in _COMPILER + _POSIX:
        path = rctx.which(name)
        if path:
            tools[name] = str(path)
    for name, variable in [("cc", "CC"), ("c++", "CXX")]:
        chosen = rctx.getenv(variable)
        if chosen:
            path = rctx.path(chosen) if chosen.startswith("/") else rctx.which(chosen)
            if not path or not path.exists:
                fail("{}={} is not a program".format(variable, chosen))
            tools[name] = str(path)
    watch(rctx, on_path(rctx, "cc") + [tools[name] for name in _VERSIONED if name in tools])
    target = rctx.execute([tools["cc"], "-dumpmachine"], timeout = 30).stdout.strip() if "cc" in tools else ""
    for name in _COMPILER if target else []:
        # The Python of a distribution calls its compiler by this name.
        path = rctx.which("{}-{}".format(target, name))
        if path:
            tools["{}-{}".format(target, name)] = str(path)
    identity = {"target": target, "tools": sorted(tools)}
    for name, arguments in _VERSIONED.items():
        if name in tools:
            result = rctx.execute([tools[name]] + arguments, timeout = 30, environment = {"LC_ALL": "C"})
            identity[name] = result.stdout.split("\n")[0]
    rctx.file("tools.json", json.encode_indent(tools))
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
    doc = "Makes a repository whose `:toolchain` has the C compiler and POSIX programs of the machine; CC and CXX select `cc` and `c++`.",
)
