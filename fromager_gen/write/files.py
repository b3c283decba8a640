"""One file at a time: whole or not at all."""

import fcntl
import os
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


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        WorkspaceError: it can't be written; what was there still is.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(text, encoding="utf-8")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as err:
        raise WorkspaceError(f"{path} can't be written: {err.strerror}") from err
