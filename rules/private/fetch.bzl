"""Repository rules that fetch the files of a lock, each into its own repository. The files are not unpacked."""

load("//rules:contract.bzl", "ANCHOR_REPOSITORY", "GIT_SETTINGS", "GIT_TIMEOUT", "LIBRARIES", "LIBRARY_REPOSITORY", "WHEEL_LIBRARIES")
load("//rules:fetched_file.bzl", "FILE_BUILD", "fetched_file", "integrity_of", "reproducible")

visibility("//rules/...")

def _git(rctx, arguments):
    """Runs git without prompts, and with the settings in GIT_SETTINGS."""
    command = ["git"]
    for setting in GIT_SETTINGS:
        command += ["-c", setting]
    result = rctx.execute(
        command + arguments,
        environment = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        working_directory = "repository",
        timeout = GIT_TIMEOUT,
    )
    if result.return_code:
        fail("{} at {}: git {} failed: {}".format(rctx.attr.remote, rctx.attr.commit, arguments[0], result.stderr))

def _git_archive_impl(rctx):
    rctx.file("repository/.keep")
    _git(rctx, ["init", "--quiet", "--bare", "."])
    _git(rctx, ["fetch", "--quiet", "--depth=1", "--", rctx.attr.remote, rctx.attr.commit])
    tar = str(rctx.path("repository/archive.tar"))
    _git(rctx, ["archive", "--format=tar", "--prefix=" + rctx.attr.prefix + "/", "--output=" + tar, rctx.attr.commit])

    # Only Bazel's downloader can check a hash here, so the repository contains the downloader's output. The downloader
    # may take that output from the repository cache and not read the tar.
    rctx.download(url = "file://" + tar, output = rctx.attr.filename, integrity = rctx.attr.integrity)
    rctx.delete("repository")
    rctx.file("BUILD.bazel", FILE_BUILD.format(file = repr(rctx.attr.filename)))
    return reproducible(rctx)

git_archive = repository_rule(
    implementation = _git_archive_impl,
    attrs = {
        "commit": attr.string(
            doc = "Full hash of the commit.",
            mandatory = True,
        ),
        "filename": attr.string(
            doc = "Name of the archive, which ends in `.tar`.",
            mandatory = True,
        ),
        "integrity": attr.string(
            doc = "Subresource Integrity of the tar that `git archive` creates from the commit.",
            mandatory = True,
        ),
        "prefix": attr.string(
            doc = "Name of the top-level folder in the archive.",
            mandatory = True,
        ),
        "remote": attr.string(
            doc = "URL of the git repository.",
            mandatory = True,
        ),
    },
    doc = "Fetches a commit of a git repository as one tar file, `:file`, and checks its integrity.",
)

def _missing_file_impl(rctx):
    rctx.file(rctx.attr.filename, "")
    rctx.file("BUILD.bazel", FILE_BUILD.format(file = repr(rctx.attr.filename)))

_missing_file = repository_rule(
    implementation = _missing_file_impl,
    attrs = {"filename": attr.string(
        doc = "Name of the file.",
        mandatory = True,
    )},
    doc = "Provides an empty file in place of a library that is not in any lock. Targets can then be analyzed, and the first action reports the missing library.",
)

def _anchor_impl(rctx):
    rctx.file("BUILD.bazel", "")

_anchor = repository_rule(
    implementation = _anchor_impl,
    doc = "Provides an empty repository. The canonical names of the other repositories are derived from its label.",
)

def declare_files(files):
    """Declares a repository for each file in a lock, and the anchor repository.

    Args:
      files: (dict of str to dict) The lock's `files` by repository name: `url`, `sha256` and `filename`, or for a
        commit `git`, `commit`, `prefix`, `sha256` and `filename`.
    """
    _anchor(name = ANCHOR_REPOSITORY)
    for library in LIBRARIES.values() + WHEEL_LIBRARIES.values():
        if LIBRARY_REPOSITORY + library["distribution"] not in files:
            _missing_file(name = LIBRARY_REPOSITORY + library["distribution"], filename = library["filename"])
    for name, file in files.items():
        if "git" in file:
            git_archive(
                name = name,
                remote = file["git"],
                commit = file["commit"],
                integrity = integrity_of(file["sha256"]),
                filename = file["filename"],
                prefix = file["prefix"],
            )
        else:
            fetched_file(
                name = name,
                urls = [file["url"]],
                integrity = integrity_of(file["sha256"]),
                filename = file["filename"],
            )
