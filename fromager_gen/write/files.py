"""One file at a time: whole or not at all."""

import os
from pathlib import Path

from fromager_gen.errors import WorkspaceError


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
