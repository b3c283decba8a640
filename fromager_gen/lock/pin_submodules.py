"""Pin the submodules of sources from git."""

from collections.abc import Mapping

from fromager_gen.graph import Node
from fromager_gen.lock.cargo import git_repository, lock_git_source
from fromager_gen.lock.model import LockedFile, LockedPackage
from fromager_gen.overrides import Overrides

Pinned = tuple[tuple[tuple[str, str], ...], dict[str, LockedFile]]
"""Path and repository of each submodule, and the files by repository."""


def wanted_submodules(node: Node, overrides: Overrides) -> tuple[str, ...] | None:
    """Return the paths of the submodules that belong to a package's source, empty for all, or None for none."""
    settings = overrides.settings(node.name, node.version)
    if node.pre_built or not node.url.startswith("git+"):
        return None
    if settings.submodule_paths:
        return settings.submodule_paths
    return () if settings.submodules or (settings.source is not None and settings.source.is_git) else None


def has_wanted(package: LockedPackage, node: Node, overrides: Overrides) -> bool:
    """Return whether a locked package has the submodules that the settings want."""
    wanted = wanted_submodules(node, overrides)
    return package.submodule_paths == wanted


def pin_submodules(file: LockedFile, paths: tuple[str, ...], known: Mapping[str, LockedFile]) -> Pinned:
    """Find and lock the submodules of a commit.

    Args:
        file: the locked commit.
        paths: paths of the wanted submodules; all if it is empty.
        known: files of an earlier lock.

    Raises:
        FetchError: a repository can't be reached, or the address of a submodule is not allowed.
    """
    from fromager_gen.net import find_submodules  # noqa: PLC0415 - a complete lock needs no network

    found, files = [], dict[str, LockedFile]()
    for one in find_submodules(file.git, file.commit, paths):
        repository = git_repository(f"#{one.commit}")
        kept = known.get(repository)
        if repository not in files:
            is_kept = kept is not None and kept.commit == one.commit
            files[repository] = kept if kept and is_kept else lock_git_source(f"git+{one.remote}#{one.commit}")
        found.append((one.path, repository))
    return tuple(found), files
