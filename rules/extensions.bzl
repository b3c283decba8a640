"""Module extension that declares a repository for each file in a lock.

    fromager = use_extension("//rules:extensions.bzl", "fromager")
    fromager.lock(file = "//:fromager.lock.json")
    use_repo(fromager, "fromager_files")
"""

load("//rules:contract.bzl", "LOCK_FILE")
load("//rules/private:fetch.bzl", "declare_files")

def _fromager_impl(mctx):
    files = {}
    for module in mctx.modules:
        for tag in module.tags.lock:
            files = json.decode(mctx.read(tag.file))["files"] | files  # The root module comes first and wins.
    declare_files(files)
    return mctx.extension_metadata(reproducible = True)

fromager = module_extension(
    implementation = _fromager_impl,
    tag_classes = {"lock": tag_class(
        attrs = {"file": attr.label(
            doc = "The workspace's {}.".format(LOCK_FILE),
            mandatory = True,
        )},
        doc = "A lock whose files are declared as repositories.",
    )},
    doc = "Declares a repository for each file that `fromager-gen lock` pinned. Reads only the lock, without network access.",
)
