"""Noticing that a program of the machine was replaced while a Bazel server runs."""

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
