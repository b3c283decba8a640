"""Lock git sources: resolve a ref to a commit, and hash the commit's tar."""

import tempfile
from pathlib import Path

from fromager_gen.contract import GIT_SUFFIX
from fromager_gen.files import sha256_of
from fromager_gen.lock.model import LockedFile


def lock_commit(remote: str, ref: str, filename: str) -> LockedFile:
    """Resolve a ref and return the lock entry of its archive, whose top-level folder is named after the file.

    Raises:
        FetchError: git is missing, the repository can't be reached, or it has no such ref.
    """
    from fromager_gen.net import resolve_commit  # noqa: PLC0415 - a complete lock needs no network

    with tempfile.TemporaryDirectory() as folder:
        return lock_archive(remote, resolve_commit(remote, ref), Path(folder, filename))


def lock_archive(remote: str, commit: str, archive: Path) -> LockedFile:
    """Write a commit's archive, whose top-level folder is named after the file, and return its lock entry.

    Raises:
        FetchError: the commit can't be fetched.
    """
    from fromager_gen.net import write_archive  # noqa: PLC0415 - as above

    prefix = archive.name.removesuffix(GIT_SUFFIX)
    write_archive(remote, commit, prefix, archive)
    return LockedFile(
        archive.name, sha256_of(archive), archive.stat().st_size, git=remote, commit=commit, prefix=prefix
    )
