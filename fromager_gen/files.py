"""Files of this machine: written whole or not at all, hashed, and named by ``file:`` addresses.

Nothing else in the package puts a file in its final place, except `write`, which moves many as one.
"""

import fcntl
import filecmp
import hashlib
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fromager_gen.errors import LockError, WorkspaceError, WriteError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one run.

    Raises:
        WorkspaceError: another run holds it.
        WriteError: it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as err:
        raise _unwritable(folder, err) from err
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceError(f"another run is at work in {folder}; wait for it, or name another folder") from None
        yield


def check_writable(folder: Path) -> None:
    """Check that a folder can be made and written, before hours of work end in that error; nothing is left there.

    Raises:
        WriteError: it can't; the message says what is in the way.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise WriteError(f"{folder} can't be made: {there} is not a folder")
    try:
        # Permissions alone do not tell: the disk may be read-only, it may be /proc, and root may do what they forbid.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as err:
        raise WriteError(f"{folder} can't be written: no file can be made in {there}: {err.strerror}") from err


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file, which takes the place of ``path`` at the end, unless an error ends it.

    The folder above is made. Two threads, or two runs, may write the same file: the last one wins.

    Raises:
        WriteError: the file can't be written; what was there still is.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as err:
        raise _unwritable(path, err) from err


def write_text(path: Path, text: str) -> None:
    """Write a text file with the mode that it had; if it is a link, its target is written.

    Raises:
        WriteError: the file can't be written; what was there still is.
    """
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")  # a terminal or a pipe can't be replaced
            return
    except OSError as err:
        raise _unwritable(path, err) from err
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))


def copy(source: Path, target: Path) -> Path:
    """Copy a file unless the target has the same bytes; the copy can be written though Bazel's outputs can't.

    Raises:
        WriteError: it can't be written.
    """
    if not same(source, target):
        with replacing(target) as temporary:
            shutil.copyfile(source, temporary)
    return target


def same(one: Path, other: Path) -> bool:
    """Tell whether the second file exists and has the bytes of the first."""
    return other.exists() and filecmp.cmp(one, other, shallow=False)


def path_of(url: str) -> Path:
    """Return the path of a ``file:`` address."""
    return Path(url2pathname(urlsplit(url).path))


def sha256_of(path: Path) -> str:
    """Return a file's sha256 in hex.

    Raises:
        LockError: it can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise LockError(f"{path} can't be read: {err.strerror}") from err


def sha256_of_text(text: str) -> str:
    """Return the sha256 in hex that a file of this text has."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of_files(hashes: Mapping[str, str]) -> str:
    """Return one sha256 of several files: of the lines that sha256sum prints of them, sorted by name.

    Args:
        hashes: the sha256 of each file by its name; of none the result is empty.
    """
    lines = [f"{hash_}  {name}\n" for name, hash_ in sorted(hashes.items())]
    return sha256_of_text("".join(lines)) if lines else ""


def _unwritable(path: Path, err: OSError) -> WriteError:
    return WriteError(f"{path} can't be written: {err.strerror or err}")
