"""One file at a time: whole or not at all."""

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fromager_gen.errors import WorkspaceError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one run.

    Raises:
        WorkspaceError: another run holds it, or it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as err:
        raise WorkspaceError(f"{folder} can't be written: {err.strerror}") from err
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceError(f"another run is at work in {folder}; wait for it, or name another folder") from None
        yield


def check_writable(folder: Path) -> None:
    """Find out whether a folder can be made and written, before hours of work end in that error; nothing is left.

    Raises:
        WorkspaceError: it can't; with what is in the way.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise WorkspaceError(f"{folder} can't be made: {there} is no folder")
    try:
        # What permissions say is not all: a read-only disk, /proc, and root may do what they forbid.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as err:
        raise WorkspaceError(f"{folder} can't be written: no file can be made in {there}: {err.strerror}") from err


def write_text(path: Path, text: str) -> None:
    """Write a text file; what a link leads to is written, not the link.

    Raises:
        WorkspaceError: it can't be written; what was there still is.
    """
    try:
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")  # a terminal, a pipe: there is nothing to put in its place
        else:
            _replace(path, text)
    except OSError as err:
        raise WorkspaceError(f"{path} can't be written: {err.strerror}") from err


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
