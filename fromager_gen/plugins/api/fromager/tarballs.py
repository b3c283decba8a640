"""Pack folders as archives with equal bytes for equal trees."""

import os
import pathlib
import tarfile

from fromager._missing import names_of

_TIME = 315532800


def tar_reproducible(
    tar: tarfile.TarFile,
    basedir: pathlib.Path,
    prefix: pathlib.Path | None = None,
    *,
    exclude_vcs: bool = False,
) -> None:
    """Add a folder to an open archive: sorted, with constant times, owners and modes.

    Args:
        tar: the archive.
        basedir: the folder.
        prefix: folder to which the names in the archive are relative.
        exclude_vcs: whether the folders of version control are left out.
    """
    for parent, folders, files in os.walk(basedir):
        if exclude_vcs:
            folders[:] = [name for name in folders if name not in (".git", ".hg", ".svn")]
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for path in [parent, *(os.path.join(parent, name) for name in sorted([*files, *links]))]:
            name = os.path.relpath(path, prefix) if prefix is not None else path
            tar.add(path, name, recursive=False, filter=_plain)


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = _TIME
    info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
    return info


def pack(tree: pathlib.Path, made: pathlib.Path, top: str) -> None:
    """Write a folder as a compressed archive under one top-level name; it is not a name of Fromager."""
    from actions.archive import pack as packing

    packing.write(tree, made, top)


__getattr__ = names_of(__name__)
