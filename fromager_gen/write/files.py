"""One file at a time: whole or not at all."""

import os
from pathlib import Path

from fromager_gen.errors import WorkspaceError


def stage(path: Path, content: bytes) -> Path:
    """Write a file beside its place and return where, so that a full disk is noticed before anything is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        WorkspaceError: it can't be written; what was there still is.
    """
    try:
        os.replace(stage(path, text.encode()), path)
    except OSError as err:
        raise WorkspaceError(f"{path} can't be written: {err.strerror}") from err
