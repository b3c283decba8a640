"""Module extensions that provide toolchains: those of the machine, and those that `toolchains.lock.json` pins.

    machine = use_extension("//toolchains:extensions.bzl", "machine")
    machine.python(version = "3.12")
    use_repo(machine, "machine_cc", "machine_cuda", "machine_python", "machine_rust")
    register_toolchains("@machine_cc//:all", "@machine_cuda//:all", "@machine_python//:all", "@machine_rust//:all")

    locked = use_extension("//toolchains:extensions.bzl", "locked")
    locked.toolchains(lock = "//:toolchains.lock.json", python = "3.12")
    use_repo(locked, "fromager_toolchains")
    register_toolchains("@fromager_toolchains//:all")
"""

load("//rules:contract.bzl", "EXTERNAL_FILE", "TOOLCHAINS_LOCK", "TOOLCHAINS_REPOSITORY")
load("//toolchains:locked.bzl", "declare_toolchains")
load("//toolchains:repositories.bzl", "machine_toolchains")

def _machine_impl(mctx):
    versions = [tag.version for module in mctx.modules for tag in module.tags.python]
    external = [tag.file for module in mctx.modules for tag in module.tags.external]
    if versions:
        machine_toolchains(python_version = versions[0], external = external[0] if external else None)
    return mctx.extension_metadata(reproducible = True)

machine = module_extension(
    implementation = _machine_impl,
    tag_classes = {
        "external": tag_class(
            attrs = {"file": attr.label(
                doc = "The workspace's {}.".format(EXTERNAL_FILE),
                mandatory = True,
            )},
            doc = "The external dependencies to find; the tag of the root module has precedence. Without it there is no `machine_external`.",
        ),
        "python": tag_class(
            attrs = {"version": attr.string(
                doc = "X.Y or X.Y.Z version of Python for the wheels of the graph.",
                mandatory = True,
            )},
            doc = "The Python to detect; the tag of the root module has precedence.",
        ),
    },
    doc = "Detects and fingerprints the tools of the machine.",
)

def _locked_impl(mctx):
    tags = [tag for module in mctx.modules for tag in module.tags.toolchains]
    if tags:
        declare_toolchains(mctx.read(tags[0].lock), tags[0].python)
    return mctx.extension_metadata(reproducible = True)

locked = module_extension(
    implementation = _locked_impl,
    tag_classes = {"toolchains": tag_class(
        attrs = {
            "lock": attr.label(
                doc = "The workspace's {}.".format(TOOLCHAINS_LOCK),
                mandatory = True,
            ),
            "python": attr.string(doc = "X.Y version of Python for the wheels of the graph; others are selected with `//toolchains/python:version`. If it is empty, the first pinned one is used."),
        },
        doc = "A lock whose toolchains are declared; the tag of the root module has precedence.",
    )},
    doc = "Declares the toolchains of a lock in the repository {}. Fetches only files of toolchains that are used.".format(TOOLCHAINS_REPOSITORY),
)
