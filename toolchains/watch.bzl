"""Noticing that a program of the machine was replaced, or installed, while a Bazel server runs."""

visibility("//toolchains/...")

def watch(rctx, path):
    """Looks for the repository's tools again once this file changes.

    A local repository is made anew when a server starts, and no sooner: after an upgrade of the compiler a server that
    goes on would put what the new one builds under the key of the old one.

    Args:
      rctx: (repository_ctx) The repository's context.
      path: (path or str) A program that the fingerprint is of.
    """
    if hasattr(rctx, "watch"):  # from Bazel 7.1 on
        rctx.watch(path)

def watch_path(rctx, name):
    """Looks for the repository's tools again once a program of this name comes to, or goes from, a folder on PATH.

    Args:
      rctx: (repository_ctx) The repository's context.
      name: (str) Name of a program.
    """
    for folder in (rctx.getenv("PATH") or "").split(":"):
        if folder.startswith("/"):
            watch(rctx, "{}/{}".format(folder, name))
