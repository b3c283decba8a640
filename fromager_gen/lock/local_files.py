"""Files of this machine that an address names, and their hashes."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fromager_gen.errors import LockError


def path_of(url: str) -> Path:
    """Return the path of a ``file:`` address."""
    return Path(url2pathname(urlsplit(url).path))


def sha256_of(path: Path) -> str:
    """Return a file's hash.

    Raises:
        LockError: it can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise LockError(f"{path} can't be read: {err.strerror}") from err
