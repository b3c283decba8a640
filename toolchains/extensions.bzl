"""Module extension that provides the Python, C compiler and Rust of the machine as toolchains.

    machine = use_extension("//toolchains:extensions.bzl", "machine")
    machine.python(version = "3.12")
    use_repo(machine, "machine_cc", "machine_python", "machine_rust")
    register_toolchains("@machine_cc//:all", "@machine_python//:all", "@machine_rust//:all")
"""

load("//toolchains:repositories.bzl", "machine_toolchains")

def _machine_impl(mctx):
    versions = [tag.version for module in mctx.modules for tag in module.tags.python]
    if versions:
        machine_toolchains(python_version = versions[0])
    return mctx.extension_metadata(reproducible = True)

machine = module_extension(
    implementation = _machine_impl,
    tag_classes = {"python": tag_class(
        attrs = {"version": attr.string(
            doc = "X.Y or X.Y.Z version of Python for the wheels of the graph.",
            mandatory = True,
        )},
        doc = "The Python to detect; the tag of the root module has precedence.",
    )},
    doc = "Detects and fingerprints the tools of the machine.",
)
