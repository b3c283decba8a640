"""Repository rule that unpacks pinned archives into one folder."""

load("//rules:fetched_file.bzl", "canonical_id", "integrity_of", "reproducible")

visibility("//toolchains/...")

_DEB_FOLDER = "_deb"

def _unpack(rctx, archive):
    """Downloads an archive and unpacks it; of a Debian package, its files."""
    download = {
        "url": archive["url"],
        "integrity": integrity_of(archive["sha256"]),
        "canonical_id": canonical_id([archive["url"]], archive["sha256"]),
    }
    prefix = archive["strip_prefix"]
    if not archive["filename"].endswith(".deb"):
        rctx.download_and_extract(stripPrefix = prefix, type = _type(archive["filename"]), **download)
        return

    # A Debian package is an `ar` archive with one tar of its files: https://manpages.debian.org/deb.5
    rctx.download_and_extract(output = _DEB_FOLDER, type = "deb", **download)
    for entry in rctx.path(_DEB_FOLDER).readdir():
        if entry.basename.startswith("data.tar"):
            rctx.extract(entry, stripPrefix = prefix)
    rctx.delete(_DEB_FOLDER)

def _type(filename):
    for suffix in ["tar.gz", "tgz", "tar.xz", "txz", "tar.bz2", "tar.zst", "tzst", "tar"]:
        if filename.endswith("." + suffix):
            return suffix
    return "zip"  # a wheel

def _unpacked_tree_impl(rctx):
    for text in rctx.attr.archives:
        _unpack(rctx, json.decode(text))
    rctx.file("BUILD.bazel", rctx.attr.build_file_content)
    return reproducible(rctx)

unpacked_tree = repository_rule(
    implementation = _unpacked_tree_impl,
    attrs = {
        "archives": attr.string_list(
            doc = "The archives, each from `pinned_archive`. A later archive replaces equal paths of an earlier one.",
            mandatory = True,
        ),
        "build_file_content": attr.string(
            doc = "Text of the BUILD.bazel file.",
            mandatory = True,
        ),
    },
    doc = "Downloads tars, zips, wheels or Debian packages, checks their hashes and unpacks them into one folder.",
)

def pinned_archive(file, strip_prefix):
    """Returns an element of the attribute `archives` for a file of toolchains.lock.json.

    Args:
      file: (dict) The file's entry.
      strip_prefix: (str) Folder in the archive that is removed from all paths.

    Returns:
      (str) The element.
    """
    return json.encode({key: file[key] for key in ["filename", "sha256", "url"]} | {"strip_prefix": strip_prefix})
