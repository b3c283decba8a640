"""Finds the external dependencies of a collection on the machine."""

load("//toolchains:types.bzl", "EXTERNAL")
load("//toolchains:watch.bzl", "PACKAGE_DATABASES", "on_path", "watch")

_HEAD = """load("{rules}", "external_dependency", "external_toolchain")

package(default_visibility = ["//visibility:public"])

external_toolchain(
    name = "external",
    dependencies = {dependencies},
    missing = {missing},
    problem = {problem},
)

toolchain(
    name = "external_toolchain",
    target_compatible_with = ["{libc}"],
    toolchain = ":external",
    toolchain_type = "{type}",
)
"""

_DEPENDENCY = """
external_dependency(
    name = {name},
    env = {env},
    files = {files},
    fingerprint = "{target}/fingerprint.json",
    identify = "{target}/identify.py",
    is_of_machine = True,
    libraries = {libraries},
    programs = {programs},
    version = {version},
)
"""

_VARIABLES = ["PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_PATH"]

def _find(rctx):
    """Runs the search; returns what it prints."""
    command = [rctx.path(rctx.attr.python), "-I", "-B", rctx.path(rctx.attr._programs), "find_external"]
    command += ["--definitions", rctx.path(rctx.attr._definitions), "--external", rctx.path(rctx.attr.external)]
    command += ["--path", rctx.getenv("PATH") or "/usr/local/bin:/usr/bin:/bin", "--out", rctx.path(".")]
    for option, variable in [("--modules", "PKG_CONFIG_PATH"), ("--only-modules", "PKG_CONFIG_LIBDIR")]:
        if rctx.getenv(variable):
            command += [option, rctx.getenv(variable)]
    result = rctx.execute(command, timeout = 600)
    if result.return_code:
        fail(result.stderr.strip() or "the search for external dependencies failed")
    return json.decode(result.stdout)

def _dependency(rctx, found):
    """Links to the files of a dependency; returns the text of its target."""
    for name, path in found["programs"].items():
        rctx.symlink(path, "{}/bin/{}".format(found["target"], name))
    libraries = {}
    for name, path in found["libraries"].items():
        place = "{}/lib/{}".format(found["target"], name)
        rctx.symlink(path, place)
        libraries[place] = name
    modules = ["external/pkgconfig/{}.pc".format(name) for name in found["modules"]]
    return _DEPENDENCY.format(
        env = repr({"PKG_CONFIG_LIBDIR": "{root}/pkgconfig"} if modules else {}),
        files = repr({path: path.removeprefix("external/") for path in modules}),
        libraries = repr(libraries),
        name = repr(found["target"]),
        programs = repr(["{}/bin/{}".format(found["target"], name) for name in found["programs"]]),
        target = found["target"],
        version = repr(found["version"]),
    )

def _machine_external_impl(rctx):
    watch(rctx, on_path(rctx, "pkg-config") + PACKAGE_DATABASES)
    result = _find(rctx)
    dependencies = {":" + found["target"]: name for name, found in result["found"].items()}
    texts = [_HEAD.format(
        dependencies = repr(dependencies),
        libc = Label("//toolchains/platforms:machines_libc"),
        missing = repr(result["missing"].keys()),
        problem = repr(result["problem"]),
        rules = Label("//toolchains:defs.bzl"),
        type = EXTERNAL,
    )]
    texts += [_dependency(rctx, found) for found in result["found"].values()]
    rctx.file("BUILD.bazel", "".join(texts))

machine_external = repository_rule(
    implementation = _machine_external_impl,
    attrs = {
        "external": attr.label(
            doc = "The workspace's external.json.",
            mandatory = True,
        ),
        "python": attr.label(
            doc = "Python that runs the search.",
            mandatory = True,
        ),
        "_definitions": attr.label(
            doc = "How each dependency is found.",
            default = "//toolchains/external:dependencies.json",
        ),
        "_programs": attr.label(
            doc = "The program that searches.",
            default = "//rules/actions:__main__.py",
        ),
    },
    configure = True,
    local = True,
    environ = _VARIABLES,
    doc = "Makes a repository whose toolchain has the external dependencies of a collection that are on the machine: those that pkg-config finds, also in the folders of PKG_CONFIG_PATH, those with a NAME-config program on PATH, and those in the usual folders.",
)
