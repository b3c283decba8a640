"""Write files completely or not at all, hash them, and convert ``file:`` URLs.

Only this module and `fromager_gen.write`, which moves many files at once, put a file in its final place.
"""

import fcntl
import filecmp
import hashlib
import json
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fromager_gen.errors import LockError, WorkspaceError, WriteError


@contextmanager
def alone(folder: Path, waits: Callable[[], None] | None = None) -> Iterator[None]:
    """Lock a folder for one run.

    Args:
        folder: the folder; it is created.
        waits: is called if another run has locked the folder. This run then waits for that one.

    Raises:
        WorkspaceError: another run has locked it, and this one does not wait.
        WriteError: the folder can't be created.
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
            if waits is None:
                raise WorkspaceError(
                    f"another run is using {folder}; wait until it ends, or choose another folder"
                ) from None
            waits()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_writable(folder: Path) -> None:
    """Check that a folder can be created and written, before hours of work fail; nothing is left there.

    Raises:
        WriteError: the folder can't be written; the message names the reason.
    """
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir():
        raise WriteError(f"{folder} can't be created: {there} is not a folder")
    try:
        # Permissions are not enough: the disk can be read-only, the folder can be in /proc, and root ignores them.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as err:
        raise WriteError(f"{folder} can't be written: no file can be created in {there}: {err.strerror}") from err


def create(folder: Path) -> None:
    """Create a folder and its parents.

    Raises:
        WriteError: it can't be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise WriteError(f"{folder} can't be created: {err.strerror}") from err


def check_replaceable(path: Path) -> None:
    """Check that `write_text` can write a file. A terminal or a pipe is written to directly, and not checked.

    Raises:
        WriteError: no file can be created in its folder.
    """
    if path.is_file() or not path.exists():
        check_writable(path.parent)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file that replaces ``path`` at the end, unless there is an error.

    The folder above is created. Two threads or two runs can write the same file; the last one wins.

    Raises:
        WriteError: the file can't be written; an existing file is unchanged.
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


def write_text(path: Path, text: str, is_private: bool = False) -> None:
    """Write a text file and keep its mode; if it is a link, write its target.

    Args:
        path: the file.
        text: its text.
        is_private: whether only this user may read the file, at no time another one.

    Raises:
        WriteError: the file can't be written; an existing file is unchanged.
    """
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")  # a terminal or a pipe can't be replaced
            return
    except OSError as err:
        raise _unwritable(path, err) from err
    with replacing(path) as temporary:
        if is_private:
            temporary.touch(mode=0o600)
        temporary.write_text(text, encoding="utf-8")
        if is_private:
            return
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file unless it has these bytes.

    Raises:
        WriteError: the file can't be written; an existing file is unchanged.
    """
    if not path.is_file() or path.read_bytes() != data:
        with replacing(path) as temporary:
            temporary.write_bytes(data)


def copy(source: Path, target: Path, is_private: bool = False) -> Path:
    """Copy a file unless the target has the same bytes; the copy is writable even if Bazel's output is not.

    Args:
        source: the file.
        target: where to.
        is_private: whether only this user may read the copy, at no time another one.

    Raises:
        WriteError: the target can't be written.
    """
    if is_private or not same(source, target):
        with replacing(target) as temporary:
            if is_private:
                temporary.touch(mode=0o600)
            shutil.copyfile(source, temporary)
    return target


def same(one: Path, other: Path) -> bool:
    """Return whether the second file exists and has the same bytes as the first."""
    return other.exists() and filecmp.cmp(one, other, shallow=False)


def path_of(url: str) -> Path:
    """Return the path of a ``file:`` URL."""
    return Path(url2pathname(urlsplit(url).path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex.

    Raises:
        LockError: the file can't be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise LockError(f"{path} can't be read: {err.strerror}") from err


def sha256_of_text(text: str) -> str:
    """Return the SHA-256 in hex of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of_files(hashes: Mapping[str, str]) -> str:
    """Return one SHA-256 for several files: that of the output of sha256sum, sorted by name.

    Args:
        hashes: the SHA-256 of each file by its name; if it is empty, the result is empty.
    """
    lines = [f"{hash_}  {name}\n" for name, hash_ in sorted(hashes.items())]
    return sha256_of_text("".join(lines)) if lines else ""


def _unwritable(path: Path, err: OSError) -> WriteError:
    return WriteError(f"{path} can't be written: {err.strerror or err}")


def json_block(title: str, rows: Iterable[str], brackets: str = "{}") -> str:
    """Return the text of a member of a JSON object, with one row per line, so that a diff shows the changed rows.

    Args:
        title: the member's name.
        rows: the JSON text of each row.
        brackets: the brackets around the rows.
    """
    return f"{json.dumps(title)}: {brackets[0]}\n" + ",\n".join(rows) + f"\n{brackets[1]}"
