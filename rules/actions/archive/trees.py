"""Write the checked members of an archive as a tree of files."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from actions.archive.members import Entry, Layout
from actions.errors import ActionError

_CHUNK = 16 << 20
Write = Callable[[Entry, str, int], None]
"""Function that writes the content of a file's entry to a path, with a mode."""


def write_all(into: Path, layout: Layout, write: Write) -> None:
    """Write a checked archive completely or not at all: damage of a zip can show only while it is read.

    Args:
        into: an existing folder.
        layout: the tree to write.
        write: writes one file.

    Raises:
        ActionError: the top-level folder already exists, or two names of the archive are the same on the file system.
    """
    if (into / layout.top).exists():
        raise ActionError(f"{layout.top} already exists")
    if layout.twins is not None and not _tells_apart(into):
        one, other = layout.twins
        raise ActionError(f"{layout.archive}: on this file system {one!r} and {other!r} are the same name")
    try:
        _write(str(into), layout.entries, write)
    except BaseException:
        shutil.rmtree(into / layout.top, ignore_errors=True)
        raise


def _tells_apart(folder: Path) -> bool:
    """Return whether names that differ in case, or in the Unicode form, are two files in this folder."""
    for one, other in ((".fromager-case", ".FROMAGER-CASE"), (".fromager-\u00e9", ".fromager-e\u0301")):
        probe = folder / one
        probe.touch()
        try:
            if (folder / other).exists():
                return False
        finally:
            probe.unlink()
    return True


def _write(into: str, entries: Iterable[Entry], write: Write) -> None:
    """Write folders and files in order, and links last: no member is below a link."""
    links: list[Entry] = []
    made: set[str] = set()
    for entry in entries:
        path = f"{into}/{entry.path}"
        folder = path if entry.kind == "folder" else path.rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        if entry.kind == "file":
            write(entry, path, 0o755 if entry.executable else 0o644)
        elif entry.kind == "symlink":
            links.append(entry)
    for entry in links:
        os.symlink(entry.target, f"{into}/{entry.path}")


def write_file(path: str, mode: int, source: IO[bytes], size: int, flags: int = os.O_EXCL) -> None:
    """Copy the next bytes of a source to a file without Python's buffers, in chunks: most files are small.

    Args:
        path: the file.
        mode: its permissions.
        source: an open file.
        size: number of bytes.
        flags: further flags of `os.open`; by default the file must be new.

    Raises:
        EOFError: the source has fewer bytes.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | flags, mode)
    try:
        while size:
            chunk = source.read(min(size, _CHUNK))
            if not chunk:
                raise EOFError(f"{os.path.basename(path)} is incomplete")
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
