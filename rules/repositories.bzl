"""Repository rule that declares the files of a lock in a WORKSPACE file.

A WORKSPACE file cannot read a lock, so it makes two calls with a `load` between them:

    load("//rules:repositories.bzl", "fromager_lock")
    fromager_lock(name = "fromager_lock", lock = "//:fromager.lock.json")
    load("@fromager_lock//:files.bzl", "files")
    files()
"""

load("//rules:contract.bzl", "LOCK_FILE")

def _fromager_lock_impl(rctx):
    files = json.decode(rctx.read(rctx.attr.lock))["files"]
    rctx.file("BUILD.bazel", "")
    rctx.file("files.bzl", "\n".join([
        '"""The files of a lock."""',
        "",
        'load("{}", "declare_files")'.format(Label("//rules:declare_files.bzl")),
        "",
        "def files():",
        '    """Declares a repository for each file."""',
        "    declare_files(json.decode({}))".format(repr(json.encode(files))),
        "",
    ]))

fromager_lock = repository_rule(
    implementation = _fromager_lock_impl,
    attrs = {"lock": attr.label(
        doc = "The workspace's {}.".format(LOCK_FILE),
        mandatory = True,
    )},
    doc = "Converts a lock to a `.bzl` file that a WORKSPACE file can load.",
)
