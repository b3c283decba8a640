"""Noticing that a program of the machine was replaced, or installed, while a Bazel server runs."""

visibility("//toolchains/...")

def watch(rctx, paths):
    """Looks for the repository's tools again once one of these files changes, comes or goes.

    A local repository is made anew when a server starts, and no sooner: after an upgrade of the compiler a server that
    goes on would put what the new one builds under the key of the old one.

    At each path that Bazel has not seen yet it begins the rule anew, and reads all files watched by then once more. So
    this comes before whatever runs a program, and takes files that are there last.

    Args:
      rctx: (repository_ctx) The repository's context.
      paths: (list of path or str) Programs that the fingerprint is of; what is no absolute path is passed over.
    """
    names = {str(path): None for path in paths if str(path).startswith("/")}
    for name in sorted(names, key = lambda name: rctx.path(name).exists):
        rctx.watch(name)

def on_path(rctx, *names):
    """Returns where programs of these names are on PATH, or may come to be.

    Args:
      rctx: (repository_ctx) The repository's context.
      *names: (str) Names of programs.

    Returns:
      (list of str) Absolute paths, there or not.
    """
    folders = [folder for folder in (rctx.getenv("PATH") or "").split(":") if folder.startswith("/")]
    return [folder + "/" + name for name in names for folder in folders]
