"""An archive's judged members as a tree of files."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TypeVar

from errors import ActionError
from members import Member

_CHUNK = 16 << 20
Info = TypeVar("Info")


def write_all(
    into: Path, top: str, members: Iterable[tuple[Member, Info]], write: Callable[[Info, str, int], None]
) -> None:
    """Write judged members, or nothing: a zip may turn out damaged while it is read."""
    if (into / top).exists():
        raise ActionError(f"{top} is there already")
    try:
        _write(str(into), members, write)
    except BaseException:
        shutil.rmtree(into / top, ignore_errors=True)
        raise


def _write(into: str, members: Iterable[tuple[Member, Info]], write: Callable[[Info, str, int], None]) -> None:
    """Write judged members: folders and files in order, then hard links as copies, symlinks last of all."""
    later: list[tuple[Member, str]] = []
    made: set[str] = set()
    for member, info in members:
        path = _place(into, member.name)
        folder = path if member.kind == "folder" else path.rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if member.kind == "file":
            write(info, path, 0o755 if member.executable else 0o644)
        elif member.kind != "folder":
            later.append((member, path))
    for member, path in sorted(later, key=lambda one: one[0].kind == "symlink"):
        if member.kind == "symlink":
            os.symlink(member.target, path)
        else:
            shutil.copy(_place(into, member.target), path)


def _place(into: str, name: str) -> str:
    return f"{into}/{os.path.normpath(name)}"


def write_file(path: str, mode: int, source: IO[bytes], size: int, flags: int = os.O_EXCL) -> None:
    """Write the next bytes of a source to a file, past Python's buffers: most files are small, a large one is cut.

    Args:
        path: the file.
        mode: its permissions.
        source: an open file.
        size: how many bytes.
        flags: of `os.open`; the file is to be new unless they say otherwise.

    Raises:
        EOFError: the source ends before that.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | flags, mode)
    try:
        while size:
            chunk = source.read(min(size, _CHUNK))
            if not chunk:
                raise EOFError(f"{os.path.basename(path)} is cut short")
            size -= len(chunk)
            while chunk:
                chunk = chunk[os.write(file, chunk) :]
    finally:
        os.close(file)


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every file and link below a folder in a fixed order."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in sorted(files + linked):
            yield Path(parent, name)
