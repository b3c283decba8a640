"""The lock's entry of a source that a plugin downloaded."""

from pathlib import Path

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import LockError
from fromager_gen.files import sha256_of
from fromager_gen.lock.model import LockedFile
from fromager_gen.names import SOURCE_SUFFIXES, is_file_name


def downloaded(path: Path, url: str, sha256: str | None) -> LockedFile:
    """Return the entry of a file that a plugin downloaded.

    If it is the file that the index has, the entry has the index's address, which is valid on other machines, too.

    Args:
        path: the file.
        url: address that was chosen for the version.
        sha256: hash that the index states for this address, or None.

    Raises:
        LockError: the file is not named as an archive.
    """
    if not is_file_name(path.name) or not path.name.endswith(SOURCE_SUFFIXES):
        raise LockError(f"a plugin downloaded {path}, whose name is not that of an archive")
    found, size = sha256_of(path), path.stat().st_size
    address = without_credentials(url.partition("#")[0]) if found == sha256 else path.resolve().as_uri()
    return LockedFile(path.name, found, size, url=address)
