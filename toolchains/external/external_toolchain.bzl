"""External dependencies: libraries and programs outside of Python, and the toolchain that has all of a workspace."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//toolchains:tools.bzl", "TOOLS_ATTRS", "tools_info")

# The folder of builds that contains what external dependencies bring.
EXTERNAL_ROOT = BUILD_ROOT + "/external"

ExternalDependencyInfo = provider(
    doc = "A library or program outside of Python, which builds get if they declare it.",
    fields = {
        "libraries": "(list of (str, File)) Shared libraries that wheels may load, by the names under which they are loaded, and those that they load.",
        "tools": "(ToolsInfo) Programs, pkg-config files, headers and variables.",
        "version": "(str) Version; empty if it is not known.",
    },
)

ExternalInfo = provider(
    doc = "The external dependencies that a toolchain has.",
    fields = {
        "dependencies": "(dict of str to ExternalDependencyInfo) The dependencies, by names such as `dep:generic/libxml2`.",
        "missing": "(list of str) Dependencies that the collection needs and the toolchain lacks, with their versions.",
        "problem": "(str) Message about all that are missing; empty if there are none.",
    },
)

def _external_dependency_impl(ctx):
    tools = tools_info(ctx, EXTERNAL_ROOT)
    return [ExternalDependencyInfo(
        libraries = [(name, target.files.to_list()[0]) for target, names in ctx.attr.libraries.items() for name in names.split(" ")],
        tools = tools,
        version = ctx.attr.version,
    )]

external_dependency = rule(
    implementation = _external_dependency_impl,
    attrs = TOOLS_ATTRS | {
        "libraries": attr.label_keyed_string_dict(
            doc = "Shared libraries that wheels may load, each with the names under which it is loaded, separated by spaces.",
            allow_files = True,
        ),
        "version": attr.string(doc = "Version of the dependency."),
    },
    provides = [ExternalDependencyInfo],
    doc = "Declares a library or program outside of Python. Name it in an `external_toolchain`.",
)

def _external_toolchain_impl(ctx):
    dependencies = {}
    missing, problem = ctx.attr.missing, ctx.attr.problem
    if ctx.attr.otherwise:
        info = ctx.attr.otherwise[platform_common.ToolchainInfo].external
        dependencies = dict(info.dependencies)
        missing, problem = info.missing, info.problem
    for target, name in ctx.attr.dependencies.items():
        if not name.startswith("dep:"):
            fail("{}: {} is not the name of a dependency, such as dep:generic/libxml2".format(ctx.label, name))
        dependencies[name] = target[ExternalDependencyInfo]
    missing = [text for text in missing if text.partition("@")[0] not in ctx.attr.dependencies.values()]
    return [platform_common.ToolchainInfo(external = ExternalInfo(
        dependencies = dependencies,
        missing = missing,
        problem = problem if missing else "",
    ))]

external_toolchain = rule(
    implementation = _external_toolchain_impl,
    attrs = {
        "dependencies": attr.label_keyed_string_dict(
            doc = "The dependencies, each with its name, such as `dep:generic/libxml2`.",
            providers = [ExternalDependencyInfo],
        ),
        "missing": attr.string_list(doc = "Dependencies that the collection needs and that were not found."),
        "otherwise": attr.label(
            doc = "An `external_toolchain` with further dependencies, such as `@machine_external//:external`.",
            providers = [platform_common.ToolchainInfo],
        ),
        "problem": attr.string(doc = "Message about all that are missing."),
    },
    doc = "Declares the external dependencies of builds. Wrap it in `toolchain(toolchain_type = \"//toolchains/external:toolchain_type\")`.",
)
