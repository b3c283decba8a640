"""Pack a sysroot as the driver unpacks it: a plain tar in ustar format, without long names."""

import os
import tarfile
from pathlib import Path

from actions.archive.trees import files_below
from actions.errors import ActionError


def write(tree: Path, out: Path) -> int:
    """Write the tar of a folder, without the folder itself; return the number of files and links.

    Equal trees give equal bytes: the members are sorted and have constant attributes.

    Raises:
        ActionError: a name does not fit into the format.
    """
    files = [path.relative_to(tree).as_posix() for path in files_below(tree)]
    folders = {parent for name in files for parent in _parents(name)}
    with tarfile.open(out, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders):
            tar.addfile(_info(name, tarfile.DIRTYPE, 0o755))
        for name in sorted(files):
            try:
                _add(tar, tree / name, name)
            except ValueError as err:
                raise ActionError(f"{name} does not fit into a tar: {err}") from err
    return len(files)


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    if path.is_symlink():
        info = _info(name, tarfile.SYMTYPE, 0o777)
        info.linkname = os.readlink(path)
        tar.addfile(info)
        return
    info = _info(name, tarfile.REGTYPE, 0o755 if os.access(path, os.X_OK) else 0o644)
    info.size = path.stat().st_size
    with path.open("rb") as file:
        tar.addfile(info, file)


def _info(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.mode = kind, mode
    return info


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]
