"""Notices that a program of the machine was replaced or installed while a Bazel server runs."""

visibility("//toolchains/...")

# Databases of installed packages: what is found changes with them.
PACKAGE_DATABASES = ["/var/lib/dpkg/status", "/lib/apk/db/installed", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite"]

def watch(rctx, paths):
    """Makes Bazel detect the repository's tools again if one of these files is changed, created or removed.

    By itself, Bazel makes a local repository again only when the server starts. After an upgrade of the compiler, a
    running server would store the output of the new compiler under the cache key of the old one. See
    https://bazel.build/rules/lib/builtins/repository_ctx#watch.

    For each path that Bazel does not watch yet, it restarts the repository rule and reads all watched files again. So
    call this function before any program is run. Files that exist are watched last.

    Args:
      rctx: (repository_ctx) The context of the repository.
      paths: (list of path or str) Programs of the fingerprint; paths that are not absolute are ignored.
    """
    names = {str(path): None for path in paths if str(path).startswith("/")}
    for name in sorted(names, key = lambda name: rctx.path(name).exists):
        rctx.watch(name)

def on_path(rctx, *names):
    """Returns the paths at which programs with these names can be on PATH.

    Args:
      rctx: (repository_ctx) The context of the repository.
      *names: (str) Names of programs.

    Returns:
      (list of str) Absolute paths, whether or not they exist.
    """
    folders = [folder for folder in (rctx.getenv("PATH") or "").split(":") if folder.startswith("/")]
    return [folder + "/" + name for name in names for folder in folders]
