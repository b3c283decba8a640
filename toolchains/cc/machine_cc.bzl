"""Finds the machine's own C compiler and fingerprints it."""

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

# What ./configure, Makefiles and build scripts take for granted. Whatever finds more of the machine
# (pkg-config, git, cmake, curl) is left out: a package says what it needs by a build requirement.
_POSIX = (
    "awk basename bash cat chmod cmp cp cut date diff dirname echo egrep env expr false fgrep file find grep gunzip gzip head " +
    "hostname id install ld.so ldd ln ls mkdir mktemp mv nproc od patch perl printf pwd readlink realpath rm rmdir sed seq sh sleep " +
    "sort stat tail tar tee test touch tr true uname uniq wc which xargs xz"
).split(" ")

# What says its version: whatever compiles and links, the C library by `ldd`, and perl.
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
                fail("{}={} names no program".format(variable, chosen))
            tools[name] = str(path)
    watch(rctx, on_path(rctx, "cc") + [tools[name] for name in _VERSIONED if name in tools])
    target = rctx.execute([tools["cc"], "-dumpmachine"], timeout = 30).stdout.strip() if "cc" in tools else ""
    for name in _COMPILER if target else []:
        # A distribution's own Python asks for its compiler by this name.
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
    doc = "A repository whose `:toolchain` is the machine's C compiler and POSIX programs; CC and CXX name what `cc` and `c++` are.",
)
