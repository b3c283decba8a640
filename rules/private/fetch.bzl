"""Fetching the files of a lock, each into a repository of its own, as published and never unpacked."""

load("//rules:contract.bzl", "ANCHOR_REPOSITORY", "GIT_SETTINGS", "GIT_TIMEOUT", "LIBRARIES", "LIBRARY_REPOSITORY")

visibility("//rules/...")

_BUILD = """exports_files([{file}])

filegroup(
    name = "file",
    srcs = [{file}],
    visibility = ["//visibility:public"],
)
"""

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

def integrity_of(sha256):
    """Returns the Subresource Integrity text, which Bazel's downloads take, of a hash as package indexes write it.

    Args:
      sha256: (str) Hex sha256.

    Returns:
      (str) `sha256-` and the hash in base64.
    """
    text = ""
    for at in range(0, 64, 6):
        digits = sha256[at:at + 6]
        bits = int(digits, 16) << (24 - 4 * len(digits))
        for n in range(len(digits) * 4 // 6 + (1 if len(digits) < 6 else 0)):
            text += _BASE64[(bits >> (18 - 6 * n)) & 63]
    return "sha256-{}=".format(text)

def _canonical_id(urls, integrity):
    """The repository cache finds a file by hash and this: a changed address with an old hash is asked for again."""
    return " ".join(urls + [integrity])

def _reproducible(rctx):
    """Lets Bazel keep a repository's contents from one output base to the next, where it can."""
    return rctx.repo_metadata(reproducible = True) if hasattr(rctx, "repo_metadata") else None

def _fetched_file_impl(rctx):
    rctx.download(
        url = rctx.attr.urls,
        output = rctx.attr.filename,
        integrity = rctx.attr.integrity,
        canonical_id = _canonical_id(rctx.attr.urls, rctx.attr.integrity),
    )
    rctx.file("BUILD.bazel", _BUILD.format(file = repr(rctx.attr.filename)))
    return _reproducible(rctx)

fetched_file = repository_rule(
    implementation = _fetched_file_impl,
    attrs = {
        "filename": attr.string(
            doc = "Name of the file, which some backends read.",
            mandatory = True,
        ),
        "integrity": attr.string(
            doc = "Subresource Integrity of the file, from its sha256.",
            mandatory = True,
        ),
        "urls": attr.string_list(
            doc = "Addresses of the file, the first that answers is taken.",
            mandatory = True,
        ),
    },
    doc = "A repository with one file, `:file`, by address and integrity.",
)

def _git(rctx, arguments):
    """Runs git without prompts, never through a transport that runs programs, and with nothing that changes a tar."""
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

    # Bazel's own downloader is the one place here that checks a hash, so what it writes is what is used: it may take it from its
    # repository cache and never look at the tar.
    rctx.download(url = "file://" + tar, output = rctx.attr.filename, integrity = rctx.attr.integrity)
    rctx.delete("repository")
    rctx.file("BUILD.bazel", _BUILD.format(file = repr(rctx.attr.filename)))
    return _reproducible(rctx)

git_archive = repository_rule(
    implementation = _git_archive_impl,
    attrs = {
        "commit": attr.string(
            doc = "Full hash of the commit.",
            mandatory = True,
        ),
        "filename": attr.string(
            doc = "Name of the archive, ending in .tar.",
            mandatory = True,
        ),
        "integrity": attr.string(
            doc = "Subresource Integrity of the tar that `git archive` makes of the commit.",
            mandatory = True,
        ),
        "prefix": attr.string(
            doc = "Top-level folder in the archive.",
            mandatory = True,
        ),
        "remote": attr.string(
            doc = "Address of the git repository.",
            mandatory = True,
        ),
    },
    doc = "A repository with one file, `:file`: a commit of a git repository as a tar, by integrity.",
)

def _missing_file_impl(rctx):
    rctx.file(rctx.attr.filename, "")
    rctx.file("BUILD.bazel", _BUILD.format(file = repr(rctx.attr.filename)))

_missing_file = repository_rule(
    implementation = _missing_file_impl,
    attrs = {"filename": attr.string(
        doc = "Name of the file.",
        mandatory = True,
    )},
    doc = "An empty file in place of a library that no lock names: targets can be analysed, and the first action says what is missing.",
)

def _anchor_impl(rctx):
    rctx.file("BUILD.bazel", "")

_anchor = repository_rule(
    implementation = _anchor_impl,
    doc = "An empty repository, whose label tells the canonical names of its neighbours.",
)

def declare_files(files):
    """Declares a repository for each file of a lock, and the anchor.

    Args:
      files: (dict of str to dict) The lock's `files`: repository name to `url`, `sha256`, `filename`, or for a commit
        `git`, `commit`, `prefix`.
    """
    _anchor(name = ANCHOR_REPOSITORY)
    for library in LIBRARIES.values():
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
