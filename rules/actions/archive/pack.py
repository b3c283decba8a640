"""Write a source tree as an archive: sorted, with constant times and modes, so that equal trees give equal bytes."""

import gzip
import os
import stat
import tarfile
from pathlib import Path

# The fastest compression: an archive is read once or twice, and one with crates has hundreds of megabytes.
_LEVEL = 1
_TIME = 315532800


def write(tree: Path, out: Path, top: str) -> None:
    """Pack a folder as ``.tar.gz`` under one top-level name."""
    with out.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20) as tar:
            tar.addfile(_info(top, tarfile.DIRTYPE, 0o755))
            start = len(str(tree))
            for parent, folders, files in os.walk(tree):
                folders.sort()
                for name in sorted([*folders, *files]):
                    path = f"{parent}/{name}"
                    _add(tar, path, top + path[start:])


def _add(tar: tarfile.TarFile, path: str, name: str) -> None:
    state = os.lstat(path)
    if stat.S_ISLNK(state.st_mode):
        info = _info(name, tarfile.SYMTYPE, 0o777)
        info.linkname = os.readlink(path)
        tar.addfile(info)
    elif stat.S_ISDIR(state.st_mode):
        tar.addfile(_info(name, tarfile.DIRTYPE, 0o755))
    else:
        info = _info(name, tarfile.REGTYPE, 0o755 if state.st_mode & stat.S_IXUSR else 0o644)
        info.size = state.st_size
        with open(path, "rb") as file:
            tar.addfile(info, file)


def _info(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = kind, mode, _TIME
    return info
