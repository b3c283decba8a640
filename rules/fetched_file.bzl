"""Repository rule that fetches one file, which is not unpacked."""

visibility(["//rules/...", "//toolchains/..."])

FILE_BUILD = """exports_files([{file}])

filegroup(
    name = "file",
    srcs = [{file}],
    visibility = ["//visibility:public"],
)
"""

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

def integrity_of(sha256):
    """Converts a hex sha256, the form in package indexes, to Subresource Integrity, the form in Bazel's downloads.

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

def canonical_id(urls, integrity):
    """Returns the canonical id of a file. Bazel's repository cache is keyed by it in addition to the hash.

    A changed URL with an old hash is then downloaded again, and does not silently match the old file.
    See https://bazel.build/rules/lib/builtins/repository_ctx#download.

    Args:
      urls: (list of str) URLs of the file.
      integrity: (str) Hash of the file.

    Returns:
      (str) The id.
    """
    return " ".join(urls + [integrity])

def reproducible(rctx):
    """Marks the repository as reproducible, so that Bazel releases that can do so share it between output bases."""
    return rctx.repo_metadata(reproducible = True) if hasattr(rctx, "repo_metadata") else None

def _fetched_file_impl(rctx):
    result = rctx.download(
        url = rctx.attr.urls,
        output = rctx.attr.filename,
        integrity = rctx.attr.integrity,
        canonical_id = canonical_id(rctx.attr.urls, rctx.attr.integrity),
        allow_fail = bool(rctx.attr.advice),
    )
    if not result.success:
        fail("{} is not at {} any more, or it differs from its pinned hash: see the warning above. {}".format(
            rctx.attr.filename,
            ", ".join(rctx.attr.urls),
            rctx.attr.advice,
        ))
    rctx.file("BUILD.bazel", FILE_BUILD.format(file = repr(rctx.attr.filename)))
    return reproducible(rctx)

fetched_file = repository_rule(
    implementation = _fetched_file_impl,
    attrs = {
        "advice": attr.string(doc = "What to do if the file is gone or has another hash; empty for Bazel's own error."),
        "filename": attr.string(
            doc = "Name of the file. Some backends read it.",
            mandatory = True,
        ),
        "integrity": attr.string(
            doc = "Subresource Integrity of the file, derived from its sha256.",
            mandatory = True,
        ),
        "urls": attr.string_list(
            doc = "URLs of the file. The first URL that responds is used.",
            mandatory = True,
        ),
    },
    doc = "Downloads one file, `:file`, and checks its integrity.",
)
